"""Layers in parts and with the scale in the kernel: the same values and gradients as layer by layer."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from lab_tensorflow.towers import in_parts, run_layers, scaled_convolution

FRAMES = np.random.default_rng(0).integers(0, 256, (16, 20, 20, 4), dtype=np.uint8)


class Scale(tf_keras.layers.Layer):
    scale = 1 / 255

    def call(self, frames):
        return tf.cast(frames, self.compute_dtype) * tf.constant(self.scale, self.compute_dtype)


def layers(policy: str = "float32") -> list:
    found = [
        Scale(dtype=policy),
        tf_keras.layers.Conv2D(8, 4, 2, activation="relu", bias_initializer="ones", dtype=policy),
        tf_keras.layers.Conv2D(8, 3, 1, padding="same", dtype=policy),
        tf_keras.layers.Flatten(dtype=policy),
        tf_keras.layers.Dense(5, activation="relu", dtype=policy),
        tf_keras.layers.Dense(3, dtype="float32"),
    ]
    tf_keras.utils.set_random_seed(1)
    one_by_one(found, tf.constant(FRAMES[:1]))
    return found


def one_by_one(found: list, batch: tf.Tensor) -> tf.Tensor:
    for layer in found:
        batch = layer(batch)
    return batch


def values_and_gradients(function, found: list) -> list[np.ndarray]:
    weights = [weight for layer in found for weight in layer.trainable_variables]
    with tf.GradientTape() as tape:
        values = function(tf.constant(FRAMES))
        loss = tf.reduce_sum(tf.square(values))
    return [values.numpy(), *(gradient.numpy() for gradient in tape.gradient(loss, weights))]


@pytest.mark.parametrize("parts", [1, 2])
def test_values_and_gradients_are_those_of_layer_by_layer(parts):
    found = layers()
    ours = values_and_gradients(tf.function(lambda batch: run_layers(found, batch, parts=parts)), found)
    theirs = values_and_gradients(lambda batch: one_by_one(found, batch), found)
    assert len(ours) == 1 + 8
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-4, atol=2e-5 * np.abs(two).max())


def test_bfloat16_stays_within_its_rounding():
    wide, narrow = layers(), layers("mixed_bfloat16")
    exact = one_by_one(wide, tf.constant(FRAMES)).numpy()
    rough = run_layers(narrow, tf.constant(FRAMES), parts=2).numpy()
    assert rough.dtype == np.float32
    np.testing.assert_allclose(rough, exact, atol=0.03 * np.abs(exact).max())


def test_a_scaled_convolution_by_hand():
    layer = tf_keras.layers.Conv2D(1, 1, kernel_initializer="ones", bias_initializer="ones")
    layer.build((None, 2, 2, 1))
    frames = tf.constant([[[[0], [51]], [[102], [255]]]], tf.uint8)
    np.testing.assert_allclose(scaled_convolution(layer, frames, 1 / 255).numpy().ravel(), [1, 1.2, 1.4, 2], rtol=1e-6)


def test_layers_without_frames_are_just_called():
    found = [tf_keras.layers.Dense(4, activation="relu"), tf_keras.layers.Dense(2)]
    batch = tf.constant(np.random.default_rng(2).normal(size=(32, 3)).astype(np.float32))
    np.testing.assert_array_equal(run_layers(found, batch, parts=2), one_by_one(found, batch))


@pytest.mark.parametrize(
    ("samples", "parts", "expected"), [(32, 2, [16] * 2), (32, 4, [8] * 4), (30, 4, [30]), (8, 2, [8]), (32, 1, [32])]
)
def test_parts_are_equal_and_never_too_small(samples, parts, expected):
    seen = []
    batch = tf.range(samples)
    found = in_parts(lambda part: seen.append(int(part.shape[0])) or 2 * part, batch, parts)
    assert seen == expected
    np.testing.assert_array_equal(found, 2 * np.arange(samples))


def test_a_batch_of_unknown_size_stays_whole():
    calls = []
    double = tf.function(
        lambda batch: in_parts(lambda part: calls.append(1) or 2 * part, batch, 2), input_signature=[tf.TensorSpec([None])]
    )
    assert double(tf.ones(32)).shape == (32,)
    assert len(calls) == 1
