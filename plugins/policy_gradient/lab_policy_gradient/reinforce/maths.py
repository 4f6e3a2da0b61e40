"""REINFORCE (Williams 1992; Sutton and Barto 2018, section 13.4) on padded episodes, as TensorFlow functions.

    G_t = r_t + gamma G_{t+1}                                 return from step t, without bootstrap
    A_t = G_t - v(s_t)                                        advantage; v is learnt, or 0 without baseline
    loss = -mean_t A_t log pi(a_t|s_t) - beta mean_t H(pi(.|s_t)) + c mean_t (G_t - v(s_t))^2

``mask`` is 1.0 on the steps of an episode and 0.0 on its padding, [episodes, steps].
"""

from typing import Any

import tensorflow as tf

EPSILON = 1e-8


def step_weights(mask: Any, average: str) -> Any:
    """The weight [episodes, steps] of each step in the loss.

    ``steps``: all alike, one in all. ``episodes``: each episode weighs one, so that the loss is the sum over episodes of their
    means, as where the gradients of single episodes are added up.
    """
    if average == "steps":
        return mask / tf.reduce_sum(mask)
    return mask / tf.maximum(tf.reduce_sum(mask, axis=1, keepdims=True), 1.0)


def normalised(advantages: Any, mask: Any, over: str, *, whole: bool = False) -> Any:
    """Advantages with mean 0 and deviation 1 over the steps of the batch, or of each episode; ``none``: as they are.

    ``whole`` rounds them down: the source divides by the deviation with Python's ``//``.
    """
    if over == "none":
        return advantages
    axis = None if over == "batch" else 1
    count = tf.maximum(tf.reduce_sum(mask, axis=axis, keepdims=True), 1.0)
    mean = tf.reduce_sum(mask * advantages, axis=axis, keepdims=True) / count
    variance = tf.reduce_sum(mask * tf.square(advantages - mean), axis=axis, keepdims=True) / count
    found = (advantages - mean) / (tf.sqrt(variance) + EPSILON)
    return mask * (tf.floor(found) if whole else found)
