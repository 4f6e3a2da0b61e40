"""Minibatches of items of similar length, in an order that can be found again from a seed and a number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class BucketOrder:
    """Every epoch: items are shuffled, sorted by length, cut into minibatches, and the minibatches shuffled.

    What a division into minibatches leaves over differs from epoch to epoch. ``jitter`` is added to the lengths, uniformly from
    0, so that neighbours change. With fewer items than ``batch_size`` items repeat within a minibatch.
    """

    def __init__(self, lengths: NDArray[Any], batch_size: int, seed: int, *, jitter: float = 3.0) -> None:
        self._lengths, self._size, self.seed, self._jitter = lengths, batch_size, seed, jitter
        self._count = max(1, len(lengths) // batch_size)
        self._epoch, self._batches = -1, np.zeros((0, batch_size), np.int32)

    def batches(self, first: int, count: int) -> NDArray[np.int32]:
        """Minibatches number ``first`` to ``first + count`` since training began, int32 [count, batch_size]."""
        return np.stack([self._of(number) for number in range(first, first + count)])

    def _of(self, number: int) -> NDArray[np.int32]:
        epoch, place = divmod(number, self._count)
        if epoch != self._epoch:
            rng = np.random.default_rng([self.seed, epoch])
            order = np.resize(rng.permutation(len(self._lengths)), self._count * self._size)
            keys = self._lengths[order] + self._jitter * rng.random(len(order))
            batches = order[np.argsort(keys, kind="stable")].reshape(self._count, self._size)
            self._epoch, self._batches = epoch, batches[rng.permutation(self._count)].astype(np.int32)
        return self._batches[place]
