"""One update on several devices, perhaps of several processes: each computes the gradient of a part of the minibatch, and one
optimiser applies their mean.

In a process the variables exist once, on the first device; the others read them in every update. So the saved state, the average
of the weights and the model are those of a training on one device, and a run can be resumed on one.
``tf.distribute.MirroredStrategy`` keeps a copy of every variable on each device instead: more memory and an all-reduce of
gradients in place of reading the weights, and neither the fused optimisers nor the named state of this package know such
variables. Between processes (:mod:`lab_tensorflow.workers`) the gradients are added up by an all-reduce.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from lab_tensorflow.workers import Workers

Found = tuple[Sequence[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Shards:
    """Who shares an update: the ``devices`` of this process by TensorFlow's names, and perhaps the ``workers`` of a cluster."""

    devices: Sequence[str] = ()
    workers: Workers | None = None

    @property
    def here(self) -> int:
        """How many parts this process computes."""
        return max(1, len(self.devices))

    @property
    def count(self) -> int:
        """The parts of a minibatch, over all processes."""
        return self.here * (self.workers.count if self.workers else 1)

    def mean(
        self,
        function: Callable[[Mapping[str, Any], int], Found],
        batch: Mapping[str, Any],
        count: Callable[[Mapping[str, Any]], Any] | None = None,
    ) -> Found:
        """Gradients and metrics of ``function(part, number)`` for equal parts of ``batch``; their means over all parts.

        The mean of the parts' gradients is the gradient of the whole where the loss is a mean over items. Where it is a mean
        over something else (tokens), ``count(part)`` says how many of those a part has, and the means are weighted by that. Batch
        normalisation takes its statistics from each part. Every tensor of ``batch`` is split along its first axis, which
        ``self.count`` must divide.
        """
        if self.count < 2:
            return function(batch, 0)
        first = 0
        if self.workers is not None:
            batch, first = self.workers.part(batch), self.workers.index * self.here
        split = {name: tf.split(tensor, self.here) for name, tensor in batch.items()}
        parts = [{name: tensors[number] for name, tensors in split.items()} for number in range(self.here)]
        found: list[Found] = []
        for number, part in enumerate(parts):
            with tf.device(self.devices[number] if self.devices else None):
                found.append(function(part, first + number))
        weights = [tf.cast(count(part), tf.float32) if count else tf.constant(1.0) for part in parts]
        names = list(found[0][1])
        rows = [[*gradients, *(metrics[name] for name in names)] for gradients, metrics in found]
        means = self._means(rows, weights)
        return means[: len(means) - len(names)], dict(zip(names, means[len(means) - len(names) :], strict=True))

    def _means(self, rows: Sequence[Sequence[Any]], weights: Sequence[Any]) -> list[Any]:
        """Weighted means over all parts; None, where a part has no gradient, stays: the optimiser says which weight it is."""
        columns = list(zip(*rows, strict=True))
        known = [place for place, column in enumerate(columns) if all(one is not None for one in column)]
        sums = [
            tf.add_n([weight * tf.convert_to_tensor(one) for one, weight in zip(columns[place], weights, strict=True)])
            for place in known
        ]
        total: Any = tf.add_n(list(weights))
        if self.workers is not None:
            total, *sums = self.workers.total([total, *sums])
        means: list[Any] = [None] * len(columns)
        for place, found in zip(known, sums, strict=True):
            means[place] = found / total
        return means
