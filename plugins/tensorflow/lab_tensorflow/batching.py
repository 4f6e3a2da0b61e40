"""Items in batches of few fixed sizes, so that few shapes are compiled."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size`` items, lazily: an item is taken when its batch is asked for."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def padded(rows: NDArray[Any], size: int) -> NDArray[Any]:
    """Up to ``size`` rows [n, ...] with zeros behind them: a quarter of ``size`` rows, or all of it."""
    small = max(1, size // 4)
    found = np.zeros((small if len(rows) <= small else size, *rows.shape[1:]), rows.dtype)
    found[: len(rows)] = rows
    return found
