"""What a group of runs scored: the mean over runs, and bounds that say what they are bounds of."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np

from lab_app.results.statistics import ENOUGH_RUNS, ENOUGH_UNITS, Scores, interval_over_runs, interval_over_units

BoundsKind = Literal["runs", "run range", "units", "unit range", "none"]
Bounds = tuple[float, float]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of runs scored.

    mean     mean of ``points``
    low,high bounds; their meaning is ``kind``
    kind     "runs": 95 % interval over runs; "run range": smallest and largest of runs that are too few for an interval;
             "units": 95 % interval over the units (episodes, sentences) of the only run, which says nothing about other seeds;
             "unit range": smallest and largest of its units, which are too few; "none": no bounds, low and high are the mean
    points   one value a run
    n_units  units scored in all
    """

    mean: float
    low: float
    high: float
    kind: BoundsKind
    n_runs: int
    n_units: int
    points: tuple[float, ...]


def summarise(
    runs: Sequence[Scores],
    *,
    values: Sequence[float] | None = None,
    over_units: Callable[[], Bounds | None] | None = None,
    seed: int = 0,
) -> Summary:
    """The summary of one method on one benchmark: ``runs[i]`` holds the raw scores of run i (episodes, sentences, sample sets).

    ``values[i]`` is run i's score as a whole where that isn't the mean of its parts (BLEU); ``over_units`` then gives the
    interval of the only run over its units, or None. Raises ValueError without runs, or for a run without scores.
    """
    if not runs or any(len(scores) == 0 for scores in runs):
        raise ValueError("at least one run with at least one score is needed")
    points = tuple(float(np.mean(scores)) for scores in runs) if values is None else tuple(float(value) for value in values)
    if len(points) != len(runs):
        raise ValueError("one value a run is needed")
    mean = float(np.mean(points))
    kind, (low, high) = _bounds(runs, points, mean, over_units, seed)
    n_units = sum(len(scores) for scores in runs)
    return Summary(mean=mean, low=low, high=high, kind=kind, n_runs=len(points), n_units=n_units, points=points)


def _bounds(
    runs: Sequence[Scores], points: Sequence[float], mean: float, over_units: Callable[[], Bounds | None] | None, seed: int
) -> tuple[BoundsKind, Bounds]:
    if len(points) >= ENOUGH_RUNS:
        return "runs", interval_over_runs(np.asarray(points), seed=seed)
    if len(points) > 1:
        return "run range", (min(points), max(points))
    if over_units is not None:
        found = over_units()
        return ("none", (mean, mean)) if found is None else ("units", found)
    scores = runs[0]
    if len(scores) == 1 or not np.isclose(np.mean(scores), mean, rtol=1e-6, atol=1e-9):
        return "none", (mean, mean)
    if len(scores) < ENOUGH_UNITS:
        return "unit range", (float(np.min(scores)), float(np.max(scores)))
    return "units", interval_over_units(scores, seed=seed)
