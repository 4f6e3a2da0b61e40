"""TD3 (Fujimoto et al. 2018, algorithm 1): DDPG with twin critics, a smoothed target and a delayed actor.

a' = clip(mu'(s') + clip(sigma * noise, -c, c), -1, 1)      target policy smoothing, eq. 14
y  = r + discount * min_i Q'_i(s', a')                      clipped double Q-learning, eq. 10
critics: sum_i mean (y - Q_i(s, a))^2;  actor, once every ``policy_delay`` updates: mean -Q_1(s, mu(s)), then the targets
"""

from typing import Any

import numpy as np
import tensorflow as tf

from lab_policy_gradient.continuous.config import TD3Config
from lab_policy_gradient.continuous.ddpg import DDPGLearner
from lab_policy_gradient.continuous.learner import Batch


def smoothed(action: Any, noise: Any, *, sigma: float, clip: float) -> Any:
    """A target action with clipped Gaussian noise, kept in [-1, 1]; all [B, action]."""
    return tf.clip_by_value(action + tf.clip_by_value(sigma * noise, -clip, clip), -1.0, 1.0)


class TD3Learner(DDPGLearner):
    """Two critics, one draw of noise an update for the target action."""

    config: TD3Config
    draws, critics_count = 1, 2

    def __init__(self, config: TD3Config, *, observation_size: int, action_size: int, rng: np.random.Generator) -> None:
        super().__init__(config, observation_size=observation_size, action_size=action_size, rng=rng)
        self.delay = config.policy_delay

    def next_action(self, batch: Batch, noise: Any) -> Any:
        action = super().next_action(batch, noise)
        return smoothed(action, noise[0], sigma=self.config.target_noise, clip=self.config.target_noise_clip)
