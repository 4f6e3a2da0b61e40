"""The command ``lab``: one module a command group, thin: parse, call, print."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from lab_app.cli.commands import LazyGroup
from lab_app.cli.crash import culprit, explained, leave
from lab_app.packages.exits import exits_held
from lab_core.errors import LabError, printable

app = typer.Typer(
    name="lab",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"lab {version('lab-runner')}")
        raise typer.Exit


@app.callback()
def lab(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train, watch, score and compare learning systems: agents that act and models of images, text and series."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Whatever goes wrong is one line on standard error and an exit code.

    With ``arguments`` it is called by a program, which goes on after SystemExit; without, the process ends.
    """
    with exits_held():
        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            from lab_app.cli.output import one_document

            with one_document():
                code = _exit_code(arguments)
        else:
            code = _exit_code(arguments)
    if arguments is None and "lab_core.registry.discovery" in sys.modules:
        leave(code)
    sys.exit(code)


def _exit_code(arguments: Sequence[str] | None) -> int:
    from lab_app.cli.output import runnable

    words = sys.argv[1:] if arguments is None else list(arguments)
    name = runnable("lab run").removesuffix(" run")  # as it is typed: "Try 'uv run lab run -h' for help."
    if "_LAB_COMPLETE" in os.environ or any("completion" in one for one in words):
        name = "lab"  # a shell completes the words of a command's own name
    try:
        app(args=words, prog_name=name, standalone_mode=True)
    except LabError as error:
        _print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as error:
        if _of_a_plugin(error):
            _print_error(explained(error))
            return 1
        return error.code if isinstance(error.code, int) else 0
    except Exception as error:
        found = explained(error)
        _print_error(found)
        return found.exit_code
    return 0


def _of_a_plugin(error: SystemExit) -> bool:
    """Whether a plugin or a user's module, not the command, ends the process: commands end with numbers alone."""
    if error.code in (None, 0):
        return "lab_core.registry.discovery" in sys.modules and culprit(error) is not None
    return not isinstance(error.code, int)


def _print_error(error: LabError) -> None:
    from rich.console import Console

    from lab_app.cli.output import runnable

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print("[bold red]error:[/]", end=" ")
    console.print(runnable(printable(error.message)), markup=False, end=" " if error.hint else "\n")
    if error.hint:
        console.print(runnable(printable(error.hint)), markup=False, style="cyan")
