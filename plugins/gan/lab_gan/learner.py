"""What a method is to the trainer: networks, optimisers, and one update as TensorFlow operations."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lab_gan.config import ImageConfig

Shape = tuple[int, int, int]


class Learner(ABC):
    """One method at work.

    networks    name -> network that is trained
    optimizers  name -> Keras optimiser, built
    kept        names of the networks that the model is made of: their averages are kept
    batches     minibatches of real images that one update reads
    figures     names of what :meth:`update` measures, in its order
    """

    networks: dict[str, keras.Model]
    optimizers: dict[str, keras.optimizers.Optimizer]
    kept: tuple[str, ...]
    batches: int = 1
    figures: tuple[str, ...]

    @abstractmethod
    def update(self, images: Any, labels: Any, step: Any) -> tuple[Any, ...]:
        """Update number ``step`` (int32 scalar) from float32 images [batches, batch, h, w, c] in -1..1 and int32 labels.

        Runs inside a compiled loop; everything random comes from :class:`Noise` of ``step``. Returns a float32 scalar for each
        of ``figures``.
        """

    @property
    def variables(self) -> dict[str, Any]:
        """Everything that learning changes, by name."""
        found: dict[str, Any] = {}
        for part in (self.networks, self.optimizers):
            for name, owner in part.items():
                for index, variable in enumerate(owner.variables):
                    # Keras numbers layers through the process: the same variable is dense_kernel here and dense_7_kernel there
                    found[f"{name}/{index:03d}-{re.sub(r'_[0-9]+', '', variable.name)}"] = variable.value
        return found


class Noise:
    """Random numbers that belong to one update of one run: the same whenever and wherever it is computed."""

    def __init__(self, seed: int, step: Any) -> None:
        self._seed, self._step, self._drawn = seed, step, 0

    def _next(self) -> Any:
        self._drawn += 1
        return tf.stack([tf.constant(self._seed + (self._drawn << 32), tf.int64), tf.cast(self._step, tf.int64)])

    def normal(self, shape: tuple[int, ...]) -> Any:
        return tf.random.stateless_normal(shape, self._next())

    def uniform(self, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Any:
        return tf.random.stateless_uniform(shape, self._next(), low, high)

    def integers(self, shape: tuple[int, ...], below: int) -> Any:
        return tf.random.stateless_uniform(shape, self._next(), 0, below, tf.int32)


class Average:
    """Exponential averages of everything in some networks, batch statistics included.

    decay = min(``decay``, (1 + t) / (10 + t)): without the ramp the first thousands of updates would look collapsed. Karras et
    al. 2018 sample from such an average; Yazici et al. 2019 measure what it brings.
    """

    def __init__(self, config: ImageConfig, networks: Mapping[str, keras.Model]) -> None:
        self._decay = config.average_decay
        self._pairs = {
            f"average/{name}/{index:03d}-{variable.name}": (variable.value, tf.Variable(variable.value))
            for name, network in networks.items()
            for index, variable in enumerate(network.variables)
        }

    def update(self, step: Any) -> None:
        """Move a little towards the live networks, after update number ``step``."""
        done = tf.cast(step, tf.float32)
        share = 1 - tf.minimum(self._decay, (1 + done) / (10 + done)) if self._decay else tf.constant(1.0)
        for live, kept in self._pairs.values():
            kept.assign_add(tf.cast(share, kept.dtype) * (live - kept) if kept.dtype.is_floating else live - kept)

    @property
    def variables(self) -> dict[str, Any]:
        return {name: kept for name, (_, kept) in self._pairs.items()}

    def values(self) -> list[NDArray[Any]]:
        """The averaged arrays, copied, in the order of the networks' variables."""
        return [np.array(kept.numpy()) for _, kept in self._pairs.values()]
