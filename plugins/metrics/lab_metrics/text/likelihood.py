"""Perplexity and bits per character, from negative log-likelihoods.

Statistics are float64 [texts, 2]: the negative log-likelihood of a text in nats and how many units it was computed over
(characters for :func:`bits_per_character`, tokens for :func:`perplexity`). A mean over texts would count a short text like a long
one; the pooled score divides sums.
"""

from math import exp, inf, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.pooling import additive

_LARGEST = 700.0  # exp of more overflows

Floats = NDArray[Any]


@additive
def bits_per_character(statistics: Floats) -> float:
    """Bits that a code built from the model needs for a character: sum of nats / (ln 2 * characters)."""
    return _rate(statistics) / log(2)


@additive
def perplexity(statistics: Floats) -> float:
    """exp(sum of nats / tokens). Perplexities over different tokens are not comparable; bits per character are."""
    rate = _rate(statistics)
    return exp(rate) if rate < _LARGEST else inf


def _rate(statistics: Floats) -> float:
    """Nats a unit. Raises LabError for statistics without units."""
    rows = np.asarray(statistics, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise LabError(f"Statistics of likelihoods are [texts, 2] (nats, units); these are {list(rows.shape)}.")
    nats, units = rows.sum(axis=0)
    if units <= 0:
        raise LabError("A likelihood over no characters or tokens has no rate.")
    return float(nats / units)
