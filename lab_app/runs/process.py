"""One run in a process of its own: ``python -m lab_app.runs.process SPEC.json`` carries out a job and prints a JSON document."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lab_app.api import registry as loaded
from lab_app.observers import plugins
from lab_app.observers.tensorboard import TensorBoard, tensorboard_or_none
from lab_app.packages.exits import exits_held
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.runs.run import Run
from lab_core.task import Task
from lab_core.training.job import JobResult, execute
from lab_core.training.observing import Observer
from lab_core.training.spec import JobSpec


def document(result: JobResult) -> Mapping[str, Any]:
    """A job's result as the JSON document that commands print."""
    return {
        "run": msgspec.to_builtins(result.run.record),
        "folder": str(result.run.folder),
        "outcome": {
            "status": result.outcome.status,
            "step": result.outcome.step,
            "wall_seconds": result.outcome.wall_seconds,
            "reason": result.outcome.reason,
        },
        "evaluation": msgspec.to_builtins(result.evaluation) if result.evaluation else None,
    }


def main(arguments: Sequence[str]) -> int:
    """Run the spec in the file named by the only argument; the exit code is the command line's."""
    if len(arguments) != 1:
        print("usage: python -m lab_app.runs.process SPEC.json", file=sys.stderr)
        return 2
    try:
        spec = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=JobSpec)
        registry = loaded()
        makers = list(registry.observers())
        boards: list[TensorBoard] = []

        def watching(run: Run, task: Task, benchmark: Benchmark | None) -> Sequence[Observer]:
            board = tensorboard_or_none(run)
            boards.extend([board] if board is not None else [])
            return [*boards, *plugins.make(makers, run, task, benchmark, report=_say)]

        with exits_held():
            result = execute(spec, registry, observers=watching)
        for board in boards:
            board.score_of(result.run)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        print(f"error: {arguments[0]} is not a job: {error}", file=sys.stderr)
        return 2
    print(msgspec.json.encode(document(result)).decode())
    return 130 if result.outcome.status == "interrupted" else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
