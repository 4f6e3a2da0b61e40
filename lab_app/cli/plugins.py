"""``lab plugins``: list, install, uninstall, check, and write new ones."""

import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab_app.cli.common import Json, emit, plugins, say
from lab_app.cli.output import runnable
from lab_core.registry.discovery import PluginStatus

app = typer.Typer(no_args_is_help=True, help="List, install, write and check plugins.")


@app.command("list")
def list_plugins(json: Json = False) -> None:
    """Every plugin with its package, what it provides, and its errors."""
    from lab_app.packages.installed import lost

    gone = lost()
    if json:
        emit({"plugins": [_document(status) for status in plugins()], "lost": gone})
        return
    _print(plugins())
    for record in gone:
        say(f"{record.distribution} was installed and is missing. Install it again: {record.command()}")


@app.command("install")
def install_plugin(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A package's folder, a wheel, a URL, or a name.")],
    editable: Annotated[bool, typer.Option("--editable", "-e", help="Use the folder itself, so that edits take effect.")] = False,
    json: Json = False,
) -> None:
    """Install a plugin. Installed packages are not changed."""
    from lab_app.packages.install import install

    came = install(spec, editable=editable, say=say)
    if json:
        emit({"distribution": came.distribution, "plugins": [_document(one) for one in came.plugins], "others": came.others})
    else:
        _print(came.plugins)
        tasks = [task for one in came.plugins for task in one.tasks]
        if tasks:
            print(runnable(f"What it is and how it runs: lab info {tasks[0]}"))
    if not all(status.ok for status in came.plugins):
        raise typer.Exit(1)


@app.command("uninstall")
def uninstall_plugin(name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: _names())]) -> None:
    """Uninstall a plugin. Its dependencies and its runs stay."""
    from lab_app.packages.install import uninstall

    gone = uninstall(name)
    say(f"{gone.distribution} {gone.version} is out" if gone.version else f"{gone.distribution} is forgotten")


@app.command("new")
def new_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the package, such as my-bandit.")],
    path: Annotated[Path, typer.Option("--path", metavar="DIR", help="Folder in which the package's folder is created.")] = Path(
        "."
    ),
) -> None:
    """Write a complete, working plugin to start from: two tasks, a benchmark, a scene, tests."""
    from lab_app.packages.scaffold import write

    folder = write(name, path)
    print(folder)
    say(f"Next: lab plugins install --editable {quote(str(folder))}")


@app.command("check")
def check_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="An installed plugin, or the folder of its package.")],
    json: Json = False,
) -> None:
    """Run the conformance kit on every task of a plugin."""
    from contextlib import redirect_stdout

    from lab_app.packages.install import plugin_names
    from lab_app.testing import check_plugin as check
    from lab_core.errors import LabError

    passed: list[str] = []
    for plugin in plugin_names(name):
        try:
            with redirect_stdout(sys.stderr):
                passed += check(plugin)
        except AssertionError as error:
            reason = next(iter(str(error).splitlines()), "a check failed")
            raise LabError(f"{plugin} does not conform: {reason}") from error
        say(f"{plugin} conforms")
    if json:
        emit({"tasks": passed})
    else:
        print("\n".join(passed))


def _names() -> list[str]:
    from lab_core.registry.discovery import installed

    return [one.name for one in installed()]


def _document(status: PluginStatus) -> dict[str, object]:
    import msgspec

    return {**msgspec.to_builtins(status), "ours": status.ours}


def _print(statuses: list[PluginStatus] | tuple[PluginStatus, ...]) -> None:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("plugin", "package", "version", "tasks", "benchmarks", "data", "load"):
        table.add_column(column, justify="right" if column == "load" else "left", overflow="fold")
    for one in statuses:
        sign = "[green]✓[/]" if not one.reasons else "[yellow]![/]" if one.ok else "[red]✗[/]"
        load = f"{1000 * one.seconds:.0f} ms"
        brought = [str(len(found)) for found in (one.tasks, one.benchmarks, one.data_sets)]
        table.add_row(f"{sign} {escape(one.name)}", escape(one.distribution), escape(one.version), *brought, load)
    Console().print(table)
    for one in statuses:
        for reason in one.reasons:
            say(f"plugin {one.name}: {reason}")
