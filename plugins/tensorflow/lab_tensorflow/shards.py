"""One update on several devices: each computes the gradient of a part of the minibatch, and one optimiser applies their mean.

The variables exist once, on the first device; the others read them in every update. So the saved state, the average of the
weights and the model are those of a training on one device, and a run can be resumed on one. ``tf.distribute.MirroredStrategy``
keeps a copy of every variable on each device instead: more memory and an all-reduce of gradients in place of reading the weights,
and neither the fused optimisers nor the named state of this package know such variables.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

Found = tuple[Sequence[Any], Mapping[str, Any]]


def mean_over_shards(
    function: Callable[[Mapping[str, Any], int], Found], batch: Mapping[str, Any], devices: Sequence[str]
) -> Found:
    """Gradients and metrics of ``function(part, number)`` for equal parts of ``batch``, a part a device; their means.

    The mean of the parts' gradients is the gradient of the whole where the loss is a mean over items. Batch normalisation takes
    its statistics from each part. Every tensor of ``batch`` is split along its first axis, which the devices must divide.
    """
    if len(devices) < 2:
        return function(batch, 0)
    parts = {name: tf.split(tensor, len(devices)) for name, tensor in batch.items()}
    found: list[Found] = []
    for number, device in enumerate(devices):
        with tf.device(device):
            found.append(function({name: split[number] for name, split in parts.items()}, number))
    gradients = [_mean(gradients) for gradients in zip(*(gradients for gradients, _ in found), strict=True)]
    return gradients, {name: _mean([metrics[name] for _, metrics in found]) for name in found[0][1]}


def _mean(values: Sequence[Any]) -> Any:
    if any(value is None for value in values):
        return None  # the optimiser says which weight it is
    return tf.add_n([tf.convert_to_tensor(value) for value in values]) / len(values)
