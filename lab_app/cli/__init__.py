"""The command ``lab``: one module a command group, thin: parse, call, print."""

import sys
from collections.abc import Sequence

import typer

from lab_app.cli import (
    apply,
    compare,
    data,
    devices,
    evaluate,
    export,
    leaderboard,
    play,
    plugins,
    report_page,
    reproduce,
    runs,
    sample,
    tasks,
    train,
)
from lab_core.errors import LabError

app = typer.Typer(
    name="lab",
    help="Train, watch, score and compare learning systems: agents that act and models that make things.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(tasks.list_tasks)
app.command("info")(tasks.info)
app.command("run")(train.run)
app.command("resume")(train.resume)
runs.app.command("report")(report_page.report)
app.add_typer(runs.app, name="runs")
app.command("eval")(evaluate.evaluate)
app.command("play")(play.play)
app.command("sample")(sample.sample)
app.command("apply")(apply.apply)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("compare")(compare.compare)
app.command("reproduce")(reproduce.reproduce)
app.command("export")(export.export)
app.add_typer(data.app, name="data")
app.add_typer(plugins.app, name="plugins")
app.command("devices")(devices.devices)
app.command("doctor")(devices.doctor)
app.command("tensorboard")(runs.tensorboard)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Errors that a person can put right are one line on standard error and an exit code."""
    try:
        app(args=list(arguments) if arguments is not None else None, standalone_mode=True)
    except LabError as error:
        _print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _print_error(error: LabError) -> None:
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print("[bold red]error:[/]", end=" ")
    console.print(error.message, markup=False, end=" " if error.hint else "\n")
    if error.hint:
        console.print(error.hint, markup=False, style="cyan")
