"""Which runs are whole trainings, and which are tries that never hide what ships with a plugin."""

from contextlib import suppress
from pathlib import Path

from lab_app.runs.store import RunRow
from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.registry.registry import config_type
from lab_core.runs.run import Run
from lab_core.task import Task

SMOKE = "smoke"
_LEAST = 0.1  # of its preset's steps: below, a run is a try
UPDATES = "updates"  # the figure by which trainers of agents report how often they changed the weights


def is_whole(row: RunRow, task: Task) -> bool:
    """Whether a run was trained for its preset's length, or a tenth of it by the user's wish, or until its score was reached.

    Neither runs of ``smoke`` are, nor those that a time limit, an interruption or an error ended.
    """
    if row.preset == SMOKE or row.status not in ("completed", "unscored") or row.time_limit is not None:
        return False
    with suppress(LabError):  # a preset that is gone
        return row.budget_steps >= _LEAST * from_dict(config_type(task), task.preset(row.preset)).steps
    return True


def is_untrained(run_folder: Path) -> bool:
    """Whether a run ended before its first update: no step, or a last line of metrics that counts none."""
    with suppress(LabError):
        run = Run.open(run_folder)
        if run.record.step == 0:
            return True
        lines = run.metrics.read()
        return bool(lines) and lines[-1].get(UPDATES) == 0
    return False
