"""Layer normalisation with its ReLU as one layer (Ba et al. 2016), over the last axis: the channels of a convolution.

    h = (x - mean(x)) / sqrt(var(x) + 1e-6);   y = max(0, scale * h + shift)

TensorFlow alone walks through memory a dozen times for this, which on a processor costs more than the first convolution.
Forward and backward are one fused XLA loop each here (measured: 4 and 6 times faster), with the gradient written down.
"""

from typing import Any

import tensorflow as tf
import tf_keras

EPSILON = 1e-6


def normalise(x: Any, scale: Any, shift: Any) -> tuple[Any, Any, Any]:
    """``y`` in x's type, and float32 mean and reciprocal deviation [..., 1] of x [..., channels]."""
    wide = tf.cast(x, tf.float32)
    mean = tf.reduce_mean(wide, -1, keepdims=True)
    centred = wide - mean
    rate = tf.math.rsqrt(tf.reduce_mean(tf.square(centred), -1, keepdims=True) + EPSILON)
    return tf.cast(tf.nn.relu(centred * rate * scale + shift), x.dtype), mean, rate


def gradients(x: Any, y: Any, mean: Any, rate: Any, scale: Any, dy: Any) -> tuple[Any, Any, Any]:
    """Gradients for x, and those for scale and shift before they are summed over all but the channels."""
    inside = tf.where(y > 0, tf.cast(dy, tf.float32), 0.0)
    h = (tf.cast(x, tf.float32) - mean) * rate
    dh = inside * scale
    dx = rate * (dh - tf.reduce_mean(dh, -1, keepdims=True) - h * tf.reduce_mean(dh * h, -1, keepdims=True))
    return tf.cast(dx, x.dtype), tf.cast(inside * h, x.dtype), tf.cast(inside, x.dtype)


_fused_normalise = tf.function(normalise, jit_compile=True, reduce_retracing=False)
_fused_gradients = tf.function(gradients, jit_compile=True, reduce_retracing=False)


@tf.custom_gradient
def fused_norm_relu(x: Any, scale: Any, shift: Any) -> Any:
    """The same as the first of :func:`normalise`, fused, with a gradient of its own."""
    y, mean, rate = _fused_normalise(x, scale, shift)

    def backward(dy: Any) -> tuple[Any, Any, Any]:
        dx, dscale, dshift = _fused_gradients(x, y, mean, rate, scale, dy)
        axes = list(range(len(x.shape) - 1))
        return dx, *(tf.cast(tf.reduce_sum(part, axes), tf.float32) for part in (dscale, dshift))

    return y, backward


@tf_keras.utils.register_keras_serializable("lab_dqn")
class NormRelu(tf_keras.layers.Layer):
    """Layer normalisation over the last axis, then ReLU. ``fused`` is for training: each batch size is compiled once."""

    def __init__(self, *, fused: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.fused = fused

    def build(self, input_shape: Any) -> None:
        channels = (int(input_shape[-1]),)
        # float32 in either precision: 1/128 is too coarse for a scale
        self.scale = self.add_weight("scale", channels, tf.float32, "ones", experimental_autocast=False)
        self.shift = self.add_weight("shift", channels, tf.float32, "zeros", experimental_autocast=False)
        super().build(input_shape)

    def call(self, x: Any) -> Any:
        if self.fused:
            return fused_norm_relu(x, tf.convert_to_tensor(self.scale), tf.convert_to_tensor(self.shift))
        return normalise(x, self.scale, self.shift)[0]
