"""How often words stand near each other, and pointwise mutual information."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lab_sequences.words.text import Tokens


def counts(tokens: Tokens, words: int, window: int, *, dynamic: bool = False) -> Any:
    """How often word b stands at most ``window`` places from a, sparse float64 [words, words], symmetric.

    ``tokens`` holds -1 between texts, which no pair reaches across, and -2 for words that don't count. ``dynamic`` weighs a
    distance d with (window - d + 1) / window, the chance that a random window reaches it.
    """
    texts = np.cumsum(tokens == -1)
    total = sparse.csr_array((words, words), dtype=np.float64)
    for distance in range(1, window + 1):
        left, right = tokens[:-distance], tokens[distance:]
        inside = (left >= 0) & (right >= 0) & (texts[:-distance] == texts[distance:])
        weight = np.full(int(inside.sum()), (window - distance + 1) / window if dynamic else 1.0)
        found = sparse.coo_array((weight, (left[inside], right[inside])), shape=(words, words)).tocsr()
        total = total + found + found.T
    return total.tocsr()


def pmi(table: Any, smoothing: float = 1.0) -> Any:
    """log(P(a, b) / (P(a) P(b) ** smoothing normalised)) at the pairs that occur, sparse; Levy et al. 2015, section 3.1."""
    rows = np.asarray(table.sum(1)).ravel()
    columns: NDArray[Any] = rows**smoothing
    found = table.tocoo()
    values = np.log(found.data * columns.sum() / (rows[found.row] * columns[found.col]))
    return sparse.csr_array((values, (found.row, found.col)), shape=table.shape)
