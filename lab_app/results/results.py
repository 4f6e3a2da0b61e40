"""Evaluations of runs as plain records: what leaderboards and comparisons are made of.

:func:`stored_results` reads those of a store. Results from elsewhere (shipped with a plugin) join as further
:class:`Result` records with another ``source``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import numpy as np

from lab_app.results.pooled import pool_of, pooled_interval
from lab_app.results.summary import Summary, summarise
from lab_app.runs.store import Store
from lab_app.runs.whole import is_untrained
from lab_core.benchmark import Benchmark
from lab_core.errors import unknown
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry
from lab_core.score import Score

RUN, SHIPPED = "run", "shipped"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation of one run, with what decides into which row it goes.

    changed     settings given on top of the preset, those that only name the benchmark left out
    trained     steps that the run really trained; fewer than its budget where a time limit or a score ended it
    time_limit  wall seconds that ended the run before its steps were used up: its true budget; else None
    processor   what it was trained on; a time limit means little without
    step        of the model that was scored, None where it isn't known
    run_seed    seed of the training, None where it isn't known
    details     the mean of each of the evaluation's further figures
    source      RUN for a run of the user's own, SHIPPED for one that came with a plugin, or who published it
    """

    run: str
    task: str
    method: str
    preset: str
    budget: int
    step_unit: str = "steps"
    status: str = "completed"
    changed: Mapping[str, Any] = {}
    benchmark: str
    protocol: str
    settings: Mapping[str, Any] = {}
    model: str = "best"
    seed: int = 0
    created: str = ""
    unit: str = "episode"
    scores: tuple[float, ...]
    statistics: tuple[tuple[float, ...], ...] = ()
    interval: tuple[float, float] | None = None
    value: float
    trained: int = 0
    wall_seconds: float = 0.0
    time_limit: float | None = None
    processor: str = ""
    step: int | None = None
    run_seed: int | None = None
    details: Mapping[str, float] = {}
    source: str = RUN


class RunScore(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run scored on one benchmark under one protocol.

    statistics  one row a unit where the benchmark has a pool function and they were kept; else empty
    interval    95 % interval of ``value`` over units, where the statistics weren't kept; else None
    """

    scores: tuple[float, ...]
    value: float
    details: Mapping[str, float] = {}
    statistics: tuple[tuple[float, ...], ...] = ()
    interval: tuple[float, float] | None = None


def comparable(settings: Mapping[str, Any], benchmark: Benchmark, protocol: str) -> bool:
    """Whether a score's settings are those of the protocol as it is registered now."""
    return fits(settings, rules_of(benchmark, protocol))


def fits(settings: Mapping[str, Any], rules: Mapping[str, Any]) -> bool:
    """Whether a score's settings are those of :func:`rules_of`, as far as they say."""
    return all(settings.get(name, value) == value for name, value in rules.items())


def rules_of(benchmark: Benchmark, protocol: str) -> dict[str, Any]:
    """What a score depends on, as it reads in a file; how many units were scored only decides how sure it is."""
    return _rules(benchmark.protocols.get(protocol, {}))


def _rules(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: msgspec.to_builtins(value) for name, value in settings.items() if name != "count"}


def run_scores(results: Iterable[Result], benchmark: Benchmark) -> dict[str, RunScore]:
    """What each run scored, by run id: its evaluations on different seeds pooled, so that none can be picked.

    The results must be of ``benchmark`` and one protocol. Of evaluations on the same seed the newest counts (a resumed run is
    scored again) unless it is the beginning of an earlier one, of the same model on fewer units; one that repeats another's
    scores (a deterministic model on the same items) counts once. The best model's are preferred to the last one's. A corpus
    score of several evaluations comes from their statistics, any other is a mean over units. A run that repeats an earlier one,
    as ``lab reproduce`` makes them, is left out: it is no independent run.
    """
    by_run: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda result: result.created):
        by_run.setdefault(result.run, []).append(result)
    kept: dict[str, list[Result]] = {}
    alike: dict[tuple[Any, ...], list[list[Result]]] = {}  # runs of the same task, settings and seed
    for run, every in by_run.items():
        mine = _counted(every)
        others = alike.setdefault(_identity(mine[0]), [])
        if mine[0].run_seed is None or not any(_repeats(mine, other) for other in others):
            kept[run] = mine
            others.append(mine)
    return {run: _run_score(mine, benchmark) for run, mine in kept.items()}


