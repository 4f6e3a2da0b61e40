"""The mathematics of C51 (Bellemare et al. 2017): a return's distribution on fixed atoms, its Bellman target, its loss.

    atoms      z_i = z_min + i dz,   i = 0 .. N-1,   dz = (z_max - z_min) / (N - 1)
    p_i(s, a)  softmax over i of the network's outputs;   Q(s, a) = sum_i z_i p_i(s, a)
    target     m_i = sum_j [1 - |[R + discount z_j] - z_i| / dz]_0^1  p_j(s', a*)        (equation 7)
    loss       -sum_i m_i log p_i(s, a)                                                   (algorithm 1)

where [x] without bounds is x clipped to [z_min, z_max]. Pure functions of plain tensors.
"""

from typing import Any

import tensorflow as tf


def support(atoms: int, low: float, high: float) -> Any:
    """The atoms z [atoms], evenly spaced from ``low`` to ``high``."""
    return tf.linspace(tf.constant(low, tf.float32), tf.constant(high, tf.float32), atoms)


def mean(logits: Any, z: Any) -> Any:
    """Q [...] of logits [..., atoms]."""
    return tf.reduce_sum(tf.nn.softmax(logits) * z, axis=-1)


def project(probabilities: Any, reward: Any, discount: Any, z: Any) -> Any:
    """The distribution of R + discount Z on the atoms ``z`` [atoms], equation 7: m [B, atoms].

    probabilities [B, atoms] are those of Z; reward and discount are [B], discount 0 where the episode ended.
    """
    low, high = z[0], z[-1]
    moved = tf.clip_by_value(reward[:, None] + discount[:, None] * z, low, high)  # [B, atoms j]
    place = (moved - low) / (high - low) * tf.cast(tf.shape(z)[0] - 1, tf.float32)  # in units of dz
    index = tf.range(tf.shape(z)[0], dtype=tf.float32)
    share = tf.nn.relu(1.0 - tf.abs(place[:, None, :] - index[None, :, None]))  # [B, atoms i, atoms j]
    return tf.linalg.matvec(share, probabilities)


def cross_entropy(target: Any, logits: Any) -> Any:
    """-sum_i m_i log p_i [B] of a target distribution [B, atoms] and logits [B, atoms]."""
    return tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=logits)


def entropy(probabilities: Any) -> Any:
    """-sum_i m_i log m_i [B]; an atom without mass counts nothing. Cross entropy less this is the KL divergence."""
    return -tf.reduce_sum(tf.math.xlogy(probabilities, probabilities), axis=-1)
