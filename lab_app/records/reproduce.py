"""Does a training come out again as recorded? Curve against band, score against interval, or bit against bit.

Three recorded runs or more make the band: at each step the 95 % prediction interval for one further run of a normal sample,
mean plus and minus ``t(0.975, n - 1) * s * sqrt(1 + 1 / n)``. Fewer runs can't say how much runs differ, so their band is a
stated share of the curve's own height. A curve is inside when at least 80 % of its points are: neighbouring points move
together, so a sound run leaves the band for a stretch now and then. Of simulated sound runs 0 to 9 % fail, depending on how
long such stretches are (``tests/core/test_reproduce.py``).

A task that says ``deterministic`` must come out bit for bit where machine type, versions, precision and threads are the same.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, Literal

import msgspec
import numpy as np

from lab_app.records.publish import CLOCKS, SELECTION, fingerprint, rounded
from lab_app.records.record import RecordedRun
from lab_app.results.statistics import Floats, student_quantile
from lab_core.errors import LabError, unknown
from lab_core.score import Score

TOLERANCE = 0.25
ENOUGH = 3  # recorded runs that make a band
SHARE = 0.8  # of the points that must be inside
_LEAST = 0.01  # of the curve's height: half the width of a band where all recorded runs are equal
_FAMILIAR = ("episode_return", "return", "score", "reward", "accuracy", SELECTION, "loss")

RENAMED = {"score_best": "score_window_max"}  # figures in records of earlier versions, and their names today

BandKind = Literal["prediction", "tolerance"]


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new run is expected: ``low[i]`` to ``high[i]`` at ``steps[i]``, around the recorded ``middle[i]``."""

    kind: BandKind
    n_runs: int
    steps: tuple[float, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


class ScoreCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The reported score of the new run beside those recorded under the same protocol."""

    benchmark: str
    protocol: str
    recorded: tuple[float, ...]
    low: float
    high: float
    value: float
    inside: bool


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict and what it rests on.

    exact             whether every figure is the same bit for bit (where the record is old: to its four digits)
    exact_expected    whether it has to be: a deterministic task on the same machine type with the same versions
    difference        the first figure that differs, empty where none does
    share             of the points of the new curve that lie in the band
    """

    task: str
    recorded: tuple[str, ...]
    run: str
    seed: int
    metric: str
    band: Band
    values: tuple[float, ...]
    share: float
    score: ScoreCheck | None
    exact: bool
    exact_expected: bool
    difference: str
    recorded_seconds: float
    seconds: float
    step: int
    step_unit: str
    warnings: tuple[str, ...] = ()

    @property
    def curve_inside(self) -> bool:
        return self.share >= SHARE

    @property
    def reproduced(self) -> bool:
        """The verdict: bit for bit where that is expected, else curve and score inside."""
        if self.exact or self.exact_expected:
            return self.exact
        return self.curve_inside and (self.score is None or self.score.inside)


def judge(
    recorded: Sequence[RecordedRun],
    new: RecordedRun,
    lines: Sequence[Mapping[str, Any]],
    score: Score | None,
    *,
    exact_expected: bool = False,
    metric: str | None = None,
    tolerance: float = TOLERANCE,
    warnings: Sequence[str] = (),
) -> Reproduction:
    """Hold a run against recorded ones of the same task and settings; ``lines`` are the new run's metrics.

    A new run that was stopped early is judged as far as it has got, without its score. Raises UsageError for a metric that they
    don't have, LabError where the curves have no part in common.
    """
    name = _metric(recorded, new, metric)
    curves = [curve_of(run, name) for run in recorded]
    steps, values = curve_of(new, name)
    grid = _grid([*curves, (steps, values)], name)
    made = band(grid, [np.interp(grid, *curve) for curve in curves], tolerance)
    mine = np.interp(grid, steps, values)
    inside = (mine >= np.asarray(made.low)) & (mine <= np.asarray(made.high))
    whole = all(new.step >= run.step for run in recorded if run.seed == new.seed)
    same_seed = next((run for run in recorded if run.seed == new.seed), None)
    difference = f"seed {new.seed} is not among the recorded ones"
    if same_seed is not None:
        difference = first_difference(same_seed, new, lines)
    return Reproduction(
        task=new.task,
        recorded=tuple(run.name for run in recorded),
        run=new.name,
        seed=new.seed,
        metric=name,
        band=made,
        values=tuple(mine.tolist()),
        share=float(inside.mean()),
        score=_score_check(recorded, new, score, tolerance) if whole else None,
        exact=not difference,
        exact_expected=exact_expected and same_seed is not None,
        difference=difference,
        recorded_seconds=float(np.mean([run.wall_seconds for run in recorded])),
        seconds=new.wall_seconds,
        step=new.step,
        step_unit=new.step_unit,
        warnings=tuple(warnings),
    )


def band(grid: Floats, curves: Sequence[Floats], tolerance: float) -> Band:
    """The band of curves over common steps; ``tolerance`` is half its width as a share of the curve's height, for few runs."""
    rows = np.stack(curves)
    middle = rows.mean(axis=0)
    height = float(rows.max() - rows.min())
    n = len(curves)
    if n >= ENOUGH:
        half = student_quantile(0.975, n - 1) * rows.std(axis=0, ddof=1) * sqrt(1 + 1 / n)
        half = np.maximum(half, _LEAST * height)
    else:
        half = np.full(len(grid), tolerance * height)
    half = half + 1e-9 * np.abs(middle)
    return Band(
        kind="prediction" if n >= ENOUGH else "tolerance",
        n_runs=n,
        steps=tuple(grid.tolist()),
        low=tuple((middle - half).tolist()),
        middle=tuple(middle.tolist()),
        high=tuple((middle + half).tolist()),
    )


def curve_of(run: RecordedRun, metric: str) -> tuple[Floats, Floats]:
    """(steps, values) of a figure of a record, where it is known."""
    if metric == SELECTION:
        points = sorted(run.selection.items())
    else:
        found = zip(run.curve.step, run.curve.scalars.get(metric, ()), strict=False)
        points = [(step, value) for step, value in found if value is not None]
    steps, values = ([float(point[k]) for point in points] for k in (0, 1))
    return np.asarray(steps, dtype=np.float64), np.asarray(values, dtype=np.float64)


def first_difference(recorded: RecordedRun, new: RecordedRun, lines: Sequence[Mapping[str, Any]]) -> str:
    """The first figure in which the new run differs from a record of the same seed, as text; empty where none does.

    Full precision where the new run is as long as the record and that has a fingerprint, else four digits. Scores are compared
    where both were made with the same seed under the same protocol, in full.
    """
    earlier = {name: old for old, name in RENAMED.items() if old in recorded.curve.scalars}
    if earlier:
        lines = [{earlier.get(name, name): value for name, value in line.items()} for line in lines]
    mark = fingerprint(lines) if earlier else new.fingerprint
    if not (recorded.fingerprint and recorded.fingerprint == mark):
        by_step = {line["step"]: line for line in lines if SELECTION not in line}
        for place, step in enumerate(recorded.curve.step):
            if step > new.step:
                break
            line = by_step.get(step)
            if line is None:
                return f"no metrics at step {step:,}"
            for name, column in recorded.curve.scalars.items():
                if not name.endswith(CLOCKS) and rounded(line.get(name)) != column[place]:
                    return f"{name} at step {step:,}: {column[place]} was recorded, now {rounded(line.get(name))}"
        if recorded.fingerprint and new.step >= recorded.step:
            return "a figure between the recorded points, or beyond their four digits"
    if new.step < recorded.step:
        return ""
    mine = {(one.benchmark, one.protocol, one.seed): one for one in new.evaluations}
    for one in recorded.evaluations:
        again = mine.get((one.benchmark, one.protocol, one.seed))
        if again is not None and len(again.scores) == len(one.scores) and again.scores != one.scores:
            return f"the scores under {one.protocol}: mean {one.value:g} was recorded, now {again.value:g}"
    return ""


def _metric(recorded: Sequence[RecordedRun], new: RecordedRun, wanted: str | None) -> str:
    """The figure to compare: the one asked for, else the most telling one that all have."""

    def names(run: RecordedRun) -> set[str]:
        known = {name for name, column in run.curve.scalars.items() if any(value is not None for value in column)}
        return {name for name in known if not name.endswith(CLOCKS)} | ({SELECTION} if len(run.selection) > 1 else set[str]())

    common = set[str].intersection(*map(names, (*recorded, new)))
    if wanted is not None and wanted not in common:
        raise unknown("figure in all these curves", wanted, common)
    if not common:
        raise LabError("The recorded curves and the new one have no metric in common.")
    return wanted or next(name for name in (*_FAMILIAR, *sorted(common)) if name in common)


def _grid(curves: Sequence[tuple[Floats, Floats]], name: str) -> Floats:
    """The first curve's steps where every curve has got to."""
    start = max(float(steps[0]) for steps, _ in curves)
    end = min(float(steps[-1]) for steps, _ in curves)
    first = curves[0][0]
    grid = first[(first >= start) & (first <= end)]
    if not len(grid):
        raise LabError(f"The curves of {name} have no step in common: they meet nowhere from {start:g} to {end:g}.")
    return grid


def _score_check(recorded: Sequence[RecordedRun], new: RecordedRun, score: Score | None, tolerance: float) -> ScoreCheck | None:
    """The newest score of the new run against those of the records under the same protocol; None where there is no pair."""
    for mine in reversed(new.evaluations):
        found = [
            [one.value for one in run.evaluations if (one.benchmark, one.protocol) == (mine.benchmark, mine.protocol)]
            for run in recorded
        ]
        values = np.asarray([scores[-1] for scores in found if scores], dtype=np.float64)
        if not len(values):
            continue
        middle, n = float(values.mean()), len(values)
        scale = _scale(middle, score)
        half = tolerance * scale
        if n >= ENOUGH:
            half = student_quantile(0.975, n - 1) * float(values.std(ddof=1)) * sqrt(1 + 1 / n)
            half = max(half, _LEAST * scale)
        low, high = middle - half, middle + half
        return ScoreCheck(
            benchmark=mine.benchmark,
            protocol=mine.protocol,
            recorded=tuple(values.tolist()),
            low=low,
            high=high,
            value=mine.value,
            inside=low <= mine.value <= high,
        )
    return None


def document(found: Reproduction) -> dict[str, Any]:
    """The verdict as a JSON document."""
    return {
        **msgspec.to_builtins(found),
        "curve_inside": found.curve_inside,
        "reproduced": found.reproduced,
    }


def _scale(middle: float, score: Score | None) -> float:
    """What a tolerance is a share of: the way from chance to the score, and for a distance (lower is better) at most itself."""
    if score is None or score.random is None:
        return abs(middle)
    way = abs(middle - score.random)
    return way if score.higher_is_better or middle <= 0 else min(way, middle)
