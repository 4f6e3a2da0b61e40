"""Write the tables of measured results, from the records that the plugins keep in ``results/``: the tasks with a problem of
their own into README.md, all of them into docs/results.md.

uv run tools/results_table.py            writes
uv run tools/results_table.py --check    exit code 1 when one of them says something else
"""

import argparse
import re
from pathlib import Path
from statistics import mean

import msgspec

from lab_app.observers.progress import duration
from lab_app.records.publish import PublishedRun
from lab_app.records.shipped import changes_to
from lab_app.results.statistics import Summary, summarise
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.store import time_limit
from lab_core.score import Score

ROOT = Path(__file__).parent.parent
COLUMNS = ("task", "benchmark, protocol", "score", "good", "runs", "training, time of one", "command (with `--seed N`)")
MAKERS = ("task", "FCD", "real images", "good", "recall", "class distance", "asked class drawn", "near copies", *COLUMNS[4:])
SAMPLES = "sample set"  # the unit of an evaluation of images that a model made


def tables(registry: Registry, *, everything: bool) -> dict[str, str]:
    """Each table by the name of its place: a line for every record file, in the order of the registry's tasks and presets."""
    records = [
        msgspec.json.decode(path.read_bytes(), type=list[PublishedRun])
        for path in sorted(ROOT.glob("plugins/*/results/runs-*.json"))
    ]
    ordered = [
        runs
        for task in registry.tasks()
        for runs in sorted(records, key=lambda runs: runs[0].preset != "default")
        if runs[0].task == task.id and (everything or "anywhere" not in task.tags)
    ]
    generative = [runs for runs in ordered if registry.task(runs[0].task).family == "generative"]
    agents = [runs for runs in ordered if runs not in generative]
    makers = [runs for runs in generative if runs[0].evaluations[0].unit == SAMPLES]
    others = [runs for runs in generative if runs not in makers]
    return {
        "results": header(COLUMNS) + "".join(row(runs, registry) for runs in agents),
        "makers": header(MAKERS) + "".join(maker_row(runs, registry) for runs in makers),
        "reconstruction": header(COLUMNS) + "".join(row(runs, registry) for runs in others),
    }


def header(columns: tuple[str, ...]) -> str:
    return f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n"


def reported(runs: list[PublishedRun], registry: Registry) -> tuple[Benchmark, list[Evaluation]]:
    """The runs' benchmark, and the evaluation of each under its default protocol."""
    task = registry.task(runs[0].task)
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), runs[0].config))
    assert benchmark is not None
    protocol = benchmark.default_protocol
    return benchmark, [longest([one for one in run.evaluations if one.protocol == protocol]) for run in runs]


def longest(evaluations: list[Evaluation]) -> Evaluation:
    """The one of most units; the latest of several."""
    return max(reversed(evaluations), key=lambda one: len(one.scores))


def row(runs: list[PublishedRun], registry: Registry) -> str:
    benchmark, evaluations = reported(runs, registry)
    summary = summarise([one.scores for one in evaluations], seed=0)
    training, command = course(runs, registry)
    return (
        f"| `{runs[0].task}` | `{benchmark.id}`, {benchmark.default_protocol} | {shown(summary, benchmark.score)} "
        f"| {benchmark.score.goal()} | {len(runs)} | {training} | `{command}` |\n"
    )


def maker_row(runs: list[PublishedRun], registry: Registry) -> str:
    benchmark, evaluations = reported(runs, registry)
    summary = summarise([one.scores for one in evaluations], seed=0)

    def column(name: str, digits: int) -> str:
        values = [mean(one.details[name]) for one in evaluations if name in one.details]
        return f"{mean(values):.{digits}f}" if values else ""

    training, command = course(runs, registry)
    asked = column("conditional_accuracy", 3) or column("code_accuracy", 3)
    columns = (
        f"`{runs[0].task}`",
        shown(summary, benchmark.score) if len(runs) > 1 else one_run(evaluations[0], benchmark.score),
        f"{evaluations[0].settings['floor']:g}",
        benchmark.score.goal(),
        column("recall", 2),
        column("class_distance", 3),
        asked,
        column("near_copies", 3),
        str(len(runs)),
        training,
        f"`{command}`",
    )
    return f"| {' | '.join(columns)} |\n"


def course(runs: list[PublishedRun], registry: Registry) -> tuple[str, str]:
    """How long the runs trained, and the command that does the same today: a time limit that ended none of them left out, and
    the settings said in which the preset now differs.
    """
    first = runs[0]
    least, most = min(run.step for run in runs), max(run.step for run in runs)
    steps = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    training = f"{steps} {first.step_unit}, {duration(sum(run.wall_seconds for run in runs) / len(runs))}"
    if limits := {time_limit(run.step, run.budget, run.wall_seconds, run.budget_seconds) for run in runs} - {None}:
        training += f" (time limit {', '.join(duration(limit) for limit in sorted(limits))})"
    idle = r"seed \d+|runs-dir \S+|quiet|json|no-eval" + ("" if limits else r"|time \S+")
    command = re.sub(f" --({idle})", "", " ".join(first.command))
    changes = changes_to(first, registry)
    for name in first.changed.keys() - changes.keys():  # the preset says it now
        command = re.sub(rf" --set {name}=\S+", "", command)
    for name in sorted(changes.keys() - first.changed.keys()):
        value = changes[name]
        command += f" --set {name}={','.join(map(str, value)) if isinstance(value, list) else value}"
    return training, command


def one_run(evaluation: Evaluation, score: Score) -> str:
    """A few sample sets of a single run have a range, no interval; a single set has neither."""
    if len(evaluation.scores) == 1:
        return f"**{evaluation.value:.{score.digits}f}** (one set)"
    low, high = (f"{value:.{score.digits}f}" for value in (min(evaluation.scores), max(evaluation.scores)))
    return f"**{evaluation.value:.{score.digits}f}** ({low} to {high}, range of {len(evaluation.scores)} sets)"


def shown(summary: Summary, score: Score) -> str:
    kinds = {"runs": "95 % over runs", "range": "range of runs", "episodes": "95 % over episodes", "units": "range of its parts"}
    digits = score.digits
    return f"**{summary.mean:,.{digits}f}** ({summary.low:,.{digits}f} to {summary.high:,.{digits}f}, {kinds[summary.kind]})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    registry, _ = discover()
    agrees = True
    for path, everything in ((ROOT / "README.md", False), (ROOT / "docs" / "results.md", True)):
        text = path.read_text()
        wanted = text
        for name, table in tables(registry, everything=everything).items():
            start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
            found = start + table + end
            wanted = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _, found=found: found, wanted, flags=re.S)
        agrees &= wanted == text
        if not options.check:
            path.write_text(wanted)
    return int(options.check and not agrees)


if __name__ == "__main__":
    raise SystemExit(main())
