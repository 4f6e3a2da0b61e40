"""The tasks: PQN on the source's five games, on any other, and on CartPole."""

from typing import Any

from lab_core.task import Task

# What a user with two processor cores sees learn well within an hour or so: the published settings, which PQNConfig has, but
# half of their environments, so twice the updates an agent step. A quarter of these learnt only Breakout (docs/pqn.md).
ATARI_DEFAULT: dict[str, Any] = {
    "steps": 4_000_000,
    "environments": 64,
    "rollout": 32,
    "epsilon_end": 0.01,
    "epsilon_steps": 400_000,
    "final_learning_rate": 0.2,
    "adam_epsilon": 1e-5,
    "selection_every": 400_000,
    "selection_count": 10,
}

# A first sight of a game: a quarter of the budget, with its schedules.
ATARI_QUICK: dict[str, Any] = {**ATARI_DEFAULT, "steps": 1_000_000, "epsilon_steps": 200_000, "selection_every": 200_000}

ATARI_SMOKE: dict[str, Any] = {
    "steps": 512,
    "environments": 4,
    "rollout": 16,
    "minibatches": 4,
    "epsilon_steps": 256,
    "network": "nips",
    "selection_every": 0,
}

# Gallici et al. 2024, table of Atari settings and the published configuration; 50 M agent steps are 200 M frames.
ATARI_PAPER: dict[str, Any] = {"steps": 50_000_000, "overlap": False, "selection_every": 2_000_000, "selection_count": 30}

_GAMES = {
    "pqn-breakout": ("breakout", "PQN plays Breakout"),
    "pqn-pong": ("pong", "PQN plays Pong"),
    "pqn-space-invaders": ("space-invaders", "PQN plays Space Invaders"),
    "pqn-seaquest": ("seaquest", "PQN plays Seaquest"),
    "pqn-beam-rider": ("beam-rider", "PQN plays Beam Rider"),
    "pqn-atari": ("breakout", "PQN plays any Atari game"),
}

CARTPOLE_SETTINGS: dict[str, Any] = {
    "game": "",
    "env": "CartPole-v1",
    "network": "mlp",
    "history": 1,
    "reward_clip": None,
    "life_loss_terminal": False,
    "fire": False,
    "noop_max": 0,
}

CARTPOLE_DEFAULT: dict[str, Any] = {
    "steps": 400_000,
    "environments": 32,
    "rollout": 64,
    "minibatches": 16,
    "epochs": 4,
    "epsilon_end": 0.05,
    "epsilon_steps": 200_000,
    "final_learning_rate": 0.0,
    "selection_every": 20_480,
    "selection_count": 20,
    "stop_at_score": 500.0,
}

CARTPOLE_SMOKE: dict[str, Any] = {
    **CARTPOLE_DEFAULT,
    "steps": 2_048,
    "environments": 8,
    "rollout": 16,
    "minibatches": 4,
    "mlp_layers": (16,),
    "epsilon_steps": 512,
    "selection_every": 0,
    "stop_at_score": None,
}

# Models that ship: `lab export RUN --to plugins/dqn/lab_dqn/pretrained/TASK`, their records in plugins/dqn/results/.
_PRETRAINED = ("pqn-breakout",)

_COMMON: dict[str, Any] = {
    "family": "agents",
    "method": "pqn",
    "trainer": "lab_dqn.pqn.trainer:PQNTrainer",
    "model": "lab_dqn.model:QNetworkModel",
    "config": "lab_dqn.pqn.config:PQNConfig",
    "step_unit": "agent steps",
    "environment": {"TF_USE_LEGACY_KERAS": "1"},
    "source": "Gallici et al. 2024, Simplifying deep temporal difference learning (ICLR 2025)",
}


def tasks() -> list[Task]:
    """Every PQN task."""
    found = [
        Task(
            id=task_id,
            title=title,
            benchmark="atari/{game}",
            settings={"game": game},
            presets={"smoke": ATARI_SMOKE, "quick": ATARI_QUICK, "default": ATARI_DEFAULT, "paper": ATARI_PAPER},
            pretrained=f"lab_dqn:pretrained/{task_id}" if task_id in _PRETRAINED else None,
            precisions=("float32", "bfloat16"),
            parameter="game" if task_id == "pqn-atari" else "",
            tags=("atari", "value-based"),
            **_COMMON,
        )
        for task_id, (game, title) in _GAMES.items()
    ]
    cartpole = Task(
        id="pqn-cartpole",
        title="PQN balances a pole (CartPole-v1)",
        benchmark="{benchmark}",
        settings=CARTPOLE_SETTINGS,
        presets={"smoke": CARTPOLE_SMOKE, "default": CARTPOLE_DEFAULT},
        deterministic=True,
        tags=("classic-control", "value-based", "small"),
        **_COMMON,
    )
    return [*found, cartpole]
