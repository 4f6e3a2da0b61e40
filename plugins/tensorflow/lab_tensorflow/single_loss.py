"""Methods with one loss: its gradient, clipped where asked, and a step of Adam under the config's schedule."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from lab_tensorflow.learner import Learner
from lab_tensorflow.minibatch_config import MinibatchConfig
from lab_tensorflow.naming import named_trainable
from lab_tensorflow.noise import Noise
from lab_tensorflow.optimizers import Adam
from lab_tensorflow.schedules import learning_rate


class SingleLossLearner(Learner):
    """A learner whose networks minimise one loss together; a subclass defines it in :meth:`loss`.

    Several devices can share its update where the loss is a mean over the items of a batch, or over what :meth:`count` counts.
    """

    shares = True

    def __init__(self, config: MinibatchConfig, networks: Mapping[str, Any], *, seed: int) -> None:
        self.config, self.seed = config, seed
        self.networks = dict(networks)
        weights = {path: weight for name, network in networks.items() for path, weight in named_trainable(network, name).items()}
        self.weights = list(weights.values())
        self.optimizer = Adam(
            self.weights,
            config.learning_rate,
            beta1=config.beta1,
            beta2=config.beta2,
            weight_decay=config.weight_decay,
            clip_norm=config.gradient_clip,
            names=list(weights),
        )
        self.optimizers = {"optimizer": self.optimizer}

    @abstractmethod
    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        """The loss (float32 scalar) and the update's metrics by name, from a named batch. Networks run with ``training=True``."""

    def rate(self, step: Any) -> Any:
        """The learning rate of update number ``step``, a float32 scalar."""
        return learning_rate(step, self.config)

    def count(self, batch: Mapping[str, Any]) -> Any:
        """Over how many things the loss is a mean, where these aren't the items of the batch."""
        return tf.shape(next(iter(batch.values())))[0]

    def gradients(self, batch: Mapping[str, Any], step: Any) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The gradient of the loss for each of ``weights``, and the metrics; every device takes a part of the batch."""

        def of_part(part: Mapping[str, Any], number: int) -> tuple[Any, Mapping[str, Any]]:
            with tf.GradientTape() as tape:
                loss, metrics = self.loss(part, Noise(self.seed, step * self.shards.count + number))
            return tape.gradient(loss, self.weights), metrics

        return self.shards.mean(of_part, batch, self.count)

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        gradients, metrics = self.gradients(batch, step)
        self.optimizer.learning_rate.assign(self.rate(step))
        self.optimizer.apply_gradients(zip(gradients, self.weights, strict=True))
        return metrics
