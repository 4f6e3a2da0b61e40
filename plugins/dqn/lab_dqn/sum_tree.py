"""A binary tree of sums over priorities: one changes, or is found by its share of the total, in log2(n) steps.

Node 1 is the root, node i has children 2i and 2i + 1, and leaf k is node ``leaves + k``. A node is always computed as the sum
of its children, never by adding differences, so a tree that is rebuilt from its leaves has the same bits.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def _assign(tree: Any, leaves: int, index: Any, value: Any) -> None:
    for i in range(index.shape[0]):
        node = leaves + index[i]
        tree[node] = value[i]
        node >>= 1
        while node:
            tree[node] = tree[2 * node] + tree[2 * node + 1]
            node >>= 1


@njit(nogil=True, cache=True)
def _build(tree: Any, leaves: int) -> None:
    for node in range(leaves - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@njit(nogil=True, cache=True)
def _find(tree: Any, leaves: int, mass: Any, out: Any) -> None:
    for i in range(mass.shape[0]):
        node, left = 1, mass[i]
        while node < leaves:
            node *= 2
            # rounding may leave a little mass too much: never step into an empty half
            if left >= tree[node] and tree[node + 1] > 0:
                left -= tree[node]
                node += 1
        out[i] = node - leaves


class SumTree:
    """``count`` leaves, all 0 at first. float64."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.leaves = 1 << max(0, count - 1).bit_length()
        self._tree = np.zeros(2 * self.leaves)

    @property
    def total(self) -> float:
        return float(self._tree[1])

    @property
    def values(self) -> NDArray[np.float64]:
        """The leaves [count], as a view."""
        return self._tree[self.leaves : self.leaves + self.count]

    def assign(self, index: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Set leaves ``index`` [n] to ``value`` [n] >= 0; of equal indices the last one stays."""
        _assign(self._tree, self.leaves, index, value)

    def replace(self, values: NDArray[np.float64]) -> None:
        """Set every leaf [count]."""
        self.values[:] = values
        _build(self._tree, self.leaves)

    def find(self, mass: NDArray[np.float64]) -> NDArray[np.int64]:
        """For each mass [n] in [0, total) the leaf k with sum(leaves < k) <= mass < sum(leaves <= k): none that is 0."""
        found = np.empty(len(mass), np.int64)
        _find(self._tree, self.leaves, mass, found)
        return found
