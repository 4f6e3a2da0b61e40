"""Biases in bfloat16 get their whole gradient, whoever made the layer."""

import numpy as np
import pytest
from lab_tensorflow import runtime

tf = runtime.start(legacy_keras=True)
import tf_keras  # noqa: E402

SHAPE = (64, 20, 20, 32)  # after Nature's first convolution, in half a batch of 128


def upstream() -> np.ndarray:
    random = np.random.default_rng(0)
    return np.float32((random.standard_normal(SHAPE) + 0.3) * (random.random(SHAPE) < 0.5))


def summed(gradient: object) -> np.ndarray:
    return tf.cast(gradient, tf.float64).numpy().reshape(-1, SHAPE[-1]).sum(axis=0)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_bias_gets_its_whole_gradient(compiled: bool) -> None:
    above = tf.cast(upstream(), tf.bfloat16)

    def gradient(bias: object) -> object:
        with tf.GradientTape() as tape:
            tape.watch(bias)
            loss = tf.reduce_sum(tf.nn.bias_add(tf.zeros(SHAPE, tf.bfloat16), bias) * above)
        return tape.gradient(loss, bias)

    found = (tf.function(gradient) if compiled else gradient)(tf.zeros(SHAPE[-1], tf.bfloat16))
    np.testing.assert_allclose(tf.cast(found, tf.float64).numpy(), summed(above), rtol=0.01)


def test_a_layer_of_keras_has_it_too() -> None:
    policy = tf_keras.mixed_precision.Policy("mixed_bfloat16")
    layer = tf_keras.layers.Conv2D(SHAPE[-1], 1, dtype=policy, kernel_initializer="zeros")
    frames, above = tf.zeros((*SHAPE[:-1], 1)), tf.cast(upstream(), tf.bfloat16)
    layer.build(frames.shape)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(frames) * above)
    np.testing.assert_allclose(tape.gradient(loss, layer.bias).numpy(), summed(above), rtol=0.01)


def test_float32_and_a_second_start_stay_as_they_are() -> None:
    runtime.start(legacy_keras=True)
    above = tf.constant(upstream())
    bias = tf.zeros(SHAPE[-1])
    with tf.GradientTape() as tape:
        tape.watch(bias)
        loss = tf.reduce_sum(tf.nn.bias_add(tf.zeros(SHAPE), bias) * above)
    np.testing.assert_allclose(tape.gradient(loss, bias).numpy(), summed(above), rtol=1e-4)
