"""The fused layer against tf_keras' own and against automatic differentiation."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from lab_dqn.normalisation import NormRelu, fused_norm_relu, normalise


@pytest.mark.parametrize("shape", [(6, 5), (3, 4, 4, 8)])
@pytest.mark.parametrize("fused", [False, True])
def test_equals_the_layer_of_keras(shape, fused):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(2, 3, shape).astype(np.float32))
    ours, theirs = NormRelu(fused=fused), tf_keras.layers.LayerNormalization(epsilon=1e-6)
    ours(x), theirs(x)
    for layer in (ours, theirs):
        layer.set_weights([np.linspace(0.5, 2, shape[-1]), np.linspace(-1, 1, shape[-1])])
    np.testing.assert_allclose(ours(x), tf.nn.relu(theirs(x)), rtol=1e-5, atol=1e-5)


def test_gradient_equals_automatic_differentiation():
    rng = np.random.default_rng(1)
    values = [rng.normal(1, 2, (7, 3, 3, 6)), rng.normal(1, 0.5, 6), rng.normal(0, 0.5, 6)]
    variables = [tf.Variable(value.astype(np.float32)) for value in values]
    direction = tf.constant(rng.normal(size=(7, 3, 3, 6)).astype(np.float32))
    found = []
    for function in (fused_norm_relu, lambda *given: normalise(*given)[0]):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(function(*(tf.convert_to_tensor(variable) for variable in variables)) * direction)
        found.append(tape.gradient(total, variables))
    for ours, automatic in zip(*found, strict=True):
        np.testing.assert_allclose(ours, automatic, rtol=1e-3, atol=1e-4)


def test_bfloat16_stays_within_its_rounding():
    rng = np.random.default_rng(2)
    x = tf.constant(rng.normal(size=(64, 32)).astype(np.float32))
    scale, shift = tf.ones((32,)), tf.zeros((32,))
    narrow = fused_norm_relu(tf.cast(x, tf.bfloat16), scale, shift)
    assert narrow.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(narrow, tf.float32), normalise(x, scale, shift)[0], atol=0.03)
