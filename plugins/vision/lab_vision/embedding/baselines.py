"""Vectors without learning: the image's own pixels, small."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np

from lab_core.config import Config
from lab_core.model import Model
from lab_vision.embedding.model import fitted
from lab_vision.embedding.recognition import VectorModel

SIDE = 8


class SmallPixels(Model, VectorModel):
    """8 x 8 pixels in colour, about their mean, of length 1."""

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        return cls()

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        return cls()

    def save(self, folder: Path) -> None:
        """There is nothing to keep."""

    def vectors(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            values = fitted(item, SIDE, 3, "stretch").astype(np.float32).reshape(-1)
            values -= values.mean()
            yield values / max(float(np.linalg.norm(values)), 1e-6)
