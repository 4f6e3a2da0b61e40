"""Classifiers without training: the most frequent class, and the nearest training sequence under dynamic time warping."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.items.labels import Labels, from_probabilities
from lab_core.items.series import Series
from lab_core.model import Apply, Kind
from lab_sequences.classification.config import BaselineConfig, ClassifyOptions
from lab_sequences.classification.items import chosen, limited, load_sequences, spread
from lab_sequences.config_model import ConfigModel


class SequenceBaseline(ConfigModel, Apply):
    """Made from its config, that is from the training data that it names; on disk it is that config."""

    config_type = BaselineConfig
    consumes, produces = Kind.SERIES, Kind.LABELS
    options: ClassVar[type[Config]] = ClassifyOptions

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
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
