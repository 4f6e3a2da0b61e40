"""Write the tables of measured results, from the records that the plugins keep in ``results/``: the tasks with a problem of
their own into README.md, all of them into docs/results.md.

uv run tools/results_table.py            writes
uv run tools/results_table.py --check    exit code 1 when one of them says something else
"""

import argparse
import re
from pathlib import Path

import msgspec

from lab_core.config import from_dict
from lab_core.observers.progress import duration
from lab_core.plugins import discover
from lab_core.publish import PublishedRun
from lab_core.registry import Registry, config_type
from lab_core.score import Score
from lab_core.statistics import Summary, summarise
from lab_core.store import time_limit

ROOT = Path(__file__).parent.parent
START, END = "<!-- results -->\n", "<!-- /results -->\n"
HEADER = """| task | benchmark, protocol | score | good | runs | training, time of one | command (with `--seed N`) |
| --- | --- | --- | --- | --- | --- | --- |
"""


def rows(registry: Registry, *, everything: bool) -> list[str]:
    """A line for every record file, in the order of the registry's tasks, then of the presets."""
    records = [
        msgspec.json.decode(path.read_bytes(), type=list[PublishedRun])
        for path in sorted(ROOT.glob("plugins/*/results/runs-*.json"))
    ]
    return [
        row(runs, registry)
        for task in registry.tasks()
        for runs in sorted(records, key=lambda runs: runs[0].preset != "default")
        if runs[0].task == task.id and (everything or "anywhere" not in task.tags)
    ]


def row(runs: list[PublishedRun], registry: Registry) -> str:
    first = runs[0]
    task = registry.task(first.task)
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), first.config))
    assert benchmark is not None
    protocol = benchmark.default_protocol
    scores = [next(one for one in run.evaluations if one.protocol == protocol).scores for run in runs]
    summary = summarise(scores, seed=0)
    least, most = min(run.step for run in runs), max(run.step for run in runs)
    steps = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    training = f"{steps} {first.step_unit}, {duration(sum(run.wall_seconds for run in runs) / len(runs))}"
    if limits := {time_limit(run.step, run.budget, run.wall_seconds, run.budget_seconds) for run in runs} - {None}:
        training += f" (time limit {', '.join(duration(limit) for limit in sorted(limits))})"
    command = re.sub(r" --(seed \d+|runs-dir \S+|quiet|json)", "", " ".join(first.command))
    return (
        f"| `{first.task}` | `{benchmark.id}`, {protocol} | {shown(summary, benchmark.score)} | {benchmark.score.goal()} "
        f"| {len(runs)} | {training} | `{command}` |\n"
    )


def shown(summary: Summary, score: Score) -> str:
    kinds = {"runs": "95 % over runs", "range": "range of runs", "episodes": "95 % over episodes"}
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
        table = START + HEADER + "".join(rows(registry, everything=everything)) + END
        wanted = re.sub(re.escape(START) + ".*?" + re.escape(END), lambda _, table=table: table, text, flags=re.S)
        agrees &= wanted == text
        if not options.check:
            path.write_text(wanted)
    return int(options.check and not agrees)


if __name__ == "__main__":
    raise SystemExit(main())
