"""Minibatches of items of similar length, so that little is padded: any minibatch can be found again from a seed and a number."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Buckets:
    """Sorts items into length buckets and gives the minibatches of each epoch in a shuffled order.

    An item belongs to the first bucket whose bound is at least its length; items longer than the last bound are left out
    (``left_out``). Every epoch shuffles the items inside each bucket and the order of all minibatches. A bucket's last
    minibatch is filled up with items of the same bucket from the start of its permutation, so that all have ``batch`` items; the
    number of minibatches of an epoch is therefore fixed.
    """

    def __init__(self, lengths: Sequence[int] | NDArray[Any], bounds: Sequence[int], batch: int, seed: int) -> None:
        """``lengths`` [n] of the items, rising ``bounds`` of the buckets; raises ValueError for bounds that don't rise."""
        if not bounds or any(high <= low for low, high in pairwise(bounds)):
            raise ValueError(f"rising bounds are expected, not {list(bounds)}")
        lengths = np.asarray(lengths)
        bucket = np.searchsorted(np.asarray(bounds), lengths)  # the first bound >= length
        self.bounds, self.seed = tuple(bounds), seed
        self._batch = batch
        self._members = [np.flatnonzero(bucket == place) for place in range(len(bounds))]
        self.left_out = int((bucket == len(bounds)).sum())
        self._counts = [-(-len(members) // batch) for members in self._members]
        if not sum(self._counts):
            raise ValueError("no item is as short as the last bound")
        self._epoch = -1
        self._places, self._of = np.zeros((0, batch), np.int32), np.zeros(0, np.int32)

    @property
    def per_epoch(self) -> int:
        """Minibatches of an epoch."""
        return sum(self._counts)

    def minibatch(self, number: int) -> tuple[NDArray[np.int32], int]:
        """Places int32 [batch] of minibatch ``number`` since training started, and the bound of its bucket."""
        epoch, at = divmod(number, self.per_epoch)
        if epoch != self._epoch:
            self._shuffle(epoch)
        return self._places[at], self.bounds[self._of[at]]

    def runs(self, number: int, count: int) -> list[tuple[NDArray[np.int32], int]]:
        """Minibatches ``number`` to ``number + count``: as :meth:`minibatch`, one after the other."""
        return [self.minibatch(one) for one in range(number, number + count)]

    def _shuffle(self, epoch: int) -> None:
        rng = np.random.default_rng([self.seed, epoch])
        places: list[NDArray[Any]] = []
        of: list[int] = []
        for bucket, (members, count) in enumerate(zip(self._members, self._counts, strict=True)):
            if count:
                shuffled = rng.permutation(members)
                places.append(np.resize(shuffled, count * self._batch).reshape(count, self._batch))  # repeats from the start
                of += [bucket] * count
        order = rng.permutation(len(of))
        self._places = np.concatenate(places)[order].astype(np.int32)
        self._of = np.asarray(of, np.int32)[order]
        self._epoch = epoch


def bounds_for(lengths: Sequence[int] | NDArray[Any], count: int = 5, *, longest: int | None = None) -> tuple[int, ...]:
    """Bounds of up to ``count`` buckets of about equal numbers of items; the last is the longest length, at most ``longest``."""
    kept = np.sort(np.asarray(lengths))
    if longest is not None:
        kept = kept[kept <= longest]
    if not len(kept):
        raise ValueError("no item is short enough")
    quantiles = [int(kept[min(len(kept) - 1, len(kept) * (place + 1) // count - 1)]) for place in range(count)]
    return tuple(sorted({max(1, one) for one in quantiles}))
