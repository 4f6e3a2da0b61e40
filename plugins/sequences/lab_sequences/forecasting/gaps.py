"""Missing values: filled by an explicit rule before a method that needs all of them sees them."""

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Floats = NDArray[np.float64]
FEWEST = 2  # known values of a column


def filled(values: Floats, rule: str, *, season: int = 1, what: str = "The series", names: tuple[str, ...] = ()) -> Floats:
    """``values`` [n, d] without gaps.

    linear  between the known neighbours along a straight line; at the ends the nearest known value
    season  the value one season before, else after, else as linear
    last    the last known value; at the beginning the first one
    refuse  raises LabError that names the first gap

    Raises LabError for a column with fewer than two known values.
    """
    found = np.array(values, np.float64)
    for column in range(found.shape[1]):
        known = ~np.isnan(found[:, column])
        name = names[column] if names else f"column {column + 1}"
        if known.sum() < FEWEST:
            raise LabError(f"{what}: {name} has {int(known.sum())} known value{'s' if known.sum() != 1 else ''} of {len(known)};"
                           f" at least {FEWEST} are needed.")  # fmt: skip
        if known.all():
            continue
        if rule == "refuse":
            raise LabError(
                f"{what}: {name} has no value in row {int(np.argmin(known)) + 1:,}.", "gaps=linear, season or last fills it."
            )
        found[:, column] = _column(found[:, column], known, rule, season)
    return found


def _column(values: Floats, known: NDArray[np.bool_], rule: str, season: int) -> Floats:
    rows = np.arange(len(values))
    if rule == "last":
        places = np.maximum.accumulate(np.where(known, rows, -1))
        return np.where(places < 0, values[np.argmax(known)], values[np.maximum(places, 0)])
    made = values.copy()
    if rule == "season" and season > 1:
        for row in rows[~known]:
            if row >= season:
                made[row] = made[row - season]
        for row in rows[::-1]:
            if np.isnan(made[row]) and row + season < len(made):
                made[row] = made[row + season]
        known = ~np.isnan(made)
    return np.interp(rows, rows[known], made[known])
