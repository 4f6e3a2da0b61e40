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
    function: Callable[[Mapping[str, Any], int], Found],
    batch: Mapping[str, Any],
    devices: Sequence[str],
    count: Callable[[Mapping[str, Any]], Any] | None = None,
) -> Found:
    """Gradients and metrics of ``function(part, number)`` for equal parts of ``batch``, a part a device; their means.

    The mean of the parts' gradients is the gradient of the whole where the loss is a mean over items. Where it is a mean over
    something else (tokens), ``count(part)`` says how many of those a part has, and the means are weighted by that. Batch
    normalisation takes its statistics from each part. Every tensor of ``batch`` is split along its first axis, which the devices
    must divide.
    """
    if len(devices) < 2:
        return function(batch, 0)
    split = {name: tf.split(tensor, len(devices)) for name, tensor in batch.items()}
    parts = [{name: tensors[number] for name, tensors in split.items()} for number in range(len(devices))]
    found: list[Found] = []
    for number, device in enumerate(devices):
        with tf.device(device):
            found.append(function(parts[number], number))
    shares = [1 / len(devices)] * len(devices)
    if count is not None:
        counts = tf.stack([tf.cast(count(part), tf.float32) for part in parts])
        shares = tf.unstack(counts / tf.reduce_sum(counts))
    gradients = [_mean(gradients, shares) for gradients in zip(*(gradients for gradients, _ in found), strict=True)]
    return gradients, {name: _mean([metrics[name] for _, metrics in found], shares) for name in found[0][1]}


def _mean(values: Sequence[Any], shares: Sequence[Any]) -> Any:
    if any(value is None for value in values):
        return None  # the optimiser says which weight it is
    return tf.add_n([share * tf.convert_to_tensor(value) for value, share in zip(values, shares, strict=True)])
