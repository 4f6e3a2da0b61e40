"""Corpus scores of resampled units: what BLEU, perplexity or mAP would be on other sentences, texts or images of the same kind.

The score of a subset comes from the benchmark's pool function (:mod:`lab_core.pooling`). Units are drawn with replacement. For an
additive pool function the sums of all resamples are one matrix product of how often each unit was drawn with the statistics.
"""

import sys
from collections.abc import Iterator
from functools import cache

import numpy as np

from lab_app.results.statistics import ENOUGH_UNITS, Floats, tail
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.pooling import Pool, is_additive, load_pool, resample_of

RESAMPLES = 1_000
_BLOCK = 4_000_000  # numbers drawn at once


def pool_of(benchmark: Benchmark) -> Pool | None:
    """The pool function of a registered benchmark; None for a mean, and, with one warning, where it can't be imported."""
    return None if benchmark.pool is None else _loaded(benchmark.pool, benchmark.id)


@cache
def _loaded(text: str, benchmark: str) -> Pool | None:
    try:
        return load_pool(text)
    except LabError as error:
        print(f"warning: scores on {benchmark} are not pooled and have no interval: {error.message}", file=sys.stderr)
        return None


def pooled_interval(
    statistics: Floats, pool: Pool, *, seed: int = 0, confidence: float = 0.95, resamples: int = RESAMPLES
) -> tuple[float, float] | None:
    """Bootstrap percentiles of ``pool`` over units, widened for few of them; None for fewer than 5 units.

    ``statistics`` is float64 [units, columns]. Resamples whose score is not defined are left out.
    """
    count = len(statistics)
    if count < ENOUGH_UNITS:
        return None
    scores = np.concatenate([pooled(times, statistics, pool) for times in drawn(count, resamples, seed)])
    scores = scores[np.isfinite(scores)]
    if not len(scores):
        return None
    level = tail(confidence, [count], widen=True)
    low, high = np.quantile(scores, [level, 1 - level])
    return float(low), float(high)


def paired_wins(a: Floats, b: Floats, pool: Pool, *, seed: int = 0, resamples: int = RESAMPLES) -> float:
    """Share of resamples of the same units in which ``a`` scores above ``b``, ties counting half (Koehn 2004).

    ``a`` and ``b`` are the statistics [units, columns] of two models on the same units in the same order.
    """
    if len(a) != len(b):
        raise ValueError("a paired comparison needs the same units on both sides")
    wins = 0.0
    for times in drawn(len(a), resamples, seed):
        x, y = pooled(times, a, pool), pooled(times, b, pool)
        wins += float((x > y).sum() + 0.5 * (x == y).sum())
    return wins / resamples


def drawn(count: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each of ``count`` units was drawn in each resample, float64 [some resamples, count], in blocks."""
    rng = np.random.Generator(np.random.PCG64(seed))
    size = max(1, min(resamples, _BLOCK // count))
    for start in range(0, resamples, size):
        rows = min(size, resamples - start)
        places = rng.integers(count, size=(rows, count)) + count * np.arange(rows)[:, None]
        yield np.bincount(places.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)


def pooled(times: Floats, statistics: Floats, pool: Pool) -> Floats:
    """The score of each resample [resamples]; NaN where the pool function refuses it."""
    resample = resample_of(pool)
    if resample is not None:
        return np.asarray(resample(statistics, times), np.float64)
    if is_additive(pool):
        rows = (row[None] for row in times @ statistics)
    else:
        rows = (np.repeat(statistics, row.astype(np.int64), axis=0) for row in times)
    return np.asarray([_score(row, pool) for row in rows], np.float64)


def _score(rows: Floats, pool: Pool) -> float:
    try:
        return pool(rows)
    except LabError:
        return float("nan")
