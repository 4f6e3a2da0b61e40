"""The learning rate of agents, which falls along a line over ``steps``. Imports no learning library.

``final_learning_rate`` is a share of ``learning_rate``, as in :mod:`lab_tensorflow.minibatch_config`; 1 keeps it constant.
"""

from collections.abc import Mapping
from typing import Any

from lab_core.config import Config, to_dict


def learning_rate_at(config: Any, agent_step: int) -> float:
    """The learning rate of ``config`` at an agent step; the last one beyond ``config.steps``."""
    last = config.final_learning_rate * config.learning_rate
    return config.learning_rate + min(1.0, agent_step / config.steps) * (last - config.learning_rate)


def upgraded_rate(config_type: type[Config], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` of an earlier version, which stored the last learning rate itself (None: constant), with the share instead."""
    found = dict(values)
    if "learning_rate_end" in found:
        last = found.pop("learning_rate_end")
        first = found.get("learning_rate", to_dict(config_type())["learning_rate"])
        found["final_learning_rate"] = 1.0 if last is None else round(last / first, 12)
    return found
