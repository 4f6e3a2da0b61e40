"""Write the table of measured results into README.md, from the records that the plugins keep in ``results/``.

uv run tools/results_table.py            writes
uv run tools/results_table.py --check    exit code 1 when the README says something else
"""

import argparse
import re
from pathlib import Path

import msgspec

from lab_core.observers.progress import duration
from lab_core.plugins import discover
from lab_core.publish import PublishedRun
from lab_core.registry import Registry
from lab_core.score import Score
from lab_core.statistics import Summary, summarise
from lab_core.store import time_limit

ROOT = Path(__file__).parent.parent
START, END = "<!-- results -->\n", "<!-- /results -->\n"
HEADER = """| task | benchmark, protocol | score | good | runs | training, time of one | command (with `--seed N`) |
| --- | --- | --- | --- | --- | --- | --- |
"""


def rows(registry: Registry) -> list[str]:
    """A line for every record file, in the order of the registry's tasks."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.glob("plugins/*/results/runs-*.json")):
        runs = msgspec.json.decode(path.read_bytes(), type=list[PublishedRun])
        found[runs[0].task] = row(runs, registry)
    return [found[task.id] for task in registry.tasks() if task.id in found]


def row(runs: list[PublishedRun], registry: Registry) -> str:
    first = runs[0]
    benchmark = registry.benchmark(first.evaluations[-1].benchmark)
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


def table() -> str:
    registry, _ = discover()
    return START + HEADER + "".join(rows(registry)) + END


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    path = ROOT / "README.md"
    text = path.read_text()
    wanted = re.sub(re.escape(START) + ".*?" + re.escape(END), lambda _: table(), text, flags=re.S)
    if options.check:
        return int(wanted != text)
    path.write_text(wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
