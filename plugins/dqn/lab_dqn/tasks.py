"""The tasks: DQN and its descendants on the source's five games, on any other, and on CartPole."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task
from lab_dqn import presets

_COMMON: dict[str, Any] = {
    "family": "agents",
    "trainer": "lab_dqn.trainer:DQNTrainer",
    "model": "lab_dqn.model:QNetworkModel",
    "config": "lab_dqn.config:DQNConfig",
    "step_unit": "agent steps",
    "environment": {"TF_USE_LEGACY_KERAS": "1"},
}
_SOURCES = {
    "dqn": "Mnih et al. 2015, Human-level control through deep reinforcement learning, Nature 518",
    "c51": "Bellemare, Dabney and Munos 2017, A distributional perspective on reinforcement learning, ICML",
    "rainbow": "Hessel et al. 2018, Rainbow: combining improvements in deep reinforcement learning, AAAI",
}

_GAMES = {
    "breakout": "Breakout",
    "pong": "Pong",
    "space-invaders": "Space Invaders",
    "seaquest": "Seaquest",
    "beam-rider": "Beam Rider",
}

# Models that ship: `lab export RUN --to plugins/dqn/lab_dqn/pretrained/TASK`, their records in plugins/dqn/results/.
_PRETRAINED = ("dqn-breakout",)


def tasks() -> list[Task]:
    """Every task of this plugin."""
    from lab_dqn.pqn.tasks import tasks as pqn_tasks

    dqn = {
        "smoke": presets.ATARI_SMOKE,
        "quick": presets.ATARI_QUICK,
        "default": presets.ATARI_DEFAULT,
        "paper": presets.ATARI_PAPER,
        "book": presets.ATARI_BOOK,
    }
    c51 = {
        "smoke": presets.C51_SMOKE,
        "quick": presets.C51_QUICK,
        "default": presets.C51_DEFAULT,
        "paper": presets.C51_PAPER,
    }
    rainbow = {
        "smoke": presets.RAINBOW_SMOKE,
        "quick": presets.RAINBOW_QUICK,
        "default": presets.RAINBOW_DEFAULT,
        "paper": presets.RAINBOW_PAPER,
    }
    return [
        *(_atari("dqn", game, f"DQN plays {title}", dqn) for game, title in _GAMES.items()),
        _atari("dqn", None, "DQN plays any Atari game", dqn),
        _cartpole("dqn", "DQN balances a pole (CartPole-v1)", {}, presets.CARTPOLE_DEFAULT, presets.CARTPOLE_SMOKE),
        _any_environment(),
        _atari("c51", "breakout", "C51 plays Breakout", c51),
        _atari("c51", None, "C51 plays any Atari game", c51),
        _cartpole(
            "c51",
            "C51 balances a pole (CartPole-v1)",
            presets.C51_CARTPOLE_SETTINGS,
            presets.C51_CARTPOLE_DEFAULT,
            presets.C51_CARTPOLE_SMOKE,
        ),
        _atari("rainbow", "breakout", "Rainbow plays Breakout", rainbow),
        _atari("rainbow", None, "Rainbow plays any Atari game", rainbow),
        _cartpole(
            "rainbow",
            "Rainbow balances a pole (CartPole-v1)",
            presets.RAINBOW_CARTPOLE_SETTINGS,
            presets.RAINBOW_CARTPOLE_DEFAULT,
            presets.RAINBOW_CARTPOLE_SMOKE,
        ),
        *pqn_tasks(),
    ]


def _atari(method: str, game: str | None, title: str, found: Mapping[str, Any]) -> Task:
    task_id = f"{method}-{game or 'atari'}"
    return Task(
        id=task_id,
        title=title,
        method=method,
        benchmark="atari/{game}",
        settings={"game": game or "breakout"},
        presets=found,
        pretrained=f"lab_dqn:pretrained/{task_id}" if task_id in _PRETRAINED else None,
        precisions=("float32", "bfloat16"),
        source=_SOURCES[method],
        parameter="" if game else "game",
        tags=("atari", "value-based"),
        **_COMMON,
    )


def _any_environment() -> Task:
    found = {"smoke": presets.CARTPOLE_SMOKE, "default": presets.ANY_DEFAULT, "atari": presets.ANY_ATARI}
    return Task(
        id="dqn",
        title="DQN on any environment with numbered actions",
        method="dqn",
        benchmark="{benchmark}",
        settings=presets.CARTPOLE_SETTINGS,
        presets=found,
        deterministic=True,
        source=_SOURCES["dqn"],
        parameter="env",
        tags=("value-based",),
        **_COMMON,
    )


def _cartpole(method: str, title: str, settings: Mapping[str, Any], default: Mapping[str, Any], smoke: Mapping[str, Any]) -> Task:
    return Task(
        id=f"{method}-cartpole",
        title=title,
        method=method,
        benchmark="{benchmark}",
        settings={**presets.CARTPOLE_SETTINGS, **settings},
        presets={"smoke": smoke, "default": default},
        deterministic=True,
        source=_SOURCES[method],
        tags=("classic-control", "value-based", "small"),
        **_COMMON,
    )
