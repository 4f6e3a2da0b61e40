"""The presets of DQN and of what was added to it. Data only; every field stands in config.py with its unit."""

from typing import Any

# What a user with two processor cores sees learn within about an hour.
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

# A first sight of a game: a quarter of the budget, with its schedules.
ATARI_QUICK: dict[str, Any] = {**ATARI_DEFAULT, "steps": 500_000, "epsilon_steps": 100_000, "selection_every": 100_000}

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
    "game": "",
    "env": "CartPole-v1",
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
    "final_learning_rate": 0.0,
    "adam_epsilon": 1e-7,
    "max_grad_norm": 10.0,
    "n_step": 3,
    "selection_every": 2_048,
    "selection_count": 20,
    "stop_at_score": 500.0,
}

# For environments of which nothing is known but that they show vectors and take numbered actions.
ANY_DEFAULT: dict[str, Any] = {
    **CARTPOLE_DEFAULT,
    "steps": 200_000,
    "replay_capacity": 100_000,
    "warm_up": 4_096,
    "epsilon_steps": 40_000,
    "learning_rate": 5e-4,
    "double_q": True,
    "selection_every": 10_240,
    "stop_at_score": None,
}

# The same method on games: --preset atari --set env=ALE/Pong-v5
ANY_ATARI: dict[str, Any] = {
    **ATARI_DEFAULT,
    "env": "ALE/Breakout-v5",
    "network": "nature",
    "history": 4,
    "reward_clip": 1.0,
    "life_loss_terminal": True,
    "fire": True,
    "noop_max": 30,
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

# --- C51. Of Adam's epsilon the paper says 0.01 / batch size.

C51_SETTINGS: dict[str, Any] = {"atoms": 51, "value_min": -10.0, "value_max": 10.0}

# Made for two processor cores.
C51_DEFAULT: dict[str, Any] = {
    **ATARI_DEFAULT,
    **C51_SETTINGS,
    "steps": 1_600_000,
    "epsilon_steps": 150_000,
    "learning_rate": 2.5e-4,
    "final_learning_rate": 0.2,
    "adam_epsilon": 0.01 / 128,
    "selection_every": 200_000,
}

C51_QUICK: dict[str, Any] = {**C51_DEFAULT, "steps": 500_000, "epsilon_steps": 100_000, "selection_every": 100_000}
C51_SMOKE: dict[str, Any] = {**ATARI_SMOKE, **C51_SETTINGS}

# Bellemare et al. 2017, sections 4 and 5; what it does not say is DQN's.
C51_PAPER: dict[str, Any] = {
    **ATARI_PAPER,
    **C51_SETTINGS,
    "epsilon_end": 0.01,
    "optimizer": "adam",
    "learning_rate": 2.5e-4,
    "adam_epsilon": 0.01 / 32,
}

# A pole that never falls is worth 1 / (1 - gamma) = 100.
C51_CARTPOLE_SETTINGS: dict[str, Any] = {"atoms": 51, "value_min": 0.0, "value_max": 100.0}
C51_CARTPOLE_DEFAULT: dict[str, Any] = {**CARTPOLE_DEFAULT}
C51_CARTPOLE_SMOKE: dict[str, Any] = {**CARTPOLE_SMOKE}

# --- Rainbow, all of it but the noisy layers: exploration is by epsilon.

RAINBOW_OPTIONS: dict[str, Any] = {**C51_SETTINGS, "double_q": True, "dueling": True, "prioritised": True, "n_step": 3}
# In a short training. Importance weights make gradients small (the mean weight of 128 was 0.36 at a beta of 0.4 and 0.12 at 1),
# until C51's epsilon outweighs most of them in Adam. Dopamine holds beta at 0.5 too.
RAINBOW_SHORT: dict[str, Any] = {**RAINBOW_OPTIONS, "priority_beta": 0.5, "priority_beta_end": 0.5, "adam_epsilon": 1e-5}
RAINBOW_DEFAULT: dict[str, Any] = {**C51_DEFAULT, **RAINBOW_SHORT, "steps": 1_400_000}
RAINBOW_QUICK: dict[str, Any] = {**C51_QUICK, **RAINBOW_SHORT}
RAINBOW_SMOKE: dict[str, Any] = {**C51_SMOKE, **RAINBOW_OPTIONS}

# Hessel et al. 2018, table 1; epsilon as in its runs without noisy layers. Frames there, agent steps of 4 frames here.
RAINBOW_PAPER: dict[str, Any] = {
    **ATARI_PAPER,
    **RAINBOW_OPTIONS,
    "warm_up": 20_000,
    "epsilon_end": 0.01,
    "epsilon_steps": 62_500,
    "target_period": 8_000,
    "optimizer": "adam",
    "learning_rate": 6.25e-5,
    "adam_epsilon": 1.5e-4,
}

RAINBOW_CARTPOLE_SETTINGS: dict[str, Any] = {
    **C51_CARTPOLE_SETTINGS,
    "double_q": True,
    "dueling": True,
    "prioritised": True,
    "n_step": 3,
}
RAINBOW_CARTPOLE_DEFAULT: dict[str, Any] = {**C51_CARTPOLE_DEFAULT}
RAINBOW_CARTPOLE_SMOKE: dict[str, Any] = {**C51_CARTPOLE_SMOKE}
