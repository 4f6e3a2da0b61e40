"""Classifiers without training: the most frequent class, and the nearest training sequence under dynamic time warping."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError
from lab_core.items.labels import Labels, from_probabilities
from lab_core.items.series import Series
from lab_core.model import Apply, Kind, Model
from lab_sequences.classification.config import BaselineConfig, ClassifyOptions
from lab_sequences.classification.items import chosen, limited, load_sequences, spread

_FILE = "baseline.json"


class SequenceBaseline(Model, Apply):
    """Made from its config, that is from the training data that it names; on disk it is that config."""

    consumes, produces = Kind.SERIES, Kind.LABELS
    options: ClassVar[type[Config]] = ClassifyOptions

    def __init__(self, config: BaselineConfig) -> None:
        self.config = config
        self.series, self.labels, self.classes, self.names = load_sequences(config, "train")

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """[classes] of a sequence [t, d]."""
        raise NotImplementedError

    def apply(self, items: Iterable[Series], options: Config) -> Iterator[Labels]:
        assert isinstance(options, ClassifyOptions)
        for item in items:
            values = chosen(item, self.names, options.columns)
            values = limited(values, self.config.longest, options.cut, "The series")
            yield from_probabilities(self.probabilities(values), self.classes)

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        assert isinstance(config, BaselineConfig)
        return cls(config)

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(to_dict(self.config)))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            return cls(from_dict(BaselineConfig, json.loads((folder / _FILE).read_text())))
        except (OSError, ValueError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from error


class MajorityModel(SequenceBaseline):
    """How frequent each class is in training, whatever the sequence."""

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.bincount(self.labels, minlength=len(self.classes)) / len(self.labels)


class NearestModel(SequenceBaseline):
    """The class of the nearest training sequence under dynamic time warping, on columns of spread 1 (1-NN DTW).

    Probabilities are those of a softmax over minus the distance to each class's nearest sequence: the nearest class comes first.
    """

    @cached_property
    def _scaled(self) -> list[NDArray[np.float32]]:
        mean, deviation = spread(self.series)
        self._scale = mean, deviation
        return [np.ascontiguousarray((one - mean) / deviation) for one in self.series]

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        from lab_sequences.classification.warping import distance

        known = self._scaled
        mean, deviation = self._scale
        mine = np.ascontiguousarray((values - mean) / deviation)
        nearest = np.full(len(self.classes), np.inf)
        for other, label in zip(known, self.labels, strict=True):
            window = int(np.ceil(self.config.window * max(len(mine), len(other))))
            nearest[label] = min(nearest[label], distance(mine, other, window, nearest[label] ** 2))
        weights = np.exp(nearest.min() - nearest)
        return weights / weights.sum()
