"""How long lists and leaderboard take with thousands of runs: ``uv run python benchmarks/many_runs.py --runs 10000``.

Runs of toy scores in a temporary folder, spread over eight tasks; every command in a process of its own, the best of three, after
one call that fills the results store. Seconds are processor time of the whole process, start-up included.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lab_core.config import resolve, to_dict
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.runs.run import Run, RunRecord

TASKS = (
    "q-learning-maze", "sarsa-maze", "expected-sarsa-maze", "q-learning-frozenlake", "dqn-cartpole", "c51-cartpole",
    "ppo-cartpole", "reinforce-cartpole",
)  # fmt: skip
COMMANDS = (("runs", "list"), ("leaderboard",), ("leaderboard", "--overview"), ("list",))


def fill(folder: Path, count: int) -> None:
    """Write ``count`` completed runs with 20 scores each."""
    registry, _ = discover()
    rng = random.Random(0)
    for number in range(count):
        task = registry.task(TASKS[number % len(TASKS)])
        config = resolve(config_type(task), task.preset("default"))
        benchmark = registry.benchmark_of(task, config)
        assert benchmark is not None
        record = RunRecord(
            task=task.id, plugin=registry.plugin_of(task.id), method=task.method, preset="default", config=to_dict(config),
            benchmark=msgspec.to_builtins(benchmark), seed=number, status="completed", step=config.steps,
            budget_steps=config.steps, wall_seconds=10.0,
        )  # fmt: skip
        run = Run.create(folder, record, name=f"{number:06}")
        protocol = benchmark.default_protocol
        scores = tuple(rng.random() for _ in range(20))
        evaluation = Evaluation(
            benchmark=benchmark.id, protocol=protocol, settings=benchmark.protocols[protocol], seed=0, scores=scores,
            value=sum(scores) / 20, unit=benchmark.unit,
        )  # fmt: skip
        run.add_evaluation(evaluation, step=config.steps)


def seconds(command: tuple[str, ...], folder: Path) -> tuple[float, float, float]:
    """Processor seconds, wall seconds and peak memory (MB) of one call."""
    lab = str(Path(sys.executable).with_name("lab"))
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    code = (
        "import resource,runpy,sys\n"
        f"sys.argv={[lab, *command, '--runs-dir', str(folder)]!r}\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"})
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - start, int(done.stderr.split()[-1]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="made and kept here, or used where it exists, instead of a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "runs"
        if not folder.exists():
            fill(folder, options.runs)
        figures = {}
        for command in COMMANDS:
            seconds(command, folder)
            cpu, wall, memory = min(seconds(command, folder) for _ in range(3))
            figures[" ".join(command)] = {
                "processor_seconds": round(cpu, 2),
                "seconds": round(wall, 2),
                "megabytes": round(memory),
            }
            print(f"lab {' '.join(command):24} {cpu:6.2f} s of processor time  {wall:6.2f} s  {memory:5.0f} MB", file=sys.stderr)
    print(json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "runs": options.runs, "commands": figures}, indent=2))


if __name__ == "__main__":
    main()
