"""Write the tables of measured scores from the records that the plugins keep in ``results/``: all of them into docs/results.md,
the systems from books and courses (lab_app/suites/book.toml) into docs/systems.md, a selection into README.md.

uv run tools/results_table.py            writes
uv run tools/results_table.py --check    exit code 1 when a table differs from the records
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import msgspec

from lab_app.durations import duration
from lab_app.records.record import RecordedRun
from lab_app.records.shipped import changes_to, read_record
from lab_app.results.intervals import digits, phrase
from lab_app.results.results import run_score, summary_of
from lab_app.runs.store import time_limit
from lab_app.suites.suite import find_suite, resolved
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict, resolve
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type

ROOT = Path(__file__).parent.parent
COLUMNS = ("task", "benchmark, protocol", "score", "good score", "runs", "training of one run", "command (with `--seed N`)")
IMAGE_SETS = (
    "task",
    "FCD",
    "FCD of real images",
    "good score",
    "recall",
    "class distance",
    "conditional accuracy",
    "near copies",
    *COLUMNS[4:],
)
SAMPLES = "sample set"  # the unit of an evaluation of generated images
HEADINGS = {
    "tabular": "Tabular methods",
    "agents": "Deep reinforcement learning",
    "generative": "Autoencoders",
    "image translation": "Image translation",
    "vision": "Classification, detection, faces",
    "text": "Text: translation, captions, characters, words",
    "series": "Sequences and time series",
}
HEADLINES = (
    "q-learning-maze",
    "dqn-breakout",
    "pqn-breakout",
    "ppo-lunarlander",
    "sac-pendulum",
    "cgan-mnist",
    "sngan-mnist",
    "superres-photos-x3",
    "nmt-en-de",
    "char-transformer-austen",
    "forecast-ar forecast/co2",
    "faster-rcnn-digits",
)


class Row(msgspec.Struct, frozen=True):
    """The recorded runs of one task under one preset, and their evaluations under the default protocol."""

    runs: Sequence[RecordedRun]
    benchmark: Benchmark
    evaluations: Sequence[Evaluation]

    @property
    def value(self) -> float:
        """Higher is better, whatever the score."""
        value = mean(one.value for one in self.evaluations)
        return -value if self.benchmark.score.higher_is_better else value


def rows(registry: Registry) -> list[Row]:
    """A row for every record file, in the order of the registry's tasks."""
    records = [read_record(path) for path in sorted(ROOT.glob("plugins/*/results/runs-*.json"))]
    numbers = {task.id: number for number, task in enumerate(registry.tasks())}
    unknown = sorted({runs[0].task for runs in records} - numbers.keys())
    assert not unknown, f"records of tasks that aren't there: {unknown}"
    ordered = sorted(records, key=lambda runs: (numbers[runs[0].task], runs[0].preset != "default"))
    return [reported(runs, registry) for runs in ordered]


def reported(runs: Sequence[RecordedRun], registry: Registry) -> Row:
    task = registry.task(runs[0].task)
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), runs[0].config))
    assert benchmark is not None
    protocol = benchmark.default_protocol
    return Row(runs, benchmark, [longest([one for one in run.evaluations if one.protocol == protocol]) for run in runs])


def longest(evaluations: list[Evaluation]) -> Evaluation:
    """The one of most units; the latest of several."""
    return max(reversed(evaluations), key=lambda one: len(one.scores))


def everything(registry: Registry) -> str:
    """A heading and a table for each family; in a table the rows of a benchmark stand together, the best first."""
    found = rows(registry)
    parts: list[str] = []
    families = list(dict.fromkeys(registry.task(row.runs[0].task).family for row in found))
    for family in sorted(families, key=lambda name: [*HEADINGS, *families].index(name)):
        mine = [row for row in found if registry.task(row.runs[0].task).family == family]
        sets = [row for row in mine if row.evaluations[0].unit == SAMPLES]
        if sets:
            lines = "".join(set_line(row, registry) for row in sets)
            parts.append(f"## Generated images\n\n{header(IMAGE_SETS)}{lines}")
        others = grouped([row for row in mine if row not in sets])
        if others:
            title = HEADINGS.get(family, family.capitalize())
            parts.append(f"## {title}\n\n{header(COLUMNS)}{''.join(line(row, registry) for row in others)}")
    return "\n".join(parts)


def grouped(found: list[Row]) -> list[Row]:
    benchmarks = list(dict.fromkeys(row.benchmark.id for row in found))
    return sorted(found, key=lambda row: (benchmarks.index(row.benchmark.id), row.value))


def goal(row: Row, found: Sequence[Row], registry: Registry) -> str:
    """The good score of a benchmark: where it counts as solved, a reference, else its best recorded baseline."""
    kept = row.benchmark.score
    if kept.good is not None or kept.reference is not None:
        return kept.goal()
    baselines = [
        one for one in found if one.benchmark.id == row.benchmark.id and "baseline" in registry.task(one.runs[0].task).tags
    ]
    if not baselines:
        return kept.goal()
    best = min(baselines, key=lambda one: one.value)
    sign = ">" if kept.higher_is_better else "<"
    return f"{sign} {digits(kept)(mean(one.value for one in best.evaluations))} ({best.runs[0].task})"


