"""A page for each task, from its record in the registry and the recorded runs that plugins ship."""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from links import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import results_table
from results_table import HEADINGS, Row, course, rows

from lab_core.benchmark import Benchmark
from lab_core.config import Config, fields, from_dict, to_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.task import Task

# fmt: off
GENERAL = {  # pages that explain no method
    "results", "systems", "benchmarks", "scores", "evaluation", "architecture", "writing-a-plugin", "comparison", "faq",
    "quick-start", "cookbook", "concepts", "training", "sampling", "applying", "python", "watching", "data", "suites", "sweeps",
    "ui",
}
# fmt: on
USE = {"act": "lab play {}", "sample": "lab sample {} --count 16", "apply": "lab apply {} INPUT --out FOLDER"}


def task_pages() -> dict[str, str]:
    """Place on the site -> text: a page for each task, and ``tasks/index.md``, the list of them."""
    registry, statuses = discover()
    wrong = [f"{status.name}: {reason}" for status in statuses for reason in status.reasons]
    assert not wrong, wrong
    found = rows(registry)
    tasks = list(registry.tasks())
    explained = pages_of(tasks)
    pages = {f"tasks/{task.id}.md": page(task, registry, found, explained[task.id]) for task in tasks}
    return pages | {"tasks/index.md": index(tasks, found, registry)}


def index(tasks: Sequence[Task], found: Sequence[Row], registry: Registry) -> str:
    """A table for each family: task, title, benchmark, best recorded score."""
    best = {}
    for row in sorted(found, key=lambda row: row.runs[0].preset == "default"):
        best[row.runs[0].task] = f"{score(row)}"
    parts = [
        "# Tasks\n\nEvery task of this version, from its record: what it is, its settings, what was measured and with which "
        "command. `uv run lab list` prints the list, `uv run lab info TASK` every setting.\n"
    ]
    order = [*HEADINGS]
    families = sorted({task.family for task in tasks}, key=lambda name: order.index(name) if name in order else len(order))
    for family in families:
        parts.append(f"\n## {family.capitalize()}\n\n| task | what | benchmark | recorded score |\n| --- | --- | --- | --- |\n")
        for task in tasks:
            if task.family == family:
                benchmark = benchmark_of(task, registry)
                name = f"`{benchmark.id}`" if benchmark else ""
                parts.append(f"| [{task.id}]({task.id}.md) | {cell(task.title)} | {name} | {best.get(task.id, '')} |\n")
    return "".join(parts)


def page(task: Task, registry: Registry, found: Sequence[Row], explained: str | None) -> str:
    benchmark = benchmark_of(task, registry)
    parts = [f"# {task.id}\n\n{task.title}.\n\n{commands(task, benchmark)}\n{pictures(task)}{facts(task, benchmark, explained)}"]
    mine = [row for row in found if row.runs[0].task == task.id]
    if mine:
        parts.append("\n## Measured\n\n" + measured(mine, registry))
    if benchmark is not None:
        parts.append(others(task, benchmark, found))
    parts.append(settings(task))
    return "".join(parts)


def commands(task: Task, benchmark: Benchmark | None) -> str:
    """The lines that a reader would type, as an indented block."""
    use = USE[benchmark.needs if benchmark else "apply"]
    lines = [] if task.trainer is None else [f"lab run {task.id}", f"lab run {task.id} --dry-run"]
    if task.pretrained:
        lines.append(use.format(f"{task.id}@pretrained"))
    lines.append(use.format(task.id))
    if benchmark is not None:
        lines.append(f"lab eval {task.id}")
    return "".join(f"    uv run {line}\n" for line in lines)


def facts(task: Task, benchmark: Benchmark | None, explained: str | None) -> str:
    lines = [("method", f"`{task.method}`"), ("source", cell(task.source))]
    if explained:
        title = (ROOT / "docs" / f"{explained}.md").read_text().partition("\n")[0].removeprefix("# ")
        lines.insert(1, ("equations, deviations from the source", f"[{title}](../{explained}.md)"))
    if benchmark is not None:
        lines.append(("benchmark", f"`{benchmark.id}`: {cell(benchmark.title)}"))
        lines.append(("score", f"{benchmark.score.name}, {benchmark.score.goal()}; unit: {benchmark.unit}"))
        names = [f"`{name}`" + (" (default)" if name == benchmark.default_protocol else "") for name in benchmark.protocols]
        lines.append(("protocols", ", ".join(names)))
    lines.append(("presets", ", ".join(f"`{name}`" for name in task.presets)))
    if task.trainer is None:
        lines.append(("training", "none: the model is ready as it is"))
    else:
        near = f"the saved state is exact; continued training stays within a relative difference of {task.tolerance:g}"
        lines.append(("resume", "bit-equal to a training without a stop" if task.deterministic else near))
    lines.append(("package", f"`{task.config.partition('.')[0].partition(':')[0]}`"))
    return "\n| | |\n| --- | --- |\n" + "".join(f"| {name} | {value} |\n" for name, value in lines if value)


