"""The tasks: DQN on the source's five games, on any other, and on CartPole."""

from typing import Any

from lab_core.task import Task

# What a person with two processor cores sees learn within about an hour.
ATARI_DEFAULT: dict[str, Any] = {
    "steps": 2_000_000,
    "environments": 32,
    "replay_capacity": 500_000,
    "warm_up": 20_000,
    "epsilon_steps": 200_000,
    "batch_size": 128,
    "train_every": 32,
    "updates_per_slice": 8,
    "target_period": 8_192,
    "learning_rate": 2e-4,
    "n_step": 3,
    "selection_every": 250_000,
    "selection_count": 10,
}

ATARI_SMOKE: dict[str, Any] = {
    "steps": 1_024,
    "environments": 4,
    "replay_capacity": 2_000,
    "warm_up": 512,
    "epsilon_steps": 256,
    "updates_per_slice": 8,
    "batch_size": 8,
    "target_period": 256,
    "network": "nips",
    "selection_every": 0,
}

# Mnih et al. 2015, extended data table 1; 50 M agent steps are 200 M frames. Its target period of 10,000 counts updates.
ATARI_PAPER: dict[str, Any] = {
    "steps": 50_000_000,
    "environments": 1,
    "updates_per_slice": 25,
    "replay_capacity": 1_000_000,
    "warm_up": 50_000,
    "epsilon_end": 0.1,
    "epsilon_steps": 1_000_000,
    "target_period": 40_000,
    "optimizer": "rmsprop",
    "learning_rate": 2.5e-4,
    "rms_decay": 0.95,
    "rms_momentum": 0.95,
    "rms_centred": True,
    "selection_every": 1_000_000,
    "selection_count": 30,
}

# The source's own options: the nips network on 80x80 frames, epsilon to 0.01, the target copied every 10,000 agent steps.
ATARI_BOOK: dict[str, Any] = {
    **ATARI_PAPER,
    "network": "nips",
    "observation_size": 80,
    "epsilon_end": 0.01,
    "target_period": 10_000,
    "rms_decay": 0.9,
    "rms_centred": False,
}

CARTPOLE_SETTINGS: dict[str, Any] = {
    "suite": "gymnasium",
    "game": "CartPole-v1",
    "network": "mlp",
    "history": 1,
    "environments": 8,
    "reward_clip": None,
    "life_loss_terminal": False,
    "fire": False,
    "noop_max": 0,
}

CARTPOLE_DEFAULT: dict[str, Any] = {
    "steps": 60_000,
    "mlp_layers": (256, 256),
    "replay_capacity": 50_000,
    "warm_up": 1_024,
    "epsilon_end": 0.05,
    "epsilon_steps": 10_000,
    "batch_size": 64,
    "train_every": 2,
    "updates_per_slice": 128,
    "target_period": 512,
    "learning_rate": 1e-3,
    "learning_rate_end": 0.0,
    "adam_epsilon": 1e-7,
    "max_grad_norm": 10.0,
    "n_step": 3,
    "selection_every": 2_048,
    "selection_count": 20,
    "stop_at_score": 500.0,
}

CARTPOLE_SMOKE: dict[str, Any] = {
    **CARTPOLE_DEFAULT,
    "steps": 2_048,
    "mlp_layers": (16,),
    "replay_capacity": 2_000,
    "warm_up": 512,
    "epsilon_steps": 512,
    "batch_size": 16,
    "updates_per_slice": 32,
    "target_period": 128,
    "selection_every": 0,
    "stop_at_score": None,
}

_COMMON: dict[str, Any] = {
    "family": "agents",
    "method": "dqn",
    "trainer": "lab_dqn.trainer:DQNTrainer",
    "model": "lab_dqn.model:QNetworkModel",
    "config": "lab_dqn.config:DQNConfig",
    "step_unit": "agent steps",
    "environment": {"TF_USE_LEGACY_KERAS": "1"},
    "source": "Mnih et al. 2015, Human-level control through deep reinforcement learning, Nature 518",
}

_GAMES = {
    "dqn-breakout": ("breakout", "DQN plays Breakout"),
    "dqn-pong": ("pong", "DQN plays Pong"),
    "dqn-space-invaders": ("space-invaders", "DQN plays Space Invaders"),
    "dqn-seaquest": ("seaquest", "DQN plays Seaquest"),
    "dqn-beam-rider": ("beam-rider", "DQN plays Beam Rider"),
    "dqn-atari": ("breakout", "DQN plays any Atari game (--set game=NAME)"),
}

# Models that ship: `lab export RUN --to plugins/dqn/lab_dqn/pretrained/TASK`, their records in plugins/dqn/results/.
_PRETRAINED = ("dqn-breakout",)


def tasks() -> list[Task]:
    """Every task of this plugin."""
    found = [
        Task(
            id=task_id,
            title=title,
            benchmark="atari/{game}",
            settings={"game": game},
            presets={"smoke": ATARI_SMOKE, "default": ATARI_DEFAULT, "paper": ATARI_PAPER, "book": ATARI_BOOK},
            pretrained=f"lab_dqn:pretrained/{task_id}" if task_id in _PRETRAINED else None,
            precisions=("float32", "bfloat16"),
            tags=("atari", "value-based"),
            **_COMMON,
        )
        for task_id, (game, title) in _GAMES.items()
    ]
    cartpole = Task(
        id="dqn-cartpole",
        title="DQN balances a pole (CartPole-v1)",
        benchmark="gym/cartpole",
        settings=CARTPOLE_SETTINGS,
        presets={"smoke": CARTPOLE_SMOKE, "default": CARTPOLE_DEFAULT},
        deterministic=True,
        tags=("classic-control", "value-based", "small"),
        **_COMMON,
    )
    from lab_dqn.pqn.tasks import tasks as pqn_tasks

    return [*found, cartpole, *pqn_tasks()]
