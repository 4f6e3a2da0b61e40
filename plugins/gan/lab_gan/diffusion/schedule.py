"""How an image turns into noise: x_t = alpha_t x + sigma_t epsilon, alpha^2 + sigma^2 = 1, time t from 0 (image) to 1 (noise).

Everything here is a pure function of tensors; t, alpha and sigma have one value an image and broadcast over its pixels.
"""

from math import pi
from typing import Any

import tensorflow as tf

OFFSET = 0.008  # Nichol and Dhariwal 2021, section 3.2: the first steps are not too small
FLOOR = 1e-5  # of alpha_bar, so that the image follows from x_1 and epsilon too


def alpha_bar(kind: str, time: Any) -> Any:
    """The share alpha_t^2 of the image in the variance at ``time``.

    cosine   f(t) / f(0), f(t) = cos^2(pi/2 (t + s) / (1 + s)) (Nichol and Dhariwal 2021, equation 17)
    linear   exp(-integral of beta), beta from .1 to 20 (Ho et al. 2020 in continuous time: Song et al. 2021, appendix C)
    """
    if kind == "cosine":
        found = tf.square(_falling(time) / _falling(0.0))
    else:
        assert kind == "linear", kind
        found = tf.exp(-0.5 * tf.square(time) * (20.0 - 0.1) - 0.1 * time)
    return tf.clip_by_value(found, FLOOR, 1.0)


def alpha_sigma(kind: str, time: Any) -> tuple[Any, Any]:
    """The factors of an image and of its noise at ``time``."""
    share = alpha_bar(kind, time)
    return tf.sqrt(share), tf.sqrt(1 - share)


def noised(image: Any, epsilon: Any, alpha: Any, sigma: Any) -> Any:
    """x_t (Ho et al. 2020, equation 4)."""
    return alpha * image + sigma * epsilon


def target(predict: str, image: Any, epsilon: Any, alpha: Any, sigma: Any) -> Any:
    """The network's target: epsilon, or v = alpha epsilon - sigma x (Salimans and Ho 2022, section 4)."""
    return epsilon if predict == "epsilon" else alpha * epsilon - sigma * image


def denoised(predict: str, prediction: Any, noisy: Any, alpha: Any, sigma: Any) -> Any:
    """The image that follows from the network's ``prediction`` for ``noisy``."""
    return (noisy - sigma * prediction) / alpha if predict == "epsilon" else alpha * noisy - sigma * prediction


def step(noisy: Any, image: Any, now: tuple[Any, Any], then: tuple[Any, Any]) -> Any:
    """From x_t to x_s with the same image and noise: DDIM (Song et al. 2021, equation 12 with sigma = 0)."""
    epsilon = (noisy - now[0] * image) / now[1]
    return then[0] * image + then[1] * epsilon


def _falling(time: Any) -> Any:
    return tf.cos(0.5 * pi * (tf.convert_to_tensor(time, tf.float32) + OFFSET) / (1 + OFFSET))
