"""Losses against values worked out by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf
from lab_image_translation import losses


def t(*values):
    return tf.constant(values, tf.float32)


def test_binary_cross_entropy():
    assert float(losses.binary_cross_entropy(t(1, 0), t(0.5, 0.25))) == pytest.approx((math.log(2) - math.log(0.75)) / 2)


def test_adversarial_losses():
    zero = t(0, 0)
    assert float(losses.discriminator_loss("cross-entropy", zero, zero)) == pytest.approx(math.log(2))
    assert float(losses.discriminator_loss("least-squares", t(1, 0), t(0, 2))) == pytest.approx(0.5 * (0.5 + 2))
    assert float(losses.discriminator_loss("least-squares", t(0.9), t(0), real_target=0.9)) == 0
    assert float(losses.generator_loss("cross-entropy", zero)) == pytest.approx(math.log(2))
    assert float(losses.generator_loss("least-squares", t(0, 2))) == 1


def test_gram_by_hand():
    features = tf.reshape(t(1, 2, 3, 4), (1, 1, 2, 2))  # places (1, 2) and (3, 4)
    assert losses.gram(features).numpy()[0].tolist() == [[10 / 4, 14 / 4], [14 / 4, 20 / 4]]


def test_patch_nce_by_hand():
    """Two places: orthogonal keys that match cost log(1 + e^(-1/T)), swapped ones log(1 + e^(1/T))."""
    keys = tf.constant(np.eye(2, dtype=np.float32))[None]
    right, wrong = losses.patch_nce(keys, keys, temperature=1.0), losses.patch_nce(keys[:, ::-1], keys, temperature=1.0)
    assert float(right) == pytest.approx(math.log(1 + math.exp(-1)))
    assert float(wrong) == pytest.approx(math.log(1 + math.exp(1)))


def test_patch_nce_teaches_the_query_alone():
    query, key = (tf.Variable(tf.math.l2_normalize(tf.random.stateless_normal((1, 4, 3), [s, 0]), -1)) for s in (1, 2))
    with tf.GradientTape() as tape:
        loss = losses.patch_nce(query, key)
    gradients = tape.gradient(loss, [query, key])
    assert gradients[0] is not None
    assert gradients[1] is None
