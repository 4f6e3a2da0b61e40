"""Learning-rate schedules, under one convention: a share of the learning rate, as a function of the update's number.

constant   1
linear     from 1 at ``decay_start`` of the training to ``final_learning_rate`` at its end, along a line
cosine     the same, along half a cosine (Loshchilov and Hutter 2017, equation 5, without restarts)

All of it is multiplied by min(1, (t + 1) / ``warmup``). Beyond ``steps`` the last share stays.
"""

from math import pi
from typing import Any

import tensorflow as tf

from lab_tensorflow.minibatch_config import MinibatchConfig


def learning_rate(step: Any, config: MinibatchConfig, rate: float | None = None) -> Any:
    """The learning rate of update number ``step`` (int scalar), float32 scalar; ``rate`` instead of ``config.learning_rate``."""
    return (config.learning_rate if rate is None else rate) * share(step, config)


def share(step: Any, config: MinibatchConfig) -> Any:
    """The share of the full learning rate that update number ``step`` takes, float32 scalar."""
    done = tf.cast(step, tf.float32)
    rising = tf.minimum(1.0, (done + 1) / config.warmup) if config.warmup else tf.constant(1.0)
    final, start = config.final_learning_rate, config.decay_start
    progress = tf.clip_by_value((done / float(config.steps) - start) / (1 - start), 0.0, 1.0)
    if config.schedule == "linear":
        return rising * (1 + progress * (final - 1))
    if config.schedule == "cosine":
        return rising * (final + (1 - final) * (0.5 * (1 + tf.cos(pi * progress))))
    assert config.schedule == "constant", config.schedule
    return rising
