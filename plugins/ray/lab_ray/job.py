"""What runs on a node: one job in a fresh worker process, its output in the sweep's folder."""

import os
import sys
from pathlib import Path

import msgspec

from lab_core.errors import LabError
from lab_core.registry.discovery import discover
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


def run_job(spec: bytes, log: str) -> int:
    """Carry out a job described as JSON; the exit code that ``python -m lab_core.training.job`` would have."""
    _write_to(Path(log))
    try:
        result = execute(msgspec.json.decode(spec, type=JobSpec), discover()[0])
    except LabError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 130 if result.outcome.status == "interrupted" else 0


def _write_to(log: Path) -> None:
    """Standard output and error of this process into a file of the shared folder."""
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.close(descriptor)
