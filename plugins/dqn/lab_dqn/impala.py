"""The residual network of IMPALA (Espeholt et al. 2018, figure 3 right, without its LSTM) as Keras layers.

Three sections of a 3x3 convolution, a 3x3 max pooling of stride 2 and two residual blocks (ReLU, convolution, ReLU,
convolution, plus the input) with 16, 32 and 32 channels times ``width``; then ReLU, and a dense layer of 256. The biases start
at zero: a block that does nothing yet passes its input on.
"""

from typing import Any

import tf_keras

CHANNELS = (16, 32, 32)
BLOCKS = 2


@tf_keras.utils.register_keras_serializable("lab_dqn")
class ResidualSection(tf_keras.layers.Layer):
    """[batch, h, w, c] to [batch, ceil(h/2), ceil(w/2), channels]; initialisers come from ``seeds``."""

    def __init__(self, channels: int, seeds: Any, **options: Any) -> None:
        super().__init__(**options)
        self.channels = channels

        def convolution(activation: str | None = None) -> Any:
            initializer = tf_keras.initializers.GlorotUniform(seed=next(seeds))
            return tf_keras.layers.Conv2D(
                channels, 3, padding="same", activation=activation, kernel_initializer=initializer, dtype=self.dtype_policy
            )

        self.entry = convolution()
        self.pool = tf_keras.layers.MaxPool2D(3, 2, padding="same", dtype=self.dtype_policy)
        self.relu = tf_keras.layers.ReLU(dtype=self.dtype_policy)
        self.blocks = [(convolution("relu"), convolution()) for _ in range(BLOCKS)]

    def build(self, input_shape: Any) -> None:
        self.entry.build(input_shape)
        for block in self.blocks:
            for layer in block:
                layer.build((*input_shape[:-1], self.channels))
        super().build(input_shape)

    def call(self, x: Any) -> Any:
        x = self.pool(self.entry(x))
        for first, second in self.blocks:
            x = x + second(first(self.relu(x)))
        return x


def impala_layers(width: int, seeds: Any, policy: Any) -> list[Any]:
    """The convolutional part, up to the ReLU before the dense layer."""
    sections = [ResidualSection(width * channels, seeds, dtype=policy) for channels in CHANNELS]
    return [*sections, tf_keras.layers.ReLU(dtype=policy)]