def measured(mine: Sequence[Row], registry: Registry) -> str:
    """A row for each recorded preset, and where and when it was measured."""
    text = "| benchmark, protocol | score | runs | training of one | command |\n| --- | --- | --- | --- | --- |\n"
    for row in mine:
        training, command = course(row.runs, registry)
        where = f"`{row.benchmark.id}`, {row.benchmark.default_protocol}"
        text += f"| {where} | {score(row)} | {len(row.runs)} | {training} | `{command}` |\n"
    first = mine[0].runs[0]
    processor = first.machine.get("processor", "unknown processor")
    return (
        f"{text}\nRecorded on {first.created[:10]} ({processor}). Intervals are over runs from five runs up, with one run over "
        "its units; [results](../results.md) says how to read them, `uv run lab reproduce` trains a record again.\n"
    )


def others(task: Task, benchmark: Benchmark, found: Sequence[Row]) -> str:
    """Recorded scores of other tasks on the same benchmark under its default protocol, the best first."""
    rivals = [row for row in found if row.benchmark.id == benchmark.id and row.runs[0].task != task.id]
    if not rivals:
        return ""
    text = f"\n## Others on {benchmark.id}\n\n| task | preset | score |\n| --- | --- | --- |\n"
    for row in sorted(rivals, key=lambda row: row.value):
        name = row.runs[0].task
        text += f"| [{name}]({name}.md) | {row.runs[0].preset} | {score(row)} |\n"
    return text


def settings(task: Task) -> str:
    """The settings that differ from the family's defaults in a preset; the presets that share a column stand together."""
    kind = config_type(task)
    presets = {name: to_dict(from_dict(kind, task.preset(name))) for name in task.presets}
    differing = [field for field in fields(kind) if any(values[field.name] != field.default for values in presets.values())]
    if not differing:
        return ""
    columns = " | ".join(f"`{name}`" for name in presets)
    text = (
        "\n## Settings\n\nThose that differ from the family's defaults; `uv run lab info "
        f"{task.id}` shows all, with their bounds.\n\n"
        f"| setting | family | {columns} | meaning |\n|{' --- |' * (len(presets) + 3)}\n"
    )
    for field in differing:
        values = [plain(one[field.name]) for one in presets.values()]
        unit = f" ({field.unit})" if field.unit else ""
        shown = " | ".join(values)
        text += f"| `{field.name}` | {plain(field.default)} | {shown} | {cell(field.description + unit)} |\n"
    return text


def pictures(task: Task) -> str:
    """Pictures of docs/images that are named after the task."""
    pattern = re.compile(rf"{re.escape(task.id)}(-[a-z0-9]*)?")
    names = [path.name for path in sorted((ROOT / "docs" / "images").iterdir()) if pattern.fullmatch(path.stem)]
    texts = {name: re.search(rf"!\[([^\]]*)\]\(images/{re.escape(name)}\)", all_pages()) for name in names}
    return "".join(f"\n![{found[1] if found else task.title}](../images/{name})\n" for name, found in texts.items())


def pages_of(tasks: Sequence[Task]) -> dict[str, str | None]:
    """The page of docs/ that explains each task: the one that names it most, or its relatives, the nearest first."""
    named = {
        path.stem: Counter(re.findall(r"(?:`|lab [a-z]+ )([\w-]+)", path.read_text()))
        for path in sorted((ROOT / "docs").glob("*.md"))
        if path.stem not in GENERAL
    }

    def kin(task: Task) -> tuple[str, ...]:
        return task.id, f"{task.config} {task.method}", task.config, task.config.partition(".")[0]

    totals = {name: Counter[str]() for name in named}
    for task in tasks:
        for name, counts in named.items():
            totals[name].update(dict.fromkeys(set(kin(task)), counts[task.id]))
    found: dict[str, str | None] = {}
    for task in tasks:
        best = max(totals, key=lambda name, task=task: [totals[name][group] for group in kin(task)])
        found[task.id] = best if any(totals[best][group] for group in kin(task)) else None
    return found


_scores: dict[int, str] = {}


def score(row: Row) -> str:
    """As in the table of results; intervals of corpus scores take time, and a row is shown on many pages."""
    if id(row) not in _scores:
        _scores[id(row)] = results_table.score(row)
    return _scores[id(row)]


@cache
def all_pages() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))


def benchmark_of(task: Task, registry: Registry) -> Benchmark | None:
    config: Config = from_dict(config_type(task), task.preset("default"))
    return registry.benchmark_of(task, config)


def plain(value: Any) -> str:
    """A setting's value as it is typed."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < 2**53:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ",".join(map(plain, value))
    return cell(str(value))


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")
