"""Exact match: the share of outputs that equal one of their references."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_metrics.text.bleu import checked


def exact_matches(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[Any]:
    """1.0 where a hypothesis equals a reference, else 0.0, [n]; Unicode forms (NFC) and runs of white space don't count."""
    checked(hypotheses, references)
    return np.asarray(
        [float(normal(mine) in {normal(one) for one in its}) for mine, its in zip(hypotheses, references, strict=True)],
        np.float64,
    )


def normal(text: str) -> str:
    """NFC, white space as single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())
