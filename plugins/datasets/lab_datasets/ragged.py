"""Labelled sequences of different lengths, stored as one array with NaN behind each sequence's end."""

from collections import namedtuple
from typing import Any

import numpy as np

from lab_core.data import DataSet
from lab_datasets import arrays


def load(card: DataSet, split: str) -> Any:
    """As :func:`lab_datasets.arrays.load`, with ``series`` as a list of float32 [t, d]."""
    found = arrays.load(card, split)
    lengths = (~np.isnan(found.series).all(axis=2)).sum(axis=1)
    series = [values[:length] for values, length in zip(found.series, lengths, strict=True)]
    return namedtuple("Columns", card.shapes)(**(found._asdict() | {"series": series}))
