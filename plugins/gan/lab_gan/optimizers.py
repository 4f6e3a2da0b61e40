"""The optimisers of networks that learn against each other, and their learning rates."""

from collections.abc import Sequence
from typing import Any

import keras
from lab_tensorflow.schedules import learning_rate


def make_optimizer(config: Any, rate: float, weights: Sequence[Any]) -> keras.optimizers.Optimizer:
    """The Keras optimiser that ``config.optimizer`` names, built for ``weights``.

    Weight decay spares weights with one axis (biases, scales), as ``lab_tensorflow.optimizers.Adam`` does.
    """
    options: dict[str, Any] = {
        "weight_decay": config.weight_decay or None,
        "global_clipnorm": config.gradient_clip or None,
    }
    if config.optimizer == "rmsprop":
        optimizer: Any = keras.optimizers.RMSprop(rate, **options)
    else:
        optimizer = keras.optimizers.Adam(rate, config.beta1, config.beta2, **options)
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(var_list=[weight for weight in weights if len(weight.shape) < 2])
    optimizer.build(weights)
    return optimizer


def set_learning_rates(config: Any, step: Any, rates: Sequence[tuple[Any, float]]) -> None:
    """Give each (optimiser, full learning rate) its learning rate of update number ``step``. Runs in the graph."""
    if not config.warmup and (config.schedule == "constant" or config.final_learning_rate == 1):
        return
    for optimizer, rate in rates:
        optimizer.learning_rate.assign(learning_rate(step, config, rate))
