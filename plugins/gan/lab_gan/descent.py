"""Methods with one loss: its gradient, a step of Adam, a step size that rises and falls."""

from abc import abstractmethod
from collections.abc import Mapping
from math import pi
from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.optimizers import Adam

from lab_gan.config import DescentConfig
from lab_gan.learner import Learner, Noise


class Descent(Learner):
    """A learner whose networks make one loss small together; a subclass says which."""

    def __init__(self, config: DescentConfig, networks: Mapping[str, keras.Model], *, seed: int) -> None:
        self.config, self.seed = config, seed
        self.networks = dict(networks)
        self.optimizers = {}
        self._weights = [weight.value for network in networks.values() for weight in network.trainable_variables]
        self.optimizer = Adam(self._weights, config.learning_rate, beta1=config.beta1, beta2=config.beta2)

    @abstractmethod
    def loss(self, images: Any, labels: Any, noise: Noise) -> tuple[Any, tuple[Any, ...]]:
        """The loss and a scalar for each of ``figures``, from float32 images [batch, h, w, c] in -1..1 and labels [batch]."""

    def update(self, images: Any, labels: Any, step: Any) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            loss, figures = self.loss(images[0], labels[0], Noise(self.seed, step))
        self.optimizer.learning_rate.assign(self.config.learning_rate * step_share(self.config, step))
        gradients = tape.gradient(loss, self._weights)
        self.optimizer.apply_gradients(zip(gradients, self._weights, strict=True))
        return figures

    @property
    def variables(self) -> dict[str, Any]:
        return super().variables | {f"optimizer/{name}": value for name, value in self.optimizer.variables.items()}


def step_share(config: DescentConfig, step: Any) -> Any:
    """What update number ``step`` takes of the step size: up to 1 along a line, then down along half a cosine to the end."""
    done, horizon = tf.cast(step, tf.float32), float(config.steps)
    rising = tf.minimum(1.0, (done + 1) / config.warmup) if config.warmup else tf.constant(1.0)
    # a run that goes on beyond its horizon keeps the last step size
    falling = 0.5 * (1 + tf.cos(pi * tf.minimum(1.0, done / horizon)))
    return rising * (config.final_learning_rate + (1 - config.final_learning_rate) * falling)
