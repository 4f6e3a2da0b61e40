"""From a training's network to the model that it leaves: the policy alone, with the normalisation it was trained under."""

from typing import Any

import numpy as np
from lab_tensorflow.own_network import is_own

from lab_policy_gradient.policy_model import Architecture, PolicyModel, bounds
from lab_policy_gradient.ppo.config import ActorCriticConfig
from lab_policy_gradient.ppo.normalise import EPSILON, Moments
from lab_policy_gradient.ppo.vectors import Episodes, Vector
from lab_policy_gradient.ppo.weights import Weights, depth


def policy_model(config: ActorCriticConfig, vector: Vector, weights: Weights, moments: Moments | None) -> PolicyModel:
    """A detached model with these weights."""
    names = [f"{part}/{number}" for part in ("trunk", "policy") for number in range(depth(weights, part))]
    arrays: dict[str, Any] = {}
    for number, name in enumerate(names):
        arrays |= {f"kernel_{number}": weights[f"{name}/kernel"], f"bias_{number}": weights[f"{name}/bias"]}
    if "log_std" in weights:
        arrays["log_std"] = weights["log_std"]
    settings: dict[str, Any] = {"head": "gaussian" if "log_std" in weights else "categorical"}
    own = is_own(config.network)
    if isinstance(vector, Episodes):
        spaces = vector.spaces
        layers = () if own else config.mlp_layers
        settings |= {"layers": layers, "activation": "tanh", "observation": dict(spaces.observation)}
        settings |= {"outputs": spaces.actions or len(spaces.low), "action_shape": spaces.action_shape}
        settings |= bounds(spaces.low, spaces.high)
        if moments is not None:
            arrays |= {"mean": moments.mean, "std": np.sqrt(moments.variance + EPSILON)}
            settings["clip"] = config.normalise_clip
    else:
        observation = {
            "kind": "frames",
            "size": config.observation_size,
            "stack": config.history,
            "grey": True,
            "layout": "last",
            "frame_skip": config.frame_skip,
            "actions": vector.actions,
        }
        settings |= {"torso": "nature", "outputs": vector.actions, "observation": observation}
    if own:
        part = "trunk" if vector.observation_dtype == np.uint8 else "policy"
        arrays |= {name.removeprefix(f"{part}/"): weights[name] for name in weights if name.startswith(f"{part}/own_")}
        settings |= {"torso": "own", "network": config.network, "inputs": vector.observation_shape}
    return PolicyModel(Architecture(**settings), arrays)
