"""Dynamic time warping: the distance of two sequences when time may be stretched (Sakoe and Chiba 1978)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(cache=True)
def distance(a: Floats, b: Floats, window: int, limit: float) -> float:
    """Square root of the smallest sum of squared differences along a monotone path from the first to the last steps.

    a, b     [n, d], [m, d]
    window   most steps by which the path may leave the diagonal; at least the difference of the lengths is allowed
    limit    paths that cost more than this squared distance are given up: infinity is returned
    """
    n, m = len(a), len(b)
    window = max(window, abs(n - m))
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(1, n + 1):
        row = np.full(m + 1, np.inf)
        smallest = np.inf
        for j in range(max(1, i - window), min(m, i + window) + 1):
            cost = 0.0
            for k in range(a.shape[1]):
                difference = a[i - 1, k] - b[j - 1, k]
                cost += difference * difference
            row[j] = cost + min(before[j - 1], before[j], row[j - 1])
            smallest = min(smallest, row[j])
        if smallest > limit:
            return np.inf
        before = row
    return np.sqrt(before[m])
