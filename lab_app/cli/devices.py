"""``lab devices`` and ``lab doctor``: what this machine can do, and what is wrong with the installation."""

from pathlib import Path

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab_app.cli.common import Json, RunsDir, emit, plugins

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def devices(json: Json = False) -> None:
    """Processor and GPUs, and what --device auto and --precision auto would take."""
    from lab_core.machine import devices as known

    found = known.detect()
    device = known.resolve_device("auto", devices=found)
    if json:
        emit({"devices": [{**_document(one)} for one in found], "auto": device, "threads": known.resolve_threads()})
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("device", "name", "threads", "memory", "free", "built for", "driver"):
        table.add_column(column, no_wrap=column == "device")
    for one in found:
        able = list(one.features) if one.id == "cpu" else [f"compute {one.capability[0]}.{one.capability[1]}"]
        able += ["bfloat16"] if one.bfloat16 else []
        memory = [f"{size / 1e9:.1f} GB" if size else "" for size in (one.memory, one.available)]
        table.add_row(f"[cyan]{one.id}[/]", one.name, str(one.threads or ""), *memory, ", ".join(able), one.driver)
    console = Console()
    console.print(table)
    console.print(f"--device auto takes {device}.", highlight=False)


def _document(one: object) -> dict[str, object]:
    import msgspec

    from lab_core.machine.devices import Device

    assert isinstance(one, Device)
    return {**msgspec.to_builtins(one), "bfloat16": one.bfloat16}


def doctor(runs_dir: RunsDir = Path("runs"), json: Json = False) -> None:
    """Check the installation: each line is ok, warn or fail, with what to do. Exit code 1 when something fails."""
    from lab_app.packages.doctor import examine
    from lab_app.packages.probation import try_again
    from lab_core.registry.discovery import OURS, installed

    for one in installed():
        if one.distribution not in OURS:  # each in a process of its own first: it may end the one that loads it
            try_again(one.owner)
    lines = examine(plugins(), runs_dir)
    failed = any(line.status == "fail" for line in lines)
    if json:
        emit({"ok": not failed, "lines": lines})
    else:
        console = Console(soft_wrap=True, highlight=False)
        width = max(13, *(len(line.name) + 1 for line in lines))
        for line in lines:
            text = Text.assemble((f"{line.status:5}", _COLOURS[line.status]), (f"{line.name:{width}}", "bold"), line.text)
            if line.advice:
                text.append(f"  {line.advice}", style="cyan")
            console.print(text)
    if failed:
        raise typer.Exit(1)
