"""Two runs, or two groups of runs, side by side: what was set differently, what they scored, how they learnt, how fast.

Plain data in, plain data out, apart from :func:`side`, which reads the runs. What a plugin ships is a side as good as any.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from lab_app.records.publish import SELECTION
from lab_app.records.record import RecordedRun
from lab_app.results import charts, significance, statistics
from lab_app.results.pooled import paired_wins, pool_of
from lab_app.results.results import RUN, Result, RunScore, fits, rules_of, run_scores, summary_of
from lab_app.results.summary import Summary
from lab_core.benchmark import Benchmark
from lab_core.errors import UsageError, unknown
from lab_core.runs.run import Run, RunRecord

Line = Mapping[str, Any]

VARIES = "(varies)"
_TELLING = (SELECTION, "episode_return", "return", "reward", "score", "accuracy")  # before any other figure, and "loss"
_SEVERAL = ", "  # between different facts of one side
_POINTS = 200  # of a curve that is the mean of several
_CURVES = 200  # most runs of a side whose curves are read: thousands would not fit into memory

Axis = Literal["step", "wall_seconds"]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two things compared: a run, or the completed runs of a task with the same preset and budget.

    config   settings, VARIES where its runs differ
    facts    task, preset, seeds, device and so on, as text
    curves   the metrics of each run, one mapping a line
    """

    name: str
    runs: tuple[str, ...]
    config: Mapping[str, Any]
    facts: Mapping[str, str]
    step_unit: str
    steps: float
    wall_seconds: float
    results: tuple[Result, ...]
    curves: tuple[tuple[Line, ...], ...]

    @property
    def rate(self) -> float | None:
        """Steps a second."""
        return self.steps / self.wall_seconds if self.wall_seconds > 0 and self.steps > 0 else None


