"""What a method is to the trainer: networks, optimisers, and one update as TensorFlow operations."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from lab_tensorflow.naming import count, named_slots, named_variables
from lab_tensorflow.shards import Shards


class Learner(ABC):
    """One method. Subclasses set in ``__init__``, or as class attributes:

    networks    name -> Keras network; everything in them is saved, what they hold besides weights too (batch statistics, seeds)
    optimizers  name -> built Keras optimiser, or one of :mod:`lab_tensorflow.optimizers`
    averaged    names of the networks that the model is made of: the trainer keeps their average
    state       name -> further TensorFlow variables that an update changes: image pools, a recurrent state carried from
                minibatch to minibatch, running statistics
    batches     minibatches that one update reads
    metrics     names of what :meth:`update` measures
    seed        of the update's random numbers (:class:`lab_tensorflow.noise.Noise`)
    shares      whether an update can be shared by several devices, a part of the minibatch each
    shards      these devices, set by the trainer
    """

    networks: Mapping[str, Any]
    optimizers: Mapping[str, Any]
    averaged: tuple[str, ...]
    state: Mapping[str, Any] = {}
    batches: int = 1
    metrics: tuple[str, ...]
    seed: int = 0
    shares: bool = False
    shards: Shards = Shards()

    @abstractmethod
    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """Update number ``step`` (int32 scalar) from a named batch of tensors [batch, ...], [batches, batch, ...] if batches > 1.

        Runs inside a compiled loop: everything random comes from ``Noise(self.seed, step)``. Returns a float32 scalar for each
        of ``metrics``; the trainer reports their means over a slice.
        """

    def evaluate(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        """Metrics (float32 scalars, means over the batch) of validation items; changes nothing. Runs compiled.

        A metric that is a mean over something else than items (tokens) comes with ``"weight"``, the number of those.
        """
        raise NotImplementedError(f"{type(self).__name__} has no evaluate(); set validation_every=0")

    @property
    def variables(self) -> dict[str, Any]:
        """Everything that an update changes, under names that are the same in every process."""
        found: dict[str, Any] = {}
        for name, network in self.networks.items():
            found |= named_variables(network, name)
        for name, optimizer in self.optimizers.items():
            found |= named_slots(optimizer, name, self.networks)
        return found | {f"state/{name}": variable for name, variable in self.state.items()}

    @property
    def parameters(self) -> dict[str, int]:
        """How many trained numbers each network has."""
        return {name: count(network, trainable=True) for name, network in self.networks.items()}
