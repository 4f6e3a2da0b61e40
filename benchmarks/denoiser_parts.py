"""What the parts of a denoiser cost on a processor: processor time forward and backward, beside a 3 x 3 convolution.

uv run benchmarks/denoiser_parts.py [--repeats 30] [--float32]

Maps are [64, 14, 14, 64]. What reading the maps and summing them up costs is taken off.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from lab_tensorflow.runtime import start

BATCH, SIDE, CHANNELS, GROUPS = 64, 14, 64, 8


def parts(tf: Any, dtype: Any) -> dict[str, Callable[[Any], Any]]:
    """Name -> operation on maps [batch, side, side, channels]."""
    kernel = tf.cast(tf.random.stateless_normal((3, 3, CHANNELS, CHANNELS), [0, 1], stddev=0.05), dtype)
    ones = tf.ones((CHANNELS,))
    told = tf.ones((BATCH, 1, 1, CHANNELS), dtype)

    def batch_norm(x: Any) -> Any:
        return tf.compat.v1.nn.fused_batch_norm(x, ones, ones, epsilon=1e-5)[0]

    def root_mean_square(x: Any) -> Any:
        return x * (tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=(1, 2, 3), keepdims=True) + 1e-5) * told)

    def group_norm(x: Any) -> Any:
        grouped = tf.reshape(x, (BATCH, SIDE * SIDE, GROUPS, CHANNELS // GROUPS))
        mean, variance = tf.nn.moments(grouped, (1, 3), keepdims=True)
        return tf.reshape((grouped - mean) * tf.math.rsqrt(variance + 1e-5), x.shape) * told

    return {
        "nothing": lambda x: x,
        "3 x 3 convolution": lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"),
        "ReLU": tf.nn.relu,
        "SiLU": tf.nn.silu,
        "scale and shift": lambda x: x * told + told,
        "BatchNorm, fused": batch_norm,
        "root mean square": root_mean_square,
        "GroupNorm": group_norm,
    }


def cost(tf: Any, operation: Callable[[Any], Any], maps: Any, repeats: int) -> float:
    """Processor milliseconds of the operation and its gradient."""

    @tf.function
    def both(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(operation(x) * x[..., :1])
        return tape.gradient(total, x)

    for _ in range(3):
        both(maps)
    began = time.process_time()
    for _ in range(repeats):
        found = both(maps)
    found.numpy()
    return 1e3 * (time.process_time() - began) / repeats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--float32", action="store_true", help="instead of bfloat16")
    asked = parser.parse_args()
    tf = start(threads=2)
    dtype = tf.float32 if asked.float32 else tf.bfloat16
    maps = tf.cast(tf.random.stateless_normal((BATCH, SIDE, SIDE, CHANNELS), [0, 2]), dtype)
    found = {name: cost(tf, operation, maps, asked.repeats) for name, operation in parts(tf, dtype).items()}
    for name, spent in found.items():
        print(f"{name:20s} {spent - found['nothing']:6.2f} ms")


if __name__ == "__main__":
    main()
