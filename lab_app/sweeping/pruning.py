"""Which runs of a search are hopeless: the median rule on selection scores, which no reported score uses.

Golovin et al. 2017, "Google Vizier", section 3.2.2 (median stopping rule), in the form of Optuna's ``MedianPruner``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from lab_app.records.publish import SELECTION
from lab_app.sweeping.sweep import Standing

STARTUP = 5  # completed runs before any is ended early
Course = Mapping[int, float]  # step -> selection score


def hopeless(mine: Course, others: Sequence[Course], *, higher_is_better: bool, startup: int = STARTUP) -> bool:
    """Whether the best selection so far is worse than the median of the others' at the same step.

    Of each other run the newest selection at or before that step counts; with fewer than ``startup`` of them nothing is hopeless.
    """
    last = max(mine)
    reached = [score for course in others if (score := _at(course, last)) is not None]
    if len(reached) < startup:
        return False
    middle = median(reached)
    return max(mine.values()) < middle if higher_is_better else min(mine.values()) > middle


def _at(course: Course, step: int) -> float | None:
    earlier = [one for one in course if one <= step]
    return course[max(earlier)] if earlier else None


class Courses:
    """The selections of runs, read again only where their metrics file has grown."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, Course]] = {}

    def of(self, one: Standing) -> Course:
        """The selections of a job's run so far; empty without any."""
        if one.run is None:
            return {}
        path = one.run.folder / "metrics.jsonl"
        try:
            size = path.stat().st_size
        except OSError:
            return {}
        if path not in self._known or self._known[path][0] != size:
            lines = one.run.metrics.read()
            self._known[path] = size, {int(line["step"]): float(line[SELECTION]) for line in lines if SELECTION in line}
        return self._known[path][1]
