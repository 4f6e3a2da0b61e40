"""Training of the classifiers on padded sequences with their lengths."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from numpy.typing import NDArray

from lab_core.model import Model
from lab_sequences.classification.config import SequenceConfig
from lab_sequences.classification.items import load_sequences, padded, spread


class SequenceTrainer(CompiledTrainer[SequenceConfig]):
    """A step reads a minibatch of whole sequences in a shuffled order."""

    item_word = "sequences"
    streams = 1

    def make_data(self) -> Mapping[str, NDArray[Any]]:
        series, label, self.classes, self.names = load_sequences(self.config, "train")
        width = len(self.names)
        self.mean, self.deviation = np.zeros(width, np.float32), np.ones(width, np.float32)
        if self.config.scaling == "columns":
            self.mean, self.deviation = spread(series)
        self.longest = max(len(one) for one in series)
        values, length = padded([(one - self.mean) / self.deviation for one in series])
        return {"series": values, "length": length, "label": label}

    def make_learner(self) -> Any:
        from lab_sequences.classification.learner import SequenceLearner
        from lab_sequences.classification.networks import make_network

        seed = self.context.integer("initialisation")
        network = make_network(self.config, len(self.names), len(self.classes), seed=seed)
        return SequenceLearner(self.config, network, seed=self.context.integer("policy"))

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        shape = (None, self.longest, len(self.names))
        series = tf.ensure_shape(items["series"], shape)
        if noise is not None and self.config.jitter:
            series += self.config.jitter * noise.normal(tf.shape(series))
        return {**items, "series": series}

    def model(self) -> Model:
        from lab_sequences.classification.model import SequenceModel

        about = {
            "classes": list(self.classes),
            "names": list(self.names),
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
        }
        return SequenceModel(self.config, self.average.values(), about)

    @classmethod
    def memory(cls, config: SequenceConfig) -> int:
        from lab_tensorflow.footprint import training_bytes

        activations = 4 * config.batch_size * min(config.longest, 256) * 12 * config.units * config.layers
        parameters = (
            config.layers * 4 * config.units * (2 * config.units + 64) * (config.kernel if config.network == "tcn" else 1)
        )
        return training_bytes(parameters=parameters, activations=activations)
