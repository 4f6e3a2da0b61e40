"""REINFORCE on CartPole, and alone on any environment with numbered actions."""

from typing import Any

from lab_core.task import Task

DEFAULT: dict[str, Any] = {
    "steps": 12_000,
    "environments": 16,
    "layers": (64,),
    "learning_rate": 1e-2,
    "reward_scale": 0.05,
    "selection_every": 320,
    "selection_count": 20,
    "stop_at_score": 500.0,
}

SMOKE: dict[str, Any] = {
    "steps": 64,
    "environments": 8,
    "layers": (8,),
    "value_layers": (8,),
}

# Nothing is known of the environment: no threshold to stop at, rewards as they are.
ALONE: dict[str, Any] = {
    "steps": 10_000,
    "environments": 16,
    "layers": (64, 64),
    "value_layers": (64, 64),
    "selection_every": 1_600,
    "selection_count": 10,
}

# The source's chapter on policy gradients: a 4-10-1 network without biases, Adam 0.01, five episodes an update, CartPole-v0.
BOOK: dict[str, Any] = {
    "env": "CartPole-v0",
    "steps": 10_000,
    "environments": 5,
    "layers": (10,),
    "activation": "relu",
    "bias": False,
    "head": "bernoulli",
    "baseline": False,
    "entropy_weight": 0.0,
    "normalise": "episode",
    "whole_advantages": True,
    "average": "episodes",
    "learning_rate": 1e-2,
    "stop_at_batch": 200.0,
    "score_window": 5,
    "display_above": 180.0,
}

_COMMON: dict[str, Any] = {
    "family": "agents",
    "method": "reinforce",
    "trainer": "lab_policy_gradient.reinforce.trainer:ReinforceTrainer",
    "model": "lab_policy_gradient.policy_model:PolicyModel",
    "config": "lab_policy_gradient.reinforce.config:ReinforceConfig",
    "step_unit": "episodes",
    "benchmark": "env/{env}",
    "deterministic": True,
    "environment": {"TF_USE_LEGACY_KERAS": "1"},
    "source": "Williams 1992, Simple statistical gradient-following algorithms, Machine Learning 8",
}


def tasks() -> list[Task]:
    return [
        Task(
            id="reinforce-cartpole",
            title="REINFORCE balances a pole (CartPole-v1)",
            presets={"smoke": SMOKE, "default": DEFAULT, "book": BOOK},
            tags=("classic-control", "policy-gradient", "small"),
            **_COMMON,
        ),
        Task(
            id="reinforce",
            title="REINFORCE on any environment with numbered actions",
            presets={"smoke": SMOKE, "default": ALONE},
            parameter="env",
            tags=("policy-gradient",),
            **_COMMON,
        ),
    ]
