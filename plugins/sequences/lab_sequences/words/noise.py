"""Noise words: their distribution, and a table from which one is taken in constant time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def distribution(counts: NDArray[np.int64], kind: str, power: float) -> Floats:
    """Probability of each word, the most frequent first: frequency ** power, or log-uniform over the ranks.

    The log-uniform one is P(rank k) = log((k + 2) / (k + 1)) / log(words + 1), as TensorFlow's candidate sampler has it.
    """
    if kind == "unigram":
        weights = counts.astype(np.float64) ** power
        return weights / weights.sum()
    ranks = np.arange(len(counts))
    return np.log((ranks + 2) / (ranks + 1)) / np.log(len(counts) + 1)


def alias_table(probabilities: Floats) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Walker's alias method: word i is itself with probability ``keep[i]``, else ``other[i]``, for a uniform i."""
    count = len(probabilities)
    scaled = probabilities * count
    keep, other = np.ones(count, np.float32), np.arange(count, dtype=np.int32)
    small = [place for place in range(count) if scaled[place] < 1]
    large = [place for place in range(count) if scaled[place] >= 1]
    while small and large:
        less, more = small.pop(), large[-1]
        keep[less], other[less] = scaled[less], more
        scaled[more] -= 1 - scaled[less]
        if scaled[more] < 1:
            small.append(large.pop())
    return keep, other