class ScorePair(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides' scores on one benchmark under one protocol.

    unit          what a single score of a run is of
    improvement   the chance that A does better than B: over runs; over units where each side is one run; for corpus scores of
                  one run each the share of resamples of their common units in which A scores better
    low, high     its 95 % interval, None where there are too few runs for one
    p             two-sided p value of the permutation test that both are alike, over runs; None with a single run on a side
    smallest_p    the smallest that so few runs can give
    """

    benchmark: str
    protocol: str
    unit: str = "episode"
    a: Summary
    b: Summary
    improvement: float
    over: Literal["runs", "units", "resamples"]
    low: float | None = None
    high: float | None = None
    p: float | None = None
    smallest_p: float | None = None


class Difference(msgspec.Struct, frozen=True):
    """A setting whose value differs; None where a side doesn't have it."""

    name: str
    a: Any
    b: Any


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows. ``curves`` hold (steps, or seconds by ``axis``; values) of each side, empty without a
    common metric. ``notes`` say what a reader would miss in them."""

    a: Side
    b: Side
    settings: tuple[Difference, ...]
    scores: tuple[ScorePair, ...]
    metric: str | None
    curves: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    axis: Axis = "step"
    notes: tuple[str, ...] = ()


def compare(
    a: Side, b: Side, benchmark_of: Callable[[str], Benchmark], *, metric: str | None = None, axis: Axis = "step"
) -> Comparison:
    """Put two sides together; raises UsageError for a metric that they don't both have.

    Curves of different benchmarks are never drawn on common axes. Curves over steps are drawn over wall time
    where the sides count different things as a step. Notes say so.
    """
    notes = [
        f"{one.name}: curves are read of {len(one.curves)} of its {len(one.runs):,} runs, evenly chosen"
        for one in (a, b)
        if len(one.curves) < len(one.runs)
    ]
    if axis == "step" and a.step_unit != b.step_unit:
        axis = "wall_seconds"
        notes.append(f"steps are {a.step_unit} of {a.name} and {b.step_unit} of {b.name}, so the curves run over training time")
    chosen = _metric(a, b, metric, axis)
    benchmarks = {one.facts.get("benchmark", "") for one in (a, b)}
    if len(benchmarks) > 1 or any(_SEVERAL in name for name in benchmarks):
        chosen = None
        notes.append("the runs are on different benchmarks, so their curves are not drawn on common axes")
    curves = tuple(mean_curve(side.curves, chosen, axis) for side in (a, b)) if chosen else ()
    if chosen:
        notes += [note for side in (a, b) for note in _undrawn(side, chosen, axis)]
    return Comparison(
        a=a,
        b=b,
        settings=tuple(differences(a.config, b.config)),
        scores=tuple(_pairs(a, b, benchmark_of)),
        metric=chosen,
        curves=curves,
        axis=axis,
        notes=tuple(notes),
    )


def side(name: str, folders: Sequence[Path], results: Sequence[Result]) -> Side:
    """Read what the runs in these folders hold; ``results`` are the stored evaluations of any runs.

    One run after another, of which only what is compared is kept; of thousands the curves of evenly chosen ones.
    """
    every = -(-len(folders) // _CURVES)
    records: list[RunRecord] = []
    states: list[str] = []
    curves: list[Sequence[Line]] = []
    for number, folder in enumerate(folders):
        run = Run.open(folder)
        states.append(run.state)
        if number % every == 0:
            curves.append(run.metrics.read())
        where = {"processor": run.record.machine.get("processor", "unknown")}
        named = {"id": run.record.benchmark["id"]} if run.record.benchmark else None
        records.append(msgspec.structs.replace(run.record, machine=where, benchmark=named, versions={}, command=[]))
    benchmarks = [str(record.benchmark["id"]) if record.benchmark else "none" for record in records]
    facts = {"benchmark": _common(benchmarks), "status": _common(states), "source": RUN}
    return _side(name, records, [record.id for record in records], facts, results, curves)


def recorded_side(name: str, runs: Sequence[RecordedRun], results: Sequence[Result]) -> Side:
    """The side that recorded runs make; ``results`` are their evaluations."""
    benchmarks = [evaluation.benchmark for run in runs for evaluation in run.evaluations[-1:]]
    facts = {"benchmark": _common(benchmarks) or "none", "status": "completed", "source": "record"}
    return _side(name, runs, [run.name for run in runs], facts, results, [_recorded_lines(run) for run in runs])


def _side(
    name: str,
    records: Sequence[RunRecord] | Sequence[RecordedRun],
    ids: Sequence[str],
    facts: Mapping[str, str],
    results: Sequence[Result],
    curves: Sequence[Sequence[Line]],
) -> Side:
    names = list(dict.fromkeys(key for record in records for key in record.config))
    known = set(ids)
    return Side(
        name=name,
        runs=tuple(ids),
        config={key: _same([record.config.get(key) for record in records]) for key in names},
        facts={
            "task": _common([record.task for record in records]),
            "method": _common([record.method for record in records]),
            "benchmark": facts["benchmark"],
            "preset": _common([record.preset for record in records]),
            "seed": _seeds(sorted(record.seed for record in records)),
            "status": facts["status"],
            "source": facts["source"],
            "device": _common([record.device for record in records]),
            "precision": _common([record.precision for record in records]),
            "threads": _common([str(record.threads) for record in records]),
            "processor": _common([str(record.machine.get("processor", "unknown")) for record in records]),
        },
        step_unit=records[0].step_unit,
        steps=float(np.mean([record.step for record in records])),
        wall_seconds=float(np.mean([record.wall_seconds for record in records])),
        results=tuple(result for result in results if result.run in known),
        curves=tuple(map(tuple, curves)),
    )


def _recorded_lines(run: RecordedRun) -> list[Line]:
    """A record's curve and selections as the lines of a metrics file."""
    curve = run.curve
    lines: list[dict[str, Any]] = []
    for place, (step, wall_seconds) in enumerate(zip(curve.step, curve.wall_seconds, strict=True)):
        known = {name: column[place] for name, column in curve.scalars.items() if column[place] is not None}
        lines.append({"step": step, "wall_seconds": wall_seconds, **known})
    lines += [{"step": step, "wall_seconds": when, SELECTION: score} for step, when, score in run.selections()]
    return sorted(lines, key=lambda line: line["step"])


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """The settings whose values differ, in the order of ``a``, then those that only ``b`` has."""
    names = dict.fromkeys([*a, *b])
    found = [Difference(name, a.get(name), b.get(name)) for name in names]
    return [one for one in found if one.a != one.b or VARIES in (one.a, one.b)]


def mean_curve(curves: Sequence[Sequence[Line]], metric: str, axis: Axis = "step") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(steps or seconds, values) of a metric: a run's own points, or the mean over runs where all of them have got to.

    Over time, where one run may end before another has its first point, a run that has ended counts with its last value.
    Runs with a single point or none have no curve and aren't counted; empty where that leaves nothing to draw.
    """
    points = [points for curve in curves if len((points := points_of(curve, metric, axis))[0]) > 1]
    if len(points) == 1:
        return tuple(points[0][0].tolist()), tuple(points[0][1].tolist())
    start = max((float(steps[0]) for steps, _ in points), default=0.0)
    ends = [float(steps[-1]) for steps, _ in points]
    end = (max if axis == "wall_seconds" else min)(ends, default=0.0)
    if end <= start:
        return (), ()
    grid: statistics.Floats = np.linspace(start, end, _POINTS)
    values: statistics.Floats = np.mean([np.interp(grid, steps, values) for steps, values in points], axis=0)
    return tuple(grid.tolist()), tuple(values.tolist())


def metrics_of(one: Side) -> set[str]:
    """The names of the figures in a side's curves."""
    return {name for curve in one.curves for line in curve for name in line} - {"step", "wall_seconds"}


def points_of(curve: Sequence[Line], metric: str, axis: Axis = "step") -> tuple[statistics.Floats, statistics.Floats]:
    """(steps or seconds, values) of a metric in one run's curve."""
    steps = [line[axis] for line in curve if metric in line]
    values = [line[metric] for line in curve if metric in line]
    return np.asarray(steps, dtype=np.float64), np.asarray(values, dtype=np.float64)


def _metric(a: Side, b: Side, wanted: str | None, axis: Axis) -> str | None:
    """The metric to draw: the one asked for, else of those that both sides have the first that tells much and draws both.

    Among those that tell much it is one with a curve of as many runs as can be.
    """
    common = metrics_of(a) & metrics_of(b)
    if wanted is not None:
        if wanted not in common:
            raise unknown("metric that both have", wanted, common)
        return wanted
    telling = [name for name in _TELLING if name in common]
    others = sorted(common - {*telling}, key=lambda name: (name != "loss", name))
    sides = (a, b)
    for names in (telling, *([name] for name in others)):
        both = [name for name in names if all(mean_curve(one.curves, name, axis)[0] for one in sides)]
        if both:
            return max(both, key=lambda name: sum(_with_curve(one, name) for one in sides))
    return next(iter([*telling, *others]), None)


def _with_curve(one: Side, metric: str) -> int:
    """How many runs of a side have two points of a metric or more."""
    return sum(sum(metric in line for line in curve) > 1 for curve in one.curves)


def _undrawn(one: Side, metric: str, axis: Axis) -> list[str]:
    """One line where the curve of a side, or of some of its runs, is missing."""
    count, drawn = len(one.curves), _with_curve(one, metric)
    if not drawn:
        runs = "its run has" if count == 1 else f"its {count} runs have"
        return [f"{one.name} is not drawn: {runs} fewer than two points of {metric}"]
    if not mean_curve(one.curves, metric, axis)[0]:
        return [f"{one.name} is not drawn: its runs have no stretch of {metric} in common"]
    if drawn < count:
        return [f"{one.name}: the curve is of {drawn} of its {count} runs, the others have fewer than two points of {metric}"]
    return []


def _pairs(a: Side, b: Side, benchmark_of: Callable[[str], Benchmark]) -> list[ScorePair]:
    def tables(one: Side) -> dict[tuple[str, str], list[Result]]:
        found: dict[tuple[str, str], list[Result]] = {}
        rules: dict[tuple[str, str], dict[str, Any]] = {}
        for result in one.results:
            key = (result.benchmark, result.protocol)
            if key not in rules:
                rules[key] = rules_of(benchmark_of(key[0]), key[1])
            if result.scores and all(map(math.isfinite, (*result.scores, result.value))) and fits(result.settings, rules[key]):
                found.setdefault(key, []).append(result)
        return found

    mine, theirs = tables(a), tables(b)
    return [_pair(key, mine[key], theirs[key], benchmark_of(key[0])) for key in mine if key in theirs]


def _pair(key: tuple[str, str], a: Sequence[Result], b: Sequence[Result], benchmark: Benchmark) -> ScorePair:
    left, right = (list(run_scores(results, benchmark).values()) for results in (a, b))
    single = len(left) == len(right) == 1
    paired = _paired(left[0], right[0], benchmark) if single and benchmark.pool else None
    over_units = single and benchmark.pool is None
    x = left[0].scores if over_units else [run.value for run in left]
    y = right[0].scores if over_units else [run.value for run in right]
    sides = ([x], [y]) if benchmark.score.higher_is_better else ([y], [x])
    low, high = significance.improvement_interval(*sides) if statistics.enough([len(x), len(y)]) else (None, None)
    tested = not over_units and min(len(x), len(y)) >= 2
    return ScorePair(
        benchmark=key[0],
        protocol=key[1],
        unit=a[0].unit,
        a=summary_of(left, benchmark),
        b=summary_of(right, benchmark),
        improvement=significance.probability_of_improvement(*sides) if paired is None else paired,
        over="units" if over_units else "runs" if paired is None else "resamples",
        low=low,
        high=high,
        p=significance.permutation_test(x, y) if tested else None,
        smallest_p=significance.smallest_p(len(x), len(y)) if tested else None,
    )


def _paired(a: RunScore, b: RunScore, benchmark: Benchmark) -> float | None:
    """Share of resamples of the same units in which ``a`` has the better corpus score; None without statistics of both."""
    pool = pool_of(benchmark)
    if pool is None or not a.statistics or len(a.statistics) != len(b.statistics):
        return None
    x, y = (np.asarray(one.statistics) for one in ((a, b) if benchmark.score.higher_is_better else (b, a)))
    return paired_wins(x, y, pool)


def document(found: Comparison) -> dict[str, Any]:
    """The comparison as a JSON document; the runs' raw metrics stay in their folders."""

    def plain(one: Side) -> dict[str, Any]:
        names = ("name", "runs", "facts", "config", "step_unit", "steps", "wall_seconds", "rate")
        return {name: getattr(one, name) for name in names}

    along = "steps" if found.axis == "step" else "seconds"
    curves = [{along: places, "values": values} for places, values in found.curves]
    return {
        "a": plain(found.a),
        "b": plain(found.b),
        "settings": found.settings,
        "scores": found.scores,
        "metric": found.metric,
        "curves": curves,
        "notes": found.notes,
    }


def _same(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else VARIES


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) > 20:
        return f"{len(set(seeds)):,} from {seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _common(values: Sequence[str]) -> str:
    return _SEVERAL.join(dict.fromkeys(values))


def save_plot(path: Path, comparison: Comparison) -> None:
    """The learning curves as a picture (.png, .pdf, .svg); raises UsageError for other suffixes or without curves.

    Raises LabError when Matplotlib isn't installed or the file can't be written.
    """
    charts.check_path(path)
    if comparison.metric is None:
        raise UsageError("The two have no benchmark and metric in common, so there is nothing to plot.")
    if not any(places for places, _ in comparison.curves):
        raise UsageError(f"Neither has a curve of {comparison.metric}, so there is nothing to plot.", "Choose another: --metric")
    figure, axes = charts.new_figure()
    for number, one in enumerate((comparison.a, comparison.b)):
        if not comparison.curves[number][0]:
            continue
        for curve in one.curves if len(one.curves) > 1 else ():
            points = points_of(curve, comparison.metric, comparison.axis)
            axes.plot(*points, color=f"C{number}", alpha=0.25, linewidth=0.8)
        axes.plot(*comparison.curves[number], color=f"C{number}", label=one.name)
    axes.set_xlabel(comparison.a.step_unit if comparison.axis == "step" else "seconds of training")
    axes.set_ylabel(comparison.metric.replace("_", " "))
    axes.legend()
    charts.write_figure(figure, path)