def _identity(result: Result) -> tuple[Any, ...]:
    changed = tuple(sorted((name, repr(value)) for name, value in result.changed.items()))
    return result.task, result.preset, result.budget, result.time_limit, changed, result.run_seed


def _repeats(mine: Sequence[Result], other: Sequence[Result]) -> bool:
    """Whether two runs alike scored the same, unit for unit, wherever both were scored."""
    a, b = ({result.seed: result.scores for result in one} for one in (mine, other))
    common = a.keys() & b.keys()
    return bool(common) and all(a[seed] == b[seed] for seed in common)


def _counted(mine: Sequence[Result]) -> list[Result]:
    """The evaluations of one run that count, of results in the order of their creation."""
    best = [result for result in mine if result.model == "best"] or mine
    by_seed: dict[int, Result] = {}
    for result in best:
        earlier = by_seed.get(result.seed)
        if earlier is None or earlier.step != result.step or len(result.scores) >= len(earlier.scores):
            by_seed[result.seed] = result
    several: dict[tuple[float, ...], Result] = {result.scores: result for result in by_seed.values() if len(result.scores) > 1}
    return [result for result in by_seed.values() if several.get(result.scores, result) is result]


def _run_score(results: Sequence[Result], benchmark: Benchmark) -> RunScore:
    count = sum(len(result.scores) for result in results)
    value = sum(result.value * len(result.scores) for result in results) / count
    statistics = tuple(row for result in results for row in result.statistics)
    statistics = statistics if len(statistics) == count else ()
    if len(results) > 1 and statistics and (pool := pool_of(benchmark)) is not None:
        value = pool(np.asarray(_even(statistics)))
    return RunScore(
        scores=tuple(score for result in results for score in result.scores),
        value=value,
        details={name: _pooled(name, results) for name in sorted({name for one in results for name in one.details})},
        statistics=statistics,
        interval=results[0].interval if len(results) == 1 else None,
    )


def run_score(evaluation: Evaluation) -> RunScore:
    """What one evaluation scored."""
    return RunScore(
        scores=evaluation.scores,
        value=evaluation.value,
        details=evaluation.detail_means(),
        statistics=evaluation.statistics,
        interval=evaluation.interval,
    )


def summary_of(scored: Sequence[RunScore], benchmark: Benchmark) -> Summary:
    """The summary of one method's runs; a corpus score of a single run gets its interval from the statistics of its units."""

    def over_units() -> tuple[float, float] | None:
        only, pool = scored[0], pool_of(benchmark)
        if only.interval is not None or pool is None or not only.statistics:
            return only.interval
        return pooled_interval(np.asarray(_even(only.statistics)), pool)

    return summarise(
        [score.scores for score in scored],
        values=[score.value for score in scored],
        over_units=over_units if benchmark.pool is not None or scored[0].interval is not None else None,
    )


