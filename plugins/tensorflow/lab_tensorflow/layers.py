"""Layers that Keras lacks, or has in a slower form."""

from typing import Any

import keras
import tensorflow as tf


class BatchNorm(keras.layers.Layer):
    """Batch normalisation (Ioffe and Szegedy 2015) over all but the last axis, as TensorFlow's one fused kernel.

    Keras' own layer is made of a dozen operations, each of which goes through the memory once; statistics are float32 here. With
    ``trainable`` off it normalises by its statistics in training, too, and keeps them, as Keras' layer does.
    """

    def __init__(self, *, momentum: float = 0.9, epsilon: float = 1e-5, **options: Any) -> None:
        super().__init__(**options)
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, input_shape: Any) -> None:
        def weight(name: str, initializer: str, trainable: bool) -> Any:
            return self.add_weight(
                name=name, shape=(input_shape[-1],), initializer=initializer, trainable=trainable, dtype="float32", autocast=False
            )

        self.scale, self.offset = weight("scale", "ones", True), weight("offset", "zeros", True)
        self.mean, self.variance = weight("mean", "zeros", False), weight("variance", "ones", False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        spread = inputs if len(inputs.shape) == 4 else inputs[:, None, None, :]
        scale, offset = self.scale.value, self.offset.value
        if training and self.trainable:
            found, mean, variance = tf.compat.v1.nn.fused_batch_norm(spread, scale, offset, epsilon=self.epsilon)
            keep = self.momentum
            self.mean.assign(keep * self.mean.value + (1 - keep) * mean)
            self.variance.assign(keep * self.variance.value + (1 - keep) * variance)
        else:
            found, _, _ = tf.compat.v1.nn.fused_batch_norm(
                spread, scale, offset, self.mean.value, self.variance.value, epsilon=self.epsilon, is_training=False
            )
        return tf.reshape(found, tf.shape(inputs))


class Spectral(keras.layers.Layer):
    """A convolution (``kernel`` > 0) or dense layer whose kernel is divided by its largest singular value.

    Miyato et al. 2018, algorithm 1: one power iteration a training call. The kernel itself stays as the optimiser left it, and
    the division is differentiated through; ``keras.layers.SpectralNormalization`` overwrites the kernel instead.
    """

    def __init__(self, units: int, *, kernel: int = 0, strides: int = 1, initializer: Any, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.kernel_size, self.strides, self.initializer = units, kernel, strides, initializer

    def build(self, input_shape: Any) -> None:
        size = (self.kernel_size, self.kernel_size) if self.kernel_size else ()
        shape = (*size, input_shape[-1], self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.initializer, dtype="float32", autocast=False)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        start = keras.initializers.RandomNormal(seed=1)
        self.vector = self.add_weight(
            name="vector", shape=(1, self.units), initializer=start, trainable=False, dtype="float32", autocast=False
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        kernel = tf.convert_to_tensor(self.kernel.value)
        matrix = tf.reshape(kernel, (-1, self.units))
        right = tf.convert_to_tensor(self.vector.value)
        left = tf.stop_gradient(tf.math.l2_normalize(tf.matmul(right, matrix, transpose_b=True)))
        if training:
            right = tf.stop_gradient(tf.math.l2_normalize(tf.matmul(left, matrix)))
            self.vector.assign(right)
        sigma = tf.reduce_sum(tf.matmul(left, matrix) * tf.math.l2_normalize(right))
        divided = tf.cast(kernel / sigma, inputs.dtype)
        found = tf.nn.conv2d(inputs, divided, self.strides, "SAME") if self.kernel_size else tf.matmul(inputs, divided)
        return tf.nn.bias_add(found, tf.cast(self.bias, inputs.dtype))

    def compute_output_shape(self, input_shape: Any) -> Any:
        if not self.kernel_size:
            return (input_shape[0], self.units)
        return (input_shape[0], *(-(-side // self.strides) for side in input_shape[1:3]), self.units)


class InstanceNorm(keras.layers.Layer):
    """Instance normalisation (Ulyanov et al. 2017): each channel of each image [batch, h, w, c] to mean 0 and variance 1.

    With ``scaled`` a learned scale and offset for each channel follow. Statistics are float32.
    """

    def __init__(self, *, epsilon: float = 1e-5, scaled: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.epsilon, self.scaled = epsilon, scaled

    def build(self, input_shape: Any) -> None:
        if self.scaled:
            shape = (input_shape[-1],)
            self.scale = self.add_weight(name="scale", shape=shape, initializer="ones", dtype="float32", autocast=False)
            self.offset = self.add_weight(name="offset", shape=shape, initializer="zeros", dtype="float32", autocast=False)

    def call(self, inputs: Any) -> Any:
        wide = tf.cast(inputs, tf.float32)
        mean, variance = tf.nn.moments(wide, axes=(1, 2), keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon)
        offset: Any = -mean * scale
        if self.scaled:
            scale, offset = scale * self.scale.value, offset * self.scale.value + self.offset.value
        return tf.cast(wide * scale + offset, inputs.dtype)
