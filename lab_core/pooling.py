"""Pool functions: the score of any subset of an evaluation's units from their stored statistics.

A pool function takes float64 [units, columns] and gives a float. Where only the sums of the columns matter (BLEU, perplexity, a
ratio of sums), :func:`additive` says so, and a bootstrap needs one matrix product of resample counts and statistics::

    @additive
    def pool(statistics):
        nats, characters = statistics.sum(axis=0)
        return nats / characters / log(2)

A pool function that isn't additive may bring a faster way to score many resamples of the same units (:func:`resampled_by`).
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from lab_core.imports import load_object

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pool = Callable[["NDArray[Any]"], float]
Resample = Callable[["NDArray[Any]", "NDArray[Any]"], "NDArray[Any]"]


def additive(pool: Pool) -> Pool:
    """Mark a pool function whose result depends on the column sums only: one row with the sums gives the same."""
    pool.additive = True  # type: ignore[attr-defined]
    return pool


def is_additive(pool: Pool) -> bool:
    """Whether :func:`additive` marks this pool function."""
    return bool(getattr(pool, "additive", False))


def resampled_by(resample: Resample) -> Callable[[Pool], Pool]:
    """Give a pool function a way to score many resamples at once.

    ``resample(statistics, times)`` takes float64 [units, columns] and how often each unit stands in each resample, float64
    [resamples, units], and gives the scores float64 [resamples].
    """

    def marked(pool: Pool) -> Pool:
        pool.resample = resample  # type: ignore[attr-defined]
        return pool

    return marked


def resample_of(pool: Pool) -> Resample | None:
    """What :func:`resampled_by` gave this pool function; None: score the resamples one by one."""
    return getattr(pool, "resample", None)


@cache
def load_pool(text: str) -> Pool:
    """The pool function that a registered benchmark names as ``"module:function"``; raises LabError when it can't be imported."""
    return cast(Pool, load_object(text, what="A corpus score"))
