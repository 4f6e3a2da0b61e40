"""The tasks: PPO and A2C on CartPole, LunarLander, Pendulum, any other Gymnasium environment, and Atari."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

# PPO on small environments: what the field's zoos agree on, with schedules to zero.
PPO_VECTORS: dict[str, Any] = {"environments": 8, "entropy_weight": 0.0, "selection_count": 20}

PPO_CARTPOLE: dict[str, Any] = {
    **PPO_VECTORS,
    "steps": 98_304,
    "rollout_steps": 32,
    "gamma": 0.98,
    "gae_lambda": 0.8,
    "epochs": 10,
    "minibatches": 1,
    "learning_rate": 1e-3,
    "clip_end": 0.01,
    "value_clip": False,
    "rollouts_per_slice": 16,
    "selection_every": 8_192,
    "stop_at_score": 500.0,
}

PPO_SMOKE: dict[str, Any] = {
    "steps": 1_024,
    "environments": 4,
    "rollout_steps": 32,
    "epochs": 2,
    "minibatches": 2,
    "mlp_layers": (16,),
    "rollouts_per_slice": 2,
    "selection_every": 0,
}

PPO_LUNARLANDER: dict[str, Any] = {
    "steps": 1_000_448,
    "environments": 16,
    "rollout_steps": 1_024,
    "gamma": 0.999,
    "gae_lambda": 0.98,
    "epochs": 4,
    "minibatches": 256,
    "learning_rate": 3e-4,
    "final_learning_rate": 1.0,
    "entropy_weight": 0.01,
    "value_clip": False,
    "selection_every": 65_536,
    "selection_count": 20,
}

PPO_PENDULUM: dict[str, Any] = {
    "steps": 100_352,
    "environments": 4,
    "rollout_steps": 1_024,
    "gamma": 0.9,
    "gae_lambda": 0.95,
    "epochs": 10,
    "minibatches": 64,
    "learning_rate": 1e-3,
    "entropy_weight": 0.0,
    "value_clip": False,
    "selection_every": 8_192,
    "selection_count": 20,
}

PPO_ANY: dict[str, Any] = {
    "steps": 1_000_448,
    "environments": 8,
    "rollout_steps": 256,
    "epochs": 10,
    "minibatches": 32,
    "learning_rate": 3e-4,
    "entropy_weight": 0.0,
    "value_clip": False,
    "normalise_observations": True,
    "normalise_rewards": True,
    "selection_every": 102_400,
    "selection_count": 10,
}

# Made for two processor cores: many games side by side, few passes.
PPO_ATARI: dict[str, Any] = {
    "steps": 1_536_000,
    "environments": 32,
    "rollout_steps": 64,
    "epochs": 3,
    "minibatches": 8,
    "learning_rate": 5e-4,
    "clip": 0.1,
    "reward_clip": 1.0,
    "selection_every": 307_200,
    "selection_count": 10,
}

# A first sight of a game; the schedules end with the shorter run.
PPO_ATARI_QUICK: dict[str, Any] = {**PPO_ATARI, "steps": 501_760, "selection_every": 102_400}

# Schulman et al. 2017, table 5, in the units of OpenAI baselines (8 actors of 128 steps, 4 minibatches of 256).
PPO_ATARI_PAPER: dict[str, Any] = {
    "steps": 10_000_384,
    "environments": 8,
    "rollout_steps": 128,
    "epochs": 4,
    "minibatches": 4,
    "learning_rate": 2.5e-4,
    "clip": 0.1,
    "clip_end": None,
    "reward_clip": 1.0,
    "selection_every": 1_000_448,
    "selection_count": 10,
}

PPO_ATARI_SMOKE: dict[str, Any] = {
    "steps": 256,
    "environments": 4,
    "rollout_steps": 16,
    "epochs": 2,
    "minibatches": 2,
    "reward_clip": 1.0,
    "selection_every": 0,
}

A2C_CARTPOLE: dict[str, Any] = {
    "steps": 300_000,
    "environments": 8,
    "learning_rate": 3e-3,
    "entropy_weight": 0.0,
    "selection_every": 20_000,
    "selection_count": 20,
    "stop_at_score": 500.0,
}

A2C_SMOKE: dict[str, Any] = {
    "steps": 800,
    "environments": 4,
    "mlp_layers": (16,),
    "rollouts_per_slice": 10,
    "selection_every": 0,
}

A2C_ANY: dict[str, Any] = {"steps": 500_000, "environments": 8, "selection_every": 50_000, "selection_count": 10}

# What Mnih et al. 2016 became when its actors were put in step (OpenAI baselines, RL Baselines3 Zoo).
A2C_ATARI_PAPER: dict[str, Any] = {
    "steps": 10_000_000,
    "environments": 16,
    "reward_clip": 1.0,
    "rollouts_per_slice": 10,
    "selection_every": 1_000_000,
    "selection_count": 10,
}

# With the published RMSProp half a million steps passed before anything was learnt (docs/a2c.md).
A2C_ATARI: dict[str, Any] = {
    **A2C_ATARI_PAPER,
    "steps": 2_000_000,
    "optimizer": "adam",
    "learning_rate": 5e-4,
    "selection_every": 200_000,
}

A2C_ATARI_QUICK: dict[str, Any] = {**A2C_ATARI, "steps": 500_000, "selection_every": 100_000}

A2C_ATARI_SMOKE: dict[str, Any] = {
    "steps": 240,
    "environments": 4,
    "reward_clip": 1.0,
    "rollouts_per_slice": 4,
    "selection_every": 0,
}

_COMMON: dict[str, Any] = {
    "family": "agents",
    "model": "lab_policy_gradient.policy_model:PolicyModel",
    "step_unit": "agent steps",
    "environment": {"TF_USE_LEGACY_KERAS": "1"},
}

_PRETRAINED = ("ppo-cartpole",)  # their models ship in pretrained/
_METHODS: dict[str, dict[str, Any]] = {
    "ppo": {
        "trainer": "lab_policy_gradient.ppo.trainer:PPOTrainer",
        "config": "lab_policy_gradient.ppo.config:PPOConfig",
        "source": "Schulman et al. 2017, Proximal policy optimization algorithms, arXiv 1707.06347",
    },
    "a2c": {
        "trainer": "lab_policy_gradient.ppo.trainer:A2CTrainer",
        "config": "lab_policy_gradient.ppo.config:A2CConfig",
        "source": "Mnih et al. 2016, Asynchronous methods for deep reinforcement learning, ICML",
    },
}

_ATARI_PRESETS = {"smoke": PPO_ATARI_SMOKE, "quick": PPO_ATARI_QUICK, "default": PPO_ATARI, "paper": PPO_ATARI_PAPER}


def tasks() -> list[Task]:
    """Every task of PPO and A2C."""
    return [
        _gymnasium("ppo", "ppo-cartpole", "PPO balances a pole", "CartPole-v1", PPO_CARTPOLE),
        _gymnasium("ppo", "ppo-lunarlander", "PPO lands a spacecraft", "LunarLander-v3", PPO_LUNARLANDER),
        _gymnasium("ppo", "ppo-pendulum", "PPO swings up a pendulum", "Pendulum-v1", PPO_PENDULUM),
        _gymnasium("ppo", "ppo", "PPO on any environment", "CartPole-v1", PPO_ANY),
        _atari("ppo", "ppo-breakout", "PPO plays Breakout", _ATARI_PRESETS),
        _atari("ppo", "ppo-atari", "PPO plays any Atari game", _ATARI_PRESETS),
        _gymnasium("a2c", "a2c-cartpole", "A2C balances a pole", "CartPole-v1", A2C_CARTPOLE),
        _gymnasium("a2c", "a2c", "A2C on any environment", "CartPole-v1", A2C_ANY),
        _atari(
            "a2c",
            "a2c-atari",
            "A2C plays any Atari game",
            {"smoke": A2C_ATARI_SMOKE, "quick": A2C_ATARI_QUICK, "default": A2C_ATARI, "paper": A2C_ATARI_PAPER},
        ),
    ]


def _gymnasium(method: str, task_id: str, title: str, env: str, default: Mapping[str, Any]) -> Task:
    smoke = PPO_SMOKE if method == "ppo" else A2C_SMOKE
    return Task(
        id=task_id,
        title=title,
        method=method,
        benchmark="env/{env}",
        settings={"env": env},
        presets={"smoke": {**default, "stop_at_score": None, **smoke}, "default": default},
        deterministic=True,
        pretrained=f"lab_policy_gradient:pretrained/{task_id}" if task_id in _PRETRAINED else None,
        parameter="env" if task_id == method else "",
        tags=("policy-gradient",) if task_id == method else ("policy-gradient", "small"),
        **_COMMON,
        **_METHODS[method],
    )


def _atari(method: str, task_id: str, title: str, presets: Mapping[str, Mapping[str, Any]]) -> Task:
    return Task(
        id=task_id,
        title=title,
        method=method,
        benchmark="atari/{game}",
        settings={"game": "breakout"},
        presets=presets,
        precisions=("float32", "bfloat16"),
        parameter="game" if task_id.endswith("-atari") else "",
        tags=("policy-gradient", "atari"),
        **_COMMON,
        **_METHODS[method],
    )
