"""What one core can do: processor time of an operation alone, and the rate of the best matrix product."""

import time
from collections.abc import Callable
from typing import Any


def seconds(tf: Any, function: Callable[..., Any], *arguments: Any, times: int = 10, rounds: int = 7) -> float:
    """The least processor time of one call over some rounds, without the way into TensorFlow."""

    @tf.function
    def repeated(*given: Any) -> Any:
        done = tf.constant(0.0)
        for _ in tf.range(times):
            with tf.control_dependencies([done]):
                found = function(*(tf.identity(one) for one in given))
            done += tf.cast(tf.reshape(found, [-1])[0], tf.float32)
        return done

    repeated(*arguments)
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        repeated(*arguments).numpy()
        found.append((time.process_time() - begin) / times)
    return min(found)


def peak(tf: Any, precision: str) -> float:
    """Floating-point operations a second of the best matrix product on one core."""
    size = 1024
    matrix = tf.cast(tf.random.normal((size, size)), precision)
    return 2.0 * size**3 / seconds(tf, tf.matmul, matrix, matrix, times=2, rounds=40)
