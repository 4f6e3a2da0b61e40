"""The runs of a folder: ``runs_dir/TASK/NAME``."""

import os
from contextlib import suppress
from pathlib import Path

from lab_core.errors import LabError
from lab_core.runs.run import Run


def run_ids(runs_dir: Path) -> list[str]:
    """``TASK/NAME`` of every folder where a run may be, in order; hidden ones are left out."""

    def inside(folder: str) -> list[str]:
        found: list[str] = []
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):  # a link that leads round in a circle hides nothing but itself
                    if entry.is_dir() and not entry.name.startswith("."):
                        found.append(entry.name)
        return sorted(found)

    root = os.fspath(runs_dir)
    return [f"{task}/{name}" for task in inside(root) for name in inside(f"{root}/{task}")]


def run_folders(runs_dir: Path) -> list[Path]:
    """Every folder where a run may be, ``runs_dir/TASK/NAME``, in order; hidden ones are left out."""
    return [runs_dir / run_id for run_id in run_ids(runs_dir)]


def list_runs(runs_dir: Path) -> tuple[list[Run], list[str]]:
    """Every run below ``runs_dir``, and one line for each folder that is none or can't be read."""
    runs: list[Run] = []
    problems: list[str] = []
    for folder in run_folders(runs_dir):
        try:
            runs.append(Run.open(folder))
        except LabError as error:
            problems.append(error.message)
    return runs, problems
