"""Even times: missing times become rows of gaps, and times go on into the future.

Times are numbers or datetime64[s]. Dates that all stand on one day of the month are counted in months, so that months and years
of different lengths are even; others in seconds.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.items.series import Series

Unit = Literal["number", "second", "month"]
YEAR = 365.2425 * 86_400  # seconds
_MONTH = 28 * 86_400  # seconds: the shortest one
_TOLERANCE = 1e-3  # of a step


@dataclass(frozen=True)
class Grid:
    """``step`` in ``unit``s between rows that start at ``first`` (the unit's own count: number, seconds or months since 1970)."""

    unit: Unit
    first: float
    step: float
    offset: Any = None  # of months: from the month's beginning to its time

    def times(self, start: int, count: int) -> NDArray[Any]:
        """The times of rows ``start`` to ``start + count``."""
        at = self.first + self.step * np.arange(start, start + count)
        if self.unit == "number":
            return at
        if self.unit == "second":
            return np.round(at).astype("datetime64[s]")
        return np.round(at).astype(np.int64).astype("datetime64[M]").astype("datetime64[s]") + self.offset

    def number(self, start: int) -> float:
        """Steps from the unit's zero to row ``start``: where in the season a row lies, the same for every part of a series."""
        return self.first / self.step + start

    def period(self, season: int) -> float:
        """Steps of a season; one that is about a year is a year's exact length."""
        year = {"second": YEAR / self.step, "month": 12 / self.step, "number": 0.0}[self.unit]
        return year if year and abs(season - year) < 0.02 * year else float(season)


def grid_of(times: NDArray[Any], what: str = "The series") -> tuple[Grid, NDArray[np.int64]]:
    """The grid of rising times [n], and the row of each on it [n]; raises LabError naming the first time that fits none."""
    if len(times) < 2:
        raise LabError(f"{what} has {len(times)} row{'s' if len(times) != 1 else ''}; at least two times are needed to go on.")
    unit, counts, offset = _counts(times)
    differences = np.diff(counts)
    step = _step(differences)
    steps = differences / step
    wrong = np.flatnonzero(np.abs(steps - np.round(steps)) > _TOLERANCE * np.maximum(1, steps))
    if len(wrong):
        place = int(wrong[0])
        raise LabError(
            f"{what} has uneven times: {times[place + 1]} is {differences[place]:g} {unit}s after {times[place]}, which is no"
            f" multiple of the usual step of {step:g}.",
            "steps_of_time=rows takes each row as a step.",
        )
    rows = np.concatenate([[0], np.cumsum(np.round(steps))]).astype(np.int64)
    if rows[-1] > 20 * len(times) + 1_000:
        raise LabError(f"{what} has {len(times):,} rows on {rows[-1] + 1:,} steps of {step:g} {unit}s: most would be gaps.",
                       "steps_of_time=rows takes each row as a step.")  # fmt: skip
    return Grid(unit, float(counts[0]), step, offset), rows


def even(item: Series, what: str = "The series", *, rows: bool = False) -> tuple[Series, Grid]:
    """The series with a row for each step (gaps where times are missing), and its grid.

    ``rows``: each row is a step; the step of the future is the usual one.
    """
    if not rows:
        grid, places = grid_of(item.times, what)
        values = np.full((int(places[-1]) + 1, item.values.shape[1]), np.nan)
        values[places] = item.values
        return Series(grid.times(0, len(values)), values, item.names), grid
    if len(item.times) < 2:
        grid_of(item.times, what)
    unit, counts, _ = _counts(item.times)
    unit, counts = ("second", item.times.astype(np.int64).astype(np.float64)) if unit == "month" else (unit, counts)
    step = _step(np.diff(counts))
    return Series(item.times, item.values, item.names), Grid(unit, float(counts[-1]) - step * (len(counts) - 1), step)


def _counts(times: NDArray[Any]) -> tuple[Unit, NDArray[np.float64], Any]:
    if times.dtype.kind != "M":
        return "number", times.astype(np.float64), None
    seconds = times.astype("datetime64[s]")
    months = seconds.astype("datetime64[M]")
    offsets = seconds - months.astype("datetime64[s]")
    if (offsets == offsets[0]).all() and np.diff(seconds.astype(np.int64)).min() >= _MONTH:
        return "month", months.astype(np.int64).astype(np.float64), offsets[0]
    return "second", seconds.astype(np.int64).astype(np.float64), None


def _step(differences: NDArray[np.float64]) -> float:
    """The most frequent difference; of equally frequent ones the smallest."""
    known, counts = np.unique(np.round(differences, 9), return_counts=True)
    return float(known[np.argmax(counts)])
