"""The order in which training items come: any place can be found again from a seed and a number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Order:
    """A new permutation of ``count`` items every epoch, from the seed alone: only the number of items used needs saving."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self.seed = count, seed
        self._epoch, self._permutation = -1, np.arange(0)

    def indices(self, start: int, count: int) -> NDArray[np.int32]:
        """The places, int32 [count], of items number ``start`` to ``start + count`` since training started."""
        parts: list[NDArray[Any]] = []
        while count:
            epoch, at = divmod(start, self._count)
            taken = self._shuffled(epoch)[at : at + count]
            parts.append(taken)
            start, count = start + len(taken), count - len(taken)
        return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)

    def batches(self, update: int, updates: int, batch: int) -> NDArray[np.int32]:
        """The places, int32 [updates, batch], of ``updates`` minibatches from minibatch number ``update``."""
        return self.indices(update * batch, updates * batch).reshape(updates, batch)

    def _shuffled(self, epoch: int) -> NDArray[Any]:
        if epoch != self._epoch:
            self._epoch, self._permutation = epoch, np.random.default_rng([self.seed, epoch]).permutation(self._count)
        return self._permutation
