"""The generated series: formula and noise."""

from collections import namedtuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataSet

Floats = NDArray[np.float64]
_SEED = 20261121
_NOISE = 0.2  # largest size of the noise


def load(card: DataSet, split: str) -> Any:
    """``time`` float64 [n] and ``values`` float32 [n, d] of a split."""
    values = FORMULAS[card.id](sum(card.splits.values()))
    ends = dict(zip(card.splits, np.cumsum(list(card.splits.values())).tolist(), strict=True))
    rows = np.concatenate([np.arange(ends[part] - card.splits[part], ends[part]) for part in card.parts(split)])
    return namedtuple("Columns", card.shapes)(rows.astype(np.float64), values[rows].astype(np.float32))


def trend_sine(count: int) -> Floats:
    """sin(pi x / 100) + x / 200 + noise: [count, 1]."""
    x = np.arange(count)
    return (np.sin(np.pi * x / 100) + x / 200 + _noise(1, count))[:, None]


def sine_waves(count: int) -> Floats:
    """sin(pi x / 50) + cos(pi x / 50) + sin(pi x / 25) + noise: [count, 1]."""
    x = np.arange(count)
    return (np.sin(np.pi * x / 50) + np.cos(np.pi * x / 50) + np.sin(np.pi * x / 25) + _noise(2, count))[:, None]


def five_waves(count: int) -> Floats:
    """Column k is k + 1 + 0.4 sin(2 pi (x + 5 k) / 25) + noise of a quarter of the usual size: [count, 5]."""
    x, k = np.arange(count)[:, None], np.arange(5)
    return k + 1 + 0.4 * np.sin(2 * np.pi * (x + 5 * k) / 25) + 0.25 * _noise(3, count, 5)


def _noise(stream: int, *shape: int) -> Floats:
    return np.random.default_rng([_SEED, stream]).uniform(-_NOISE, _NOISE, shape)


FORMULAS = {"trend-sine": trend_sine, "sine-waves": sine_waves, "five-waves": five_waves}