def _even(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Rows of one length: evaluations on different items may have rows that were filled up with -1 to different lengths."""
    width = max(map(len, rows))
    return [[*row, *([-1.0] * (width - len(row)))] for row in rows]


def _pooled(name: str, results: Iterable[Result]) -> float:
    having = [(result.details[name], len(result.scores)) for result in results if name in result.details]
    return sum(mean * count for mean, count in having) / sum(count for _, count in having)


def stored_results(
    store: Store, registry: Registry, *, benchmark: str | None = None, protocol: str | None = None
) -> list[Result]:
    """The evaluations of a store as results, oldest first."""
    found: list[Result] = []
    fields: dict[str, set[str]] = {}
    for row in store.evaluations(benchmark=benchmark, protocol=protocol):
        naming = fields.get(row.task)
        if naming is None:
            naming = fields[row.task] = naming_fields(row.task, registry)
        found.append(
            Result(
                run=row.run,
                task=row.task,
                method=row.method,
                preset=row.preset,
                budget=row.budget_steps,
                step_unit=row.step_unit,
                status=row.status,
                changed={name: value for name, value in row.changed.items() if name not in naming},
                benchmark=row.benchmark,
                protocol=row.protocol,
                settings=row.settings,
                model=row.model,
                seed=row.seed,
                created=row.created,
                unit=row.unit,
                scores=tuple(row.scores),
                statistics=tuple(map(tuple, row.statistics)),
                interval=row.interval,
                value=row.value,
                trained=row.trained,
                wall_seconds=row.wall_seconds,
                time_limit=row.time_limit,
                processor=row.processor,
                step=row.step,
                run_seed=row.run_seed,
                details=row.details,
            )
        )
    return found


def untrained_runs(results: Iterable[Result], runs_dir: Path, registry: Registry) -> set[str]:
    """The user's own runs among these results that ended before their first update: they score no method."""
    trainers = {task.id: task.trainer is not None for task in registry.tasks()}
    cut = {one.run for one in results if one.source == RUN and one.trained < one.budget and trainers.get(one.task)}
    return {run for run in cut if is_untrained(runs_dir / run)}


def registered_benchmark(benchmark_id: str, registry: Registry) -> Benchmark | None:
    """The benchmark of a result: the registered one, else the template that serves it; None where its plugin is not installed."""
    templates: list[Benchmark] = []
    for benchmark in registry.benchmarks():
        if benchmark.id == benchmark_id:
            return benchmark
        if "{" in benchmark.id and _serves(benchmark.id, benchmark_id):
            templates.append(benchmark)
    if not templates:
        return None
    return msgspec.structs.replace(templates[0], id=benchmark_id, title=benchmark_id, parameters={})


def find_benchmark(benchmark_id: str, protocol: str, registry: Registry) -> Benchmark:
    """The registered benchmark of a result, else one that only names it: enough to show a score, not to rank by it."""
    return registered_benchmark(benchmark_id, registry) or Benchmark(
        id=benchmark_id,
        title=benchmark_id,
        needs="act",
        score=Score("score"),
        evaluator="",
        protocols={protocol: {}},
        default_protocol=protocol,
    )


def _serves(template: str, benchmark_id: str) -> bool:
    """Whether an id with config fields can be filled to that id."""
    pattern = "".join(re.escape(text) + (".+" if name else "") for text, name, _, _ in Formatter().parse(template))
    return re.fullmatch(pattern, benchmark_id) is not None


def family_benchmarks(family: str, scored: Iterable[tuple[str, str]], registry: Registry) -> set[str]:
    """Of pairs of a task and the benchmark that it was scored on, the benchmarks that tasks of ``family`` are scored on.

    Those that one of its tasks was scored on, and those that one names, filled in or not. An id that is nothing but config
    fields could become any and counts for none. Raises UsageError with the nearest family.
    """
    families = {task.id: task.family for task in registry.tasks()}
    if family not in families.values():
        raise unknown("family", family, families.values())
    named = {task.benchmark for task in registry.tasks() if task.family == family and task.benchmark is not None}
    named = {text for text in named if any(literal for literal, *_ in Formatter().parse(text))}
    return {
        benchmark for task, benchmark in scored if families.get(task) == family or any(_serves(text, benchmark) for text in named)
    }


def naming_fields(task_id: str, registry: Registry) -> set[str]:
    """The settings that only say which benchmark a run is on (``game`` of ``atari/{game}``)."""
    if not registry.has_task(task_id):
        return set()
    return {name for _, name, _, _ in Formatter().parse(registry.task(task_id).benchmark or "") if name}
