"""Our layers against Keras' own, NumPy's singular values and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from lab_tensorflow.layers import BatchNorm, InstanceNorm, Spectral


@pytest.mark.parametrize("shape", [(6, 5, 5, 3), (16, 4)])
def test_batch_norm_is_keras_one_in_outputs_gradients_and_statistics(shape):
    """But for the moving variance, which takes the unbiased estimate, n / (n - 1) of the biased one (as PyTorch does)."""
    rng = np.random.default_rng(0)
    ours, theirs = BatchNorm(), keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    x = tf.constant(rng.normal(2, 3, shape), tf.float32)
    weights = tf.constant(rng.normal(size=shape), tf.float32)
    for layer in (ours, theirs):
        layer.build(shape)
        layer.trainable_variables[0].assign(rng.permutation(np.linspace(0.5, 2, shape[-1])))
        layer.trainable_variables[1].assign(np.linspace(-1, 1, shape[-1]))
    ours.scale.assign(theirs.gamma)
    found = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(weights * y)
        found.append([y, *tape.gradient(loss, [x, *[one.value for one in layer.trainable_variables]])])
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=2e-4)
    count = np.prod(shape[:-1])
    np.testing.assert_allclose(ours.mean, theirs.moving_mean, rtol=1e-4)
    unbiased = 0.9 + (theirs.moving_variance.numpy() - 0.9) * count / (count - 1)
    np.testing.assert_allclose(ours.variance, unbiased, rtol=1e-4)
    ours.variance.assign(theirs.moving_variance)
    np.testing.assert_allclose(ours(x, training=False), theirs(x, training=False), rtol=1e-4, atol=1e-4)


def test_batch_norm_statistics_are_float32_under_bfloat16():
    layer = BatchNorm(dtype="mixed_bfloat16")
    x = tf.constant(np.random.default_rng(0).normal(100, 1, (64, 7, 7, 2)), tf.bfloat16)
    y = layer(x, training=True)
    assert y.dtype == tf.bfloat16
    assert {str(weight.dtype) for weight in layer.weights} == {"float32"}
    np.testing.assert_allclose(layer.mean, 0.1 * np.mean(tf.cast(x, tf.float32), axis=(0, 1, 2)), rtol=1e-5)


def spectral(kernel, units=6, seed=0):
    layer = Spectral(units, kernel=kernel, strides=2 if kernel else 1, initializer=keras.initializers.GlorotUniform(seed=seed))
    x = tf.constant(np.random.default_rng(seed).normal(size=(3, 8, 8, 2) if kernel else (3, 5)), tf.float32)
    layer.build(x.shape)
    return layer, x


def matrix_of(layer):
    return layer.kernel.numpy().reshape(-1, layer.units).astype(np.float64)


@pytest.mark.parametrize("kernel", [0, 4])
def test_spectral_divides_by_the_largest_singular_value_and_leaves_the_kernel(kernel):
    layer, x = spectral(kernel)
    before = layer.kernel.numpy()
    for _ in range(100):
        layer(x, training=True)
    np.testing.assert_array_equal(layer.kernel, before)
    divided = before / np.linalg.svd(matrix_of(layer), compute_uv=False)[0]
    assert np.linalg.svd(divided.reshape(-1, 6), compute_uv=False)[0] == pytest.approx(1, rel=1e-6)
    expected = tf.nn.conv2d(x, divided, 2, "SAME") if kernel else x @ divided
    np.testing.assert_allclose(layer(x, training=False), expected, rtol=1e-3, atol=1e-5)


def test_spectral_takes_one_power_iteration_a_training_call_and_none_otherwise():
    layer, x = spectral(0)
    matrix, start = matrix_of(layer), layer.vector.numpy()[0].astype(np.float64)
    layer(x, training=False)
    np.testing.assert_array_equal(layer.vector.numpy()[0], start.astype(np.float32))
    layer(x, training=True)
    left = matrix @ start
    right = matrix.T @ left / np.linalg.norm(left)
    np.testing.assert_allclose(layer.vector.numpy()[0], right / np.linalg.norm(right), rtol=1e-4)


@pytest.mark.parametrize("kernel", [0, 4])
def test_spectral_is_differentiated_through_the_division(kernel):
    """Against central differences; a kernel's gradient along the kernel itself is zero, for a longer one changes nothing."""
    layer, x = spectral(kernel)
    for _ in range(200):
        layer(x, training=True)
    weights = tf.constant(np.random.default_rng(1).normal(size=layer(x).shape), tf.float32)

    def loss():
        return tf.reduce_sum(weights * layer(x, training=False))

    with tf.GradientTape() as tape:
        value = loss()
    gradient = np.array(tape.gradient(value, layer.kernel.value))
    base = layer.kernel.numpy()
    scale = float(np.abs(gradient).max())
    assert abs(np.sum(gradient * base)) < 1e-3 * scale * np.abs(base).sum()
    rng = np.random.default_rng(2)
    for _ in range(4):
        direction = rng.normal(size=base.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        ends = []
        for step in (-1e-2, 1e-2):
            layer.kernel.assign(base + step * direction)
            for _ in range(300):
                layer(x, training=True)
            ends.append(float(loss()))
        layer.kernel.assign(base)
        assert (ends[1] - ends[0]) / 2e-2 == pytest.approx(float(np.sum(gradient * direction)), rel=0.02, abs=0.02 * scale)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_instance_norm_is_keras_group_norm_with_a_group_a_channel(dtype):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(2, 3, (2, 5, 4, 3)), tf.float32)
    ours, theirs = InstanceNorm(dtype=dtype), keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
    scale, offset = np.array([0.5, 1, 2], np.float32), np.array([-1, 0, 1], np.float32)
    for layer in (ours, theirs):
        layer.build(x.shape)
        layer.trainable_variables[0].assign(scale)
        layer.trainable_variables[1].assign(offset)
    found = ours(tf.cast(x, ours.compute_dtype))
    assert found.dtype == ours.compute_dtype
    np.testing.assert_allclose(tf.cast(found, tf.float32), theirs(x), atol=1e-5 if dtype == "float32" else 0.05)
    plain = InstanceNorm(scaled=False)
    assert np.asarray(plain(x)).mean(axis=(1, 2)) == pytest.approx(np.zeros((2, 3)), abs=1e-5)
    assert np.asarray(plain(x)).std(axis=(1, 2)) == pytest.approx(np.ones((2, 3)), abs=1e-4)
    assert not plain.weights
