"""``lab list``: what there is to run. Printed without Rich, whose tables would take longer than all the rest."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, plugins, registry, say
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import LabError, printable, unknown
from lab_core.registry.registry import config_type
from lab_core.task import Task

_STYLES = {"bold": "1", "dim": "2", "yellow": "33", "cyan": "36", "green": "32"}
_NARROW = 24  # columns of a title at least


def list_tasks(
    family: Annotated[
        str | None, typer.Option(help="Only this family.", callback=any_case.family, autocompletion=complete.families)
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only tasks with this tag.", autocompletion=complete.tags)] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Every task, grouped by family, with what a good score is and your best one."""
    every = list(registry().tasks())
    if family is not None and family not in {task.family for task in every}:
        raise unknown("family", family, {task.family for task in every})
    if tag is not None and tag not in {name for task in every for name in task.tags}:
        raise unknown("tag", tag, {name for task in every for name in task.tags})
    chosen = [task for task in every if family in (None, task.family) and (tag is None or tag in task.tags)]
    best = _best_scores(runs_dir)
    if json:
        emit([_task_document(task, best) for task in chosen])
    else:
        print("\n".join(_lines(chosen, best)) or "No task is installed.")
    for status in plugins():
        for reason in status.reasons:
            say(f"plugin {status.name}: {reason}")


def _lines(tasks: list[Task], best: Mapping[str, tuple[float, str]]) -> Iterator[str]:
    """Family, then benchmark with its goal, then the tasks; last those that take a problem of the user's own."""
    grouped: dict[str, dict[str, list[Task]]] = {}
    benchmarks: dict[str, Benchmark | None] = {}
    for task in sorted(tasks, key=lambda task: bool(task.parameter)):
        benchmark = None if task.parameter else _listed_benchmark(task)
        name = benchmark.id if benchmark else _heading(task)
        benchmarks[name] = benchmark
        grouped.setdefault(task.family, {}).setdefault(name, []).append(task)
    width = max((len(task.id) for task in tasks), default=0)
    for family, members in grouped.items():
        yield "\n" + _styled(family, "bold")
        for name, inside in members.items():
            benchmark = benchmarks[name]
            goal = f"{benchmark.score.name} {benchmark.score.goal()}" if benchmark else ""
            gap = "  " if len(name) + len(goal) + 4 <= shutil.get_terminal_size().columns else "\n    "
            yield f"  {_styled(name, 'yellow')}{gap if goal else ''}{_styled(goal, 'dim')}"
            for task in inside:
                mine = best.get(task.id)
                shown = f"best {benchmark.score.format(mine[0])}" if benchmark and mine else ""
                yield from _task_lines(task, width, shown)


def _task_lines(task: Task, width: int, best: str) -> Iterator[str]:
    """Id and title, wrapped under itself, and the best score behind it."""
    words = f"{task.title}  {best}".rstrip()
    indent = 4 + width + 2
    room = max(_NARROW, shutil.get_terminal_size().columns - indent)
    first, *more = textwrap.wrap(printable(words), room, drop_whitespace=True) or [""]
    lines = [f"    {_styled(task.id.ljust(width), 'cyan')}  {first}", *(" " * indent + one for one in more)]
    if best and lines[-1].endswith(best):
        lines[-1] = lines[-1].removesuffix(best) + _styled(best, "green")
    yield from lines


def _styled(text: str, style: str) -> str:
    """Printable text, in colour on a terminal that takes it (https://no-color.org)."""
    text = printable(text)
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return text if plain or not text else f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _heading(task: Task) -> str:
    """What stands above tasks without a benchmark of their own: how to name the problem they are to solve."""
    return f"your own: --set {task.parameter}=..." if task.parameter else task.benchmark or "no benchmark"


def _listed_benchmark(task: Task) -> Benchmark | None:
    """The benchmark of a task under its default preset; None, and a line, when the config can't be read."""
    if task.benchmark is None:
        return None
    try:
        values = task.preset("default")
        if "{" not in task.benchmark:
            return registry().benchmark(task.benchmark)
        return registry().benchmark_of(task, from_dict(config_type(task), values))
    except LabError as error:
        say(f"task {task.id}: {error}")
        return None


def _best_scores(runs_dir: Path) -> Mapping[str, tuple[float, str]]:
    if not runs_dir.is_dir():
        return {}
    from lab_app.runs.store import Store

    return Store(runs_dir).best_scores()


def _task_document(task: Task, best: Mapping[str, tuple[float, str]]) -> Mapping[str, Any]:
    benchmark = _listed_benchmark(task)
    mine = best.get(task.id)
    return {
        "id": task.id,
        "title": task.title,
        "family": task.family,
        "method": task.method,
        "plugin": registry().plugin_of(task.id),
        "benchmark": benchmark.id if benchmark else None,
        "goal": benchmark.score.goal() if benchmark else None,
        "presets": list(task.presets),
        "tags": list(task.tags),
        "parameter": task.parameter,
        "best": {"score": mine[0], "run": mine[1]} if mine else None,
    }
