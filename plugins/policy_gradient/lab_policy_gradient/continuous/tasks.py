"""The tasks: DDPG, TD3 and SAC on Pendulum, and on any environment that a user names."""

from typing import Any

from lab_core.task import Task

# What solves Pendulum on one core in about a minute: small networks, a small replay, a fast step size.
PENDULUM: dict[str, Any] = {
    "env": "Pendulum-v1",
    "steps": 12_288,
    "environments": 4,
    "replay_capacity": 12_288,
    "batch_size": 128,
    "actor_layers": (64, 64),
    "critic_layers": (64, 64),
    "actor_learning_rate": 1e-3,
    "critic_learning_rate": 1e-3,
    "selection_every": 2_048,
    "selection_count": 20,
}

# On top of that: rewards of Pendulum reach -16 and its values -1,000, where TD3's few steps of the actor go astray.
PENDULUM_OF: dict[str, dict[str, Any]] = {"td3": {"reward_scale": 0.1}}

SMOKE: dict[str, Any] = {
    "steps": 512,
    "environments": 2,
    "warm_up": 128,
    "replay_capacity": 400,
    "slice_steps": 32,
    "updates_per_slice": 32,
    "batch_size": 16,
    "actor_layers": (16,),
    "critic_layers": (16, 16),
    "selection_every": 0,
}

# Any other environment: the settings that TD3 and SAC share, as Stable-Baselines3 and CleanRL run them.
ANY: dict[str, Any] = {"steps": 1_000_000, "warm_up": 10_000, "selection_every": 50_000, "selection_count": 10}

PAPER: dict[str, dict[str, Any]] = {
    # Lillicrap et al. 2016, section 7
    "ddpg": {
        "steps": 2_500_000,
        "environments": 1,
        "warm_up": 1_000,
        "slice_steps": 1,
        "updates_per_slice": 1,
        "replay_capacity": 1_000_000,
        "batch_size": 64,
        "tau": 0.001,
        "actor_layers": (400, 300),
        "critic_layers": (400, 300),
        "critic_action_layer": 1,
        "final_init": 3e-3,
        "actor_learning_rate": 1e-4,
        "critic_learning_rate": 1e-3,
        "critic_l2": 0.01,
        "noise": "ornstein-uhlenbeck",
        "noise_sigma": 0.2,
        "noise_theta": 0.15,
    },
    # Fujimoto et al. 2018, table 3 and section 6.1
    "td3": {
        "steps": 1_000_000,
        "environments": 1,
        "warm_up": 10_000,
        "slice_steps": 2,
        "updates_per_slice": 2,
        "replay_capacity": 1_000_000,
        "batch_size": 100,
        "actor_layers": (400, 300),
        "critic_layers": (400, 300),
        "actor_learning_rate": 1e-3,
        "critic_learning_rate": 1e-3,
    },
    # Haarnoja et al. 2018b, table 1
    "sac": {
        "steps": 1_000_000,
        "environments": 1,
        "warm_up": 10_000,
        "slice_steps": 1,
        "updates_per_slice": 1,
        "replay_capacity": 1_000_000,
        "batch_size": 256,
        "actor_layers": (256, 256),
        "critic_layers": (256, 256),
    },
}

_SELECTION: dict[str, Any] = {"selection_every": 50_000, "selection_count": 10}

_METHODS = {
    "ddpg": ("DDPG", "DDPGConfig", "Lillicrap et al. 2016, Continuous control with deep reinforcement learning, ICLR"),
    "td3": ("TD3", "TD3Config", "Fujimoto et al. 2018, Addressing function approximation error in actor-critic methods, ICML"),
    "sac": ("SAC", "SACConfig", "Haarnoja et al. 2018, Soft actor-critic algorithms and applications, arXiv:1812.05905"),
}


def tasks() -> list[Task]:
    """Each method on Pendulum and alone."""
    found: list[Task] = []
    for method, (name, config, source) in _METHODS.items():
        common: dict[str, Any] = {
            "family": "agents",
            "method": method,
            "trainer": "lab_policy_gradient.continuous.trainer:ContinuousTrainer",
            "model": "lab_policy_gradient.policy_model:PolicyModel",
            "config": f"lab_policy_gradient.continuous.config:{config}",
            "benchmark": "env/{env}",
            "step_unit": "agent steps",
            "deterministic": True,
            "environment": {"TF_USE_LEGACY_KERAS": "1"},
            "source": source,
        }
        paper = {**PAPER[method], **_SELECTION}
        found.append(
            Task(
                id=f"{method}-pendulum",
                title=f"{name} swings a pendulum up (Pendulum-v1)",
                settings={"env": "Pendulum-v1"},
                presets={"smoke": SMOKE, "default": {**PENDULUM, **PENDULUM_OF.get(method, {})}, "paper": paper},
                tags=("classic-control", "continuous", "small"),
                **common,
            )
        )
        found.append(
            Task(
                id=method,
                title=f"{name} on any environment with continuous actions",
                presets={"smoke": SMOKE, "default": ANY, "paper": paper},
                parameter="env",
                tags=("continuous",),
                **common,
            )
        )
    return found
