"""An exponential moving average of networks' weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lab_tensorflow.naming import named_variables


class Average:
    """Averages of everything in some networks, batch statistics included; whole numbers are copied.

    decay = min(``decay``, (1 + t) / (10 + t)): without the ramp the initial weights would dominate the first thousands of
    updates. With ``decay`` 0 the average is the live weights. Karras et al. 2018 sample from such an average; Yazici et al. 2019
    measure its effect.
    """

    def __init__(self, networks: Mapping[str, Any], decay: float) -> None:
        self._decay = decay
        self._pairs = {
            name: (live, tf.Variable(live))
            for network, owner in networks.items()
            for name, live in named_variables(owner, network).items()
        }

    def update(self, step: Any) -> None:
        """Move the averages towards the live weights, after update number ``step`` (int scalar). Runs in the graph."""
        done = tf.cast(step, tf.float32)
        share = 1 - tf.minimum(self._decay, (1 + done) / (10 + done)) if self._decay else tf.constant(1.0)
        for live, kept in self._pairs.values():
            kept.assign_add(tf.cast(share, kept.dtype) * (live - kept) if kept.dtype.is_floating else live - kept)

    def exchange(self) -> None:
        """Swap averages and live weights; a second call puts both back, bit for bit."""
        for live, kept in self._pairs.values():
            before = live.numpy()
            live.assign(kept)
            kept.assign(before)

    @property
    def variables(self) -> dict[str, Any]:
        """The averages as variables, by ``average/NETWORK/LAYER/VARIABLE``."""
        return {f"average/{name}": kept for name, (_, kept) in self._pairs.items()}

    def values(self) -> dict[str, NDArray[Any]]:
        """The averages as arrays, copied, by ``NETWORK/LAYER/VARIABLE``."""
        return {name: np.array(kept.numpy()) for name, (_, kept) in self._pairs.items()}
