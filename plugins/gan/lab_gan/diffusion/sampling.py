"""Deterministic sampling: from noise to images."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from lab_gan.diffusion.schedule import alpha_sigma, step


def sample(denoise: Callable[[Any, Any], Any], noise: Any, steps: Any, *, kind: str, order: int) -> Any:
    """Images from ``noise`` in ``steps`` (an int32 scalar) equal steps of time.

    ``denoise(noisy, time)`` is the predicted image behind ``noisy`` at a scalar time. ``order`` 1 is DDIM. 2 also uses the
    change of that prediction since the last step, DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): the prediction is extrapolated
    along the logarithm of alpha / sigma by half the next step.
    """
    total = tf.cast(steps, tf.float32)
    noisy, before, past = noise, tf.zeros_like(noise), tf.constant(0.0)
    for number in tf.range(steps):
        time = 1 - tf.cast(number, tf.float32) / total
        now, then = alpha_sigma(kind, time), alpha_sigma(kind, time - 1 / total)
        image = prediction = denoise(noisy, time)
        ratio = _log_ratio(then) - _log_ratio(now)
        if order == 2 and number > 0 and number < steps - 1:  # the last step is to infinity
            prediction = image + ratio / (2 * past) * (image - before)
        noisy, before, past = step(noisy, prediction, now, then), image, ratio
    return noisy


def _log_ratio(scales: tuple[Any, Any]) -> Any:
    return tf.math.log(scales[0] / tf.maximum(scales[1], 1e-6))
