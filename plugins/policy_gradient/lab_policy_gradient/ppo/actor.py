"""How a policy acts during training: outputs and values of observations, in NumPy for small networks, else in TensorFlow."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lab_policy_gradient.ppo.networks import ActorCritic
from lab_policy_gradient.ppo.weights import mlp

Floats = NDArray[np.float32]


class Actor(ABC):
    """Acts with the network's weights as they were at the last :meth:`refresh`."""

    def __init__(self, network: ActorCritic) -> None:
        self.network = network

    def refresh(self) -> None:  # noqa: B027
        """Take the network's weights as they are now."""

    def log_std(self) -> Floats | None:
        """A Gaussian's log deviations, copied; None for numbered actions."""
        return np.array(self.network.variables["log_std"].numpy()) if self.network.continuous else None

    @abstractmethod
    def look(self, observations: NDArray[Any]) -> tuple[Floats, Floats | None]:
        """The policy's outputs [batch, actions], and the values [batch] where they cost nothing more."""

    @abstractmethod
    def values(self, observations: NDArray[Any]) -> Floats:
        """The values [batch]."""


class SmallActor(Actor):
    """The small network in NumPy. Values are left for later: many at once cost little."""

    def __init__(self, network: ActorCritic) -> None:
        super().__init__(network)
        self.refresh()

    def refresh(self) -> None:
        self.weights = self.network.numpy()

    def look(self, observations: NDArray[Any]) -> tuple[Floats, None]:
        return mlp(self.weights, "policy", observations), None

    def values(self, observations: NDArray[Any]) -> Floats:
        return mlp(self.weights, "value", observations)[:, 0]


class LargeActor(Actor):
    """The Nature network in one compiled call; policy and critic share its trunk, so values come with the outputs."""

    def __init__(self, network: ActorCritic) -> None:
        super().__init__(network)
        self._both, self._value = tf.function(network), tf.function(network.value)

    def look(self, observations: NDArray[Any]) -> tuple[Floats, Floats]:
        outputs, values = self._both(observations)
        return outputs.numpy(), values.numpy()

    def values(self, observations: NDArray[Any]) -> Floats:
        return self._value(observations).numpy()


def draw_categorical(rng: np.random.Generator, logits: Floats) -> NDArray[np.int32]:
    """One action [batch] of each row of logits [batch, actions]: the largest after adding Gumbel noise."""
    noise = -np.log(-np.log(np.maximum(rng.random(logits.shape), 1e-300)))
    return np.argmax(logits + noise, axis=-1).astype(np.int32)


def draw_gaussian(rng: np.random.Generator, means: Floats, log_stds: Floats) -> Floats:
    """One action [batch, size] of each Gaussian; not clipped, because its density belongs to what was drawn."""
    return means + np.exp(log_stds) * rng.standard_normal(means.shape, np.float32)