def headlines(registry: Registry) -> str:
    """The default preset of each headline task that has a record; a benchmark is named where a task has several."""
    found = rows(registry)
    defaults = [row for row in found if row.runs[0].preset == "default"]
    by_task = {row.runs[0].task: row for row in defaults}
    by_task |= {f"{row.runs[0].task} {row.benchmark.id}": row for row in defaults}
    chosen = [by_task[name] for name in HEADLINES if name in by_task]
    table = "| task | benchmark | score | good score | training of one run |\n| --- | --- | --- | --- | --- |\n"
    for row in chosen:
        training, _ = course(row.runs, registry)
        table += f"| `{row.runs[0].task}` | `{row.benchmark.id}` | {score(row)} | {goal(row, found, registry)} | {training} |\n"
    return table


def systems(registry: Registry) -> str:
    """The score that each source states beside the recorded one, under the default preset unless the suite names another."""
    found = {(row.runs[0].task, row.runs[0].preset, row.benchmark.id): row for row in rows(registry)}
    table = header(("system", "source", "stated in the source", "task", "measured here", "training of one run"))
    for one in resolved(find_suite("book"), registry)[0]:
        entry, task, preset = one.entry, one.task, one.entry.preset
        row = found.get((task.id, preset, one.benchmark.id)) if one.benchmark else None
        shown = f"`{task.id}`" + (f", preset {preset}" if preset != "default" else "")
        measured, training = "not recorded yet", ""
        if row is not None:
            measured = f"{row.benchmark.score.name} {score(row)}"
            training = course(row.runs, registry)[0]
        elif task.trainer is None:
            measured = "no training"
        elif one.benchmark is None:
            measured = "no score; its page shows results"
        note = f"; {entry.note}" if entry.note else ""
        table += f"| {entry.name} | {entry.source} | {entry.stated} | {shown} | {measured}{note} | {training} |\n"
    return table


def header(columns: tuple[str, ...]) -> str:
    return f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n"


def score(row: Row) -> str:
    """The score in bold, with its interval or range."""
    summary = summary_of([run_score(one) for one in row.evaluations], row.benchmark)
    value, _, rest = phrase(summary, digits(row.benchmark.score), row.evaluations[0].unit).partition(" ")
    return f"**{value}** {rest}".rstrip()


def line(row: Row, registry: Registry) -> str:
    training, command = course(row.runs, registry)
    return (
        f"| `{row.runs[0].task}` | `{row.benchmark.id}`, {row.benchmark.default_protocol} | {score(row)} "
        f"| {row.benchmark.score.goal()} | {len(row.runs)} | {training} | `{command}` |\n"
    )


def set_line(row: Row, registry: Registry) -> str:
    """The row of a model that generates images, with further metrics: FCD alone does not show that a model is good."""

    def column(name: str, places: int) -> str:
        values = [mean(one.details[name]) for one in row.evaluations if name in one.details]
        return f"{mean(values):.{places}f}" if values else ""

    training, command = course(row.runs, registry)
    columns = (
        f"`{row.runs[0].task}`",
        score(row),
        f"{row.evaluations[0].settings['floor']:g}",
        row.benchmark.score.goal(),
        column("recall", 2),
        column("class_distance", 3),
        column("conditional_accuracy", 3) or column("code_accuracy", 3),
        column("near_copies", 3),
        str(len(row.runs)),
        training,
        f"`{command}`",
    )
    return f"| {' | '.join(columns)} |\n"


def course(runs: Sequence[RecordedRun], registry: Registry) -> tuple[str, str]:
    """How long the runs trained, and the command that repeats them today: without a time limit that ended none of them, and
    with the settings that have changed in the preset since.
    """
    first = runs[0]
    if not any(run.step for run in runs):
        changes = changes_to(first, registry)
        return "none", " ".join([f"lab eval {first.task}", *(f"--set {name}={value}" for name, value in sorted(changes.items()))])
    least, most = min(run.step for run in runs), max(run.step for run in runs)
    steps = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    training = f"{steps} {first.step_unit}, {duration(sum(run.wall_seconds for run in runs) / len(runs))}"
    if limits := {time_limit(run.step, run.budget, run.wall_seconds, run.budget_seconds) for run in runs} - {None}:
        training += f" (time limit {', '.join(duration(limit) for limit in sorted(limits))})"
    idle = r"seed \d+|runs-dir \S+|quiet|json|no-eval" + ("" if limits else r"|time \S+")
    command = re.sub(f" --({idle})", "", " ".join(first.command))
    changes = changes_to(first, registry)
    for name in first.changed.keys() - changes.keys():  # the preset has it now
        command = re.sub(rf" --set {name}=\S+", "", command)
    for name in sorted(changes.keys() - first.changed.keys()):
        value = changes[name]
        command += f" --set {name}={','.join(map(str, value)) if isinstance(value, list) else value}"
    if " --steps " not in command and registry.has_task(first.task):
        task = registry.task(first.task)
        if first.preset in task.presets and resolve(config_type(task), task.preset(first.preset)).steps != first.budget:
            command += f" --steps {first.budget}"
    return training, command


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    registry, _ = discover()
    agrees = True
    pages = {"README.md": headlines, "docs/results.md": everything, "docs/systems.md": systems}
    for path, table in ((ROOT / page, table) for page, table in pages.items()):
        text = path.read_text()
        start, end = "<!-- results -->\n", "<!-- /results -->\n"
        found = f"{start}{table(registry)}{end}"
        wanted = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _, found=found: found, text, flags=re.S)
        agrees &= wanted == text
        if not options.check:
            path.write_text(wanted)
    return int(options.check and not agrees)


if __name__ == "__main__":
    raise SystemExit(main())
