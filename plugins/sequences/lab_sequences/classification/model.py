"""The trained classifier: names the class of a series."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from lab_tensorflow.batching import in_batches
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.items.labels import Labels, from_probabilities
from lab_core.items.series import Series
from lab_core.model import Apply, Kind
from lab_sequences.classification.config import ClassifyOptions, SequenceConfig
from lab_sequences.classification.items import chosen, limited, padded

_BATCH = 64  # sequences of one call
_MULTIPLE = 32  # lengths are padded to a multiple, so that few shapes are compiled


class SequenceModel(NetworkModel, Apply):
    """``about``: classes, names of the columns, mean and deviation of each."""

    config_type = SequenceConfig
    consumes, produces = Kind.SERIES, Kind.LABELS
    options: ClassVar[type[Config]] = ClassifyOptions

    def __init__(
        self, config: SequenceConfig, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None
    ) -> None:
        known = about or {}
        self.classes, self.names = tuple(known["classes"]), tuple(known["names"])
        self._mean, self._deviation = (np.array(known[name], np.float32) for name in ("mean", "deviation"))
        super().__init__(config, weights, about)
        self._run: Any = None

    def make_networks(self) -> Mapping[str, Any]:
        from lab_sequences.classification.networks import make_network

        return {"network": make_network(self.config, len(self.names), len(self.classes))}

    def apply(self, items: Iterable[Series], options: Config) -> Iterator[Labels]:
        assert isinstance(options, ClassifyOptions)
        for part in in_batches(items, _BATCH):
            series = [limited(chosen(item, self.names, options.columns), self.config.longest, options.cut, "The series")
                      for item in part]  # fmt: skip
            for row in self._probabilities(series):
                yield from_probabilities(row, self.classes)

    def _probabilities(self, series: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """[n, classes]."""
        longest = max(len(one) for one in series)
        values, lengths = padded([(one - self._mean) / self._deviation for one in series], -(-longest // _MULTIPLE) * _MULTIPLE)
        missing = (_BATCH if len(values) > 1 else 1) - len(values)
        values = np.concatenate([values, np.zeros((missing, *values.shape[1:]), np.float32)])
        lengths = np.concatenate([lengths, np.ones(missing, np.int32)])
        return self._runner()(values, lengths).numpy()[: len(series)]

    def _runner(self) -> Any:
        if self._run is None:
            import tensorflow as tf

            def run(values: Any, lengths: Any) -> Any:
                values = tf.ensure_shape(values, (None, None, len(self.names)))
                return tf.nn.softmax(self.networks["network"].run(values, lengths))

            self._run = tf.function(run, reduce_retracing=True)
        return self._run
