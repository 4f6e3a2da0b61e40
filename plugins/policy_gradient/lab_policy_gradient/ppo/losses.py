"""The losses of PPO and A2C as pure functions of tensors [batch].

ratio = pi(a|s) / pi_old(a|s)
L_policy = -E[ min(ratio A, clip(ratio, 1 - c, 1 + c) A) ]       PPO: Schulman et al. 2017, eq. 7
L_policy = -E[ log pi(a|s) A ]                                   A2C: Mnih et al. 2016, section 4
L_value  = E[ (V - R)^2 ] / 2, or half the larger of it and the clipped one
L        = L_policy + value_weight L_value - entropy_weight E[H]                    Schulman et al. 2017, eq. 9
"""

from typing import Any

import numpy as np
import tensorflow as tf

HALF_LOG_TWO_PI = 0.5 * float(np.log(2.0 * np.pi))


def mean_of(values: Any, chosen: Any) -> Any:
    """The mean of values [batch] where ``chosen`` [batch] is 1; those where it is 0 don't count. 0 where nothing counts."""
    return tf.math.divide_no_nan(tf.reduce_sum(values * chosen), tf.reduce_sum(chosen))


def normalised_advantages(advantages: Any, chosen: Any) -> Any:
    """Advantages [batch] with mean 0 and standard deviation 1 over those that are ``chosen``."""
    centred = advantages - mean_of(advantages, chosen)
    return centred / (tf.sqrt(mean_of(tf.square(centred), chosen)) + 1e-8)


def clipped_surrogate(ratio: Any, advantages: Any, clip: Any) -> Any:
    """The loss [batch] of eq. 7: the more pessimistic of the plain and the clipped objective."""
    return -tf.minimum(ratio * advantages, tf.clip_by_value(ratio, 1.0 - clip, 1.0 + clip) * advantages)


def value_error(values: Any, old_values: Any, returns: Any, clip: Any) -> Any:
    """Half the squared error [batch]; with ``clip`` the larger of it and the error of values that moved at most ``clip``."""
    plain = tf.square(values - returns)
    if clip is None:
        return 0.5 * plain
    near = old_values + tf.clip_by_value(values - old_values, -clip, clip)
    return 0.5 * tf.maximum(plain, tf.square(near - returns))


def categorical(logits: Any, actions: Any) -> tuple[Any, Any]:
    """Log probability [batch] of actions int [batch], and entropy [batch], for logits [batch, actions]."""
    log_probabilities = tf.nn.log_softmax(logits)
    chosen = tf.gather(log_probabilities, actions, batch_dims=1)
    return chosen, -tf.reduce_sum(tf.exp(log_probabilities) * log_probabilities, axis=-1)


def gaussian(means: Any, log_stds: Any, actions: Any) -> tuple[Any, Any]:
    """Log density [batch] of actions [batch, size], and entropy [batch], for means [batch, size] and log deviations [size]."""
    scores = (actions - means) * tf.exp(-log_stds)
    density = tf.reduce_sum(-0.5 * tf.square(scores) - log_stds - HALF_LOG_TWO_PI, axis=-1)
    entropy = tf.reduce_sum(log_stds + 0.5 + HALF_LOG_TWO_PI) * tf.ones_like(density)
    return density, entropy


def kl_estimate(log_ratio: Any) -> Any:
    """ratio - 1 - log ratio [batch], whose mean is an unbiased estimate of KL(old || new), never negative (Schulman 2020)."""
    return tf.exp(log_ratio) - 1.0 - log_ratio
