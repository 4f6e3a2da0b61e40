"""Pool functions: the score of any subset of an evaluation's units from their stored statistics.

A pool function takes float64 [units, columns] and gives a float. Where only the sums of the columns matter (BLEU, perplexity, a
ratio of sums), :func:`additive` says so, and a bootstrap needs one matrix product of resample counts and statistics::

    @additive
    def pool(statistics):
        nats, characters = statistics.sum(axis=0)
        return nats / characters / log(2)
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from lab_core.imports import load_object

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pool = Callable[["NDArray[Any]"], float]


def additive(pool: Pool) -> Pool:
    """Mark a pool function whose result depends on the column sums only: one row with the sums gives the same."""
    pool.additive = True  # type: ignore[attr-defined]
    return pool


def is_additive(pool: Pool) -> bool:
    """Whether :func:`additive` marks this pool function."""
    return bool(getattr(pool, "additive", False))


@cache
def load_pool(text: str) -> Pool:
    """The pool function that a registered benchmark names as ``"module:function"``; raises LabError when it can't be imported."""
    return cast(Pool, load_object(text, what="A corpus score"))
