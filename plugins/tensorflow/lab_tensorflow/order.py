"""A shuffled order of items in which any place can be found again from a seed and a number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Order:
    """``count`` items in a new permutation every epoch, from the seed alone."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self.seed = count, seed
        self._epoch, self._permutation = -1, np.arange(0)

    def indices(self, start: int, count: int) -> NDArray[np.int32]:
        """Which items come as number ``start`` to ``start + count`` since training began, int32 [count]."""
        parts: list[NDArray[Any]] = []
        while count:
            epoch, at = divmod(start, self._count)
            part = self._shuffled(epoch)[at : at + count]
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)

    def _shuffled(self, epoch: int) -> NDArray[Any]:
        if epoch != self._epoch:
            self._epoch, self._permutation = epoch, np.random.default_rng([self.seed, epoch]).permutation(self._count)
        return self._permutation
