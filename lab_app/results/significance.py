"""Is one method better than another? The chance that it is, and a test that holds for few runs.

Probability of improvement follows Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice",
section 4.3. The test is a permutation test of Welch's statistic (Janssen 1997, "Studentized permutation tests for
non-i.i.d. hypotheses and the generalized Behrens-Fisher problem"): exact, whatever the distribution, when both methods are
the same. Where the means are equal but one method varies four times as much, 5 runs a side reject in 7.5 % of experiments at a
nominal 5 %; with more runs that goes to 5 %.
"""

from collections.abc import Sequence
from itertools import combinations, islice
from math import comb

import numpy as np

from lab_app.results.statistics import RESAMPLES, Floats, Scores, affordable, array, tail

EXACT = 20_000  # splits up to which all are tried, and how many are drawn beyond
_BLOCK = 4_000_000  # numbers that are shuffled or compared at once


def probability_of_improvement(a: Sequence[Scores], b: Sequence[Scores]) -> float:
    """Chance that a run of ``a`` scores above a run of ``b`` on a task, averaged over tasks; ties count half.

    Equals Mann and Whitney's U over the number of pairs. For scores where lower is better swap the arguments.
    """
    return float(np.mean([_share(*_ordered(x, y)) for x, y in zip(a, b, strict=True)]))


def improvement_interval(
    a: Sequence[Scores],
    b: Sequence[Scores],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    widen: bool = True,
) -> tuple[float, float]:
    """Bootstrap interval of :func:`probability_of_improvement`; needs at least 2 scores on both sides of every task."""
    rng = np.random.Generator(np.random.PCG64(seed))
    resamples = affordable(resamples, sum(len(one) for one in (*a, *b)))
    drawn = np.zeros(resamples)
    counts: list[int] = []
    for x, y in zip(a, b, strict=True):
        if min(len(x), len(y)) < 2:
            raise ValueError("an interval needs at least 2 scores on both sides of every task")
        counts += [len(x), len(y)]
        drawn += _resampled(rng, *_ordered(x, y), resamples)
    level = tail(confidence, counts, widen)
    low, high = np.quantile(drawn / len(a), [level, 1 - level])
    return float(low), float(high)


def permutation_test(a: Scores, b: Scores, *, seed: int = 0) -> float:
    """Two-sided p value of "both are draws from one distribution": the share of relabellings whose Welch t is as large.

    All ``comb(n + m, n)`` splits where they are at most 20,000, else 20,000 drawn ones (then never below 1 / 20,001: Phipson
    and Smyth 2010), fewer of thousands of scores. Raises ValueError with fewer than 2 scores on a side.
    """
    x, y = array(a), array(b)
    if min(len(x), len(y)) < 2:
        raise ValueError("a test needs at least 2 scores on both sides")
    pooled = np.concatenate([x, y])
    splits = comb(len(pooled), len(x))
    observed = abs(float(_welch(pooled, np.arange(len(x))[None])[0]))
    close = observed * (1 - 1e-9)  # the same split summed in another order
    if splits <= EXACT:
        chosen = np.array(list(islice(combinations(range(len(pooled)), len(x)), splits)))
        return float((np.abs(_welch(pooled, chosen)) >= close).mean())
    rng = np.random.Generator(np.random.PCG64(seed))
    draws, beyond = affordable(EXACT, len(pooled)), 0
    block = max(1, _BLOCK // len(pooled))
    for start in range(0, draws, block):
        every = np.tile(np.arange(len(pooled)), (min(block, draws - start), 1))
        beyond += int((np.abs(_welch(pooled, rng.permuted(every, axis=1)[:, : len(x)])) >= close).sum())
    return (1 + beyond) / (1 + draws)


def smallest_p(n: int, m: int) -> float:
    """The smallest p value that :func:`permutation_test` can give for ``n`` and ``m`` scores without ties."""
    splits = comb(n + m, n)
    return (2 if n == m else 1) / splits if splits <= EXACT else 1 / (1 + affordable(EXACT, n + m))


def _welch(pooled: Floats, chosen: np.ndarray) -> Floats:
    """Welch's t of the scores at ``chosen`` [splits, n] against the rest; infinite where neither side varies."""
    inside = np.zeros((len(chosen), len(pooled)), np.bool_)
    np.put_along_axis(inside, chosen, True, axis=1)
    n = chosen.shape[1]
    every = np.broadcast_to(pooled, inside.shape)
    x, y = every[inside].reshape(-1, n), every[~inside].reshape(len(chosen), -1)
    difference = x.mean(axis=1) - y.mean(axis=1)
    error = np.sqrt(x.var(axis=1, ddof=1) / n + y.var(axis=1, ddof=1) / y.shape[1])
    level = error <= 1e-12 * np.abs(pooled).max(initial=0.0)
    equal = np.abs(difference) <= 1e-12 * np.abs(pooled).max(initial=0.0)
    limit = np.where(equal, 0.0, np.copysign(np.inf, difference))
    return np.where(level, limit, difference / np.where(level, 1.0, error))


def _ordered(x: Scores, y: Scores) -> tuple[np.ndarray, np.ndarray, int]:
    """For each score of ``x`` how many of ``y`` are below it, and how many are not above it; how many of ``y`` there are."""
    mine, theirs = array(x), np.sort(array(y))
    return np.searchsorted(theirs, mine, "left"), np.searchsorted(theirs, mine, "right"), len(theirs)


def _share(below: np.ndarray, up_to: np.ndarray, size: int) -> float:
    """Share of pairs in which ``x`` is above ``y``; ties count half."""
    return float((below + up_to).mean() / (2 * size))


def _resampled(rng: np.random.Generator, below: np.ndarray, up_to: np.ndarray, size: int, resamples: int) -> Floats:
    """:func:`_share` of scores that are drawn with replacement on both sides [resamples]."""
    found: list[Floats] = []
    block = max(1, _BLOCK // (len(below) + size))
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        mine = rng.integers(len(below), size=(rows, len(below)))
        theirs = rng.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
        times = np.bincount(theirs.ravel(), minlength=rows * size).reshape(rows, size)  # of each score of y, in their order
        reached = np.pad(np.cumsum(times, axis=1), ((0, 0), (1, 0)))
        wins = np.take_along_axis(reached, below[mine], axis=1) + np.take_along_axis(reached, up_to[mine], axis=1)
        found.append(wins.mean(axis=1) / (2 * size))
    return np.concatenate(found)
