"""How surely and how soon REINFORCE solves CartPole-v1: ``reinforce-cartpole`` over many seeds.

    uv run python benchmarks/reinforce_cartpole.py [--seeds 20] [--json FILE]

Each seed trains for at most 60 wall seconds, selection evaluations and compiling included, starting up apart; its best model
then plays 100 greedy episodes that neither training nor selection saw. Solved: a mean of 475 or more. Processor seconds are
the process's own, so that other work on the machine counts for little.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"

from lab_core.config import resolve, to_dict
from lab_core.machine.versions import machine
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.training.job import execute
from lab_core.training.observing import Budget, Observer, Outcome
from lab_core.training.spec import JobSpec

TASK = "reinforce-cartpole"
LIMIT = 60.0
SOLVED = 475.0


class Stopwatch(Observer):
    """Processor seconds of the training loop."""

    def begin(self, step: int, budget: Budget) -> None:
        self._start = time.process_time()

    def end(self, outcome: Outcome | None) -> None:
        self.busy = time.process_time() - self._start


def one(registry: Registry, seed: int, runs_dir: str) -> dict[str, Any]:
    """Train and score one seed."""
    task, watch = registry.task(TASK), Stopwatch()
    config = to_dict(resolve(config_type(task), task.preset("default")))
    spec = JobSpec(task=TASK, config=config, seed=seed, device="cpu", runs_dir=runs_dir, seconds=LIMIT, threads=1)
    result = execute(spec, registry, observers=lambda run, task, benchmark: [watch])
    assert result.evaluation is not None
    last = result.run.metrics.read()[-2]  # behind it stands the selection score
    return {
        "seed": seed,
        "score": result.evaluation.value,
        "solved": result.evaluation.value >= SOLVED,
        "wall_seconds": round(result.outcome.wall_seconds, 2),
        "processor_seconds": round(watch.busy, 2),
        "episodes": result.outcome.step,
        "agent_steps": int(last.get("agent_steps", 0)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    registry, _ = discover()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as runs_dir:
        for seed in range(arguments.seeds):
            rows.append(one(registry, seed, runs_dir))
            print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    solved = sum(row["solved"] for row in rows)
    worst = {name: max(row[name] for row in rows) for name in ("wall_seconds", "processor_seconds")}
    print(f"solved {solved} of {len(rows)}; longest {worst['wall_seconds']} s wall, {worst['processor_seconds']} s of processor")
    if arguments.json:
        document = {"task": TASK, "limit_seconds": LIMIT, "solved": solved, "seeds": rows, "machine": machine()}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
