"""One training in several processes, perhaps on several machines: each takes a part of every minibatch.

``TF_CONFIG``, tf.distribute's own variable, says who they are. Every process carries out the whole training, with the same seed,
into a runs folder of its own: the same data, the same first weights, and after every update the same weights again, because all
apply the same mean of the gradients. ``tf.distribute.MultiWorkerMirroredStrategy`` connects the processes and adds up their
gradients.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab_core.errors import LabError

VARIABLE = "TF_CONFIG"


@dataclass(frozen=True)
class Workers:
    """This process among the ``count`` of a cluster; the first has ``index`` 0."""

    index: int
    count: int
    strategy: Any

    def part(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """This process's part of a minibatch, whose tensors are split along their first axis."""
        import tensorflow as tf

        return {name: tf.split(tensor, self.count)[self.index] for name, tensor in batch.items()}

    def total(self, values: Sequence[Any]) -> list[Any]:
        """The sum of each tensor over all processes. Every process must ask for the same."""
        import tensorflow as tf

        def summed(*own: Any) -> Any:
            here = [tf.identity(one) for one in own]  # on this replica's device
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, here)

        shapes = [one.shape for one in values]
        found = self.strategy.run(summed, args=tuple(values))
        return [tf.reshape(one, shape) for one, shape in zip(found, shapes, strict=True)]


def cluster() -> tuple[int, int]:
    """This process's index and the number of processes, (0, 1) without a cluster; raises LabError for a damaged TF_CONFIG."""
    text = os.environ.get(VARIABLE, "")
    if not text.strip():
        return 0, 1
    try:
        plain = json.loads(text)
        count, index = len(plain.get("cluster", {}).get("worker", [])), int(plain.get("task", {}).get("index", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise LabError(f"{VARIABLE} can't be read: {error}.", "Unset it to train in one process.") from None
    if count and not 0 <= index < count:
        raise LabError(f"{VARIABLE} names {count} workers; this one's index is {index}.")
    return (index, count) if count > 1 else (0, 1)


_joined: dict[str, Workers] = {}


def join() -> Workers | None:
    """Connect to the others of the cluster, waiting for them; None without one. Before TensorFlow computes anything."""
    index, count = cluster()
    if count < 2:
        return None
    text = os.environ[VARIABLE]
    if text not in _joined:
        import tensorflow as tf

        try:
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
        except (RuntimeError, ValueError, tf.errors.OpError) as error:
            raise LabError(f"The workers of {VARIABLE} can't be joined: {str(error).splitlines()[0]}") from None
        _joined[text] = Workers(index, count, strategy)
    return _joined[text]
