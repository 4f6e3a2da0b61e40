"""SAC (Haarnoja et al. 2018b): a tanh-squashed Gaussian that climbs its critics and keeps its entropy.

a', log pi' sampled at s' from the actor
y  = r + discount * (min_i Q'_i(s', a') - alpha log pi')         critics: 1/2 sum_i mean (y - Q_i(s, a))^2, eqs. 5 and 6
actor: mean alpha log pi(a|s) - min_i Q_i(s, a), eq. 9;  temperature: mean -log alpha (log pi(a|s) + target), eq. 18
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.optimizers import Adam

from lab_policy_gradient.continuous.config import SACConfig
from lab_policy_gradient.continuous.learner import Batch, Learner
from lab_policy_gradient.continuous.policy import LOG_STD_BOUNDS


def squashed(mean: Any, log_std: Any, noise: Any) -> tuple[Any, Any]:
    """Action tanh(u), u = mean + std * noise, and its log density [B]; the inputs are [B, action].

    log pi(a) = log N(u) - sum log(1 - tanh(u)^2), eq. 21, with log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)), which
    doesn't overflow where tanh(u) rounds to 1.
    """
    u = mean + tf.exp(log_std) * noise
    log_normal = -0.5 * tf.square(noise) - log_std - 0.5 * math.log(2 * math.pi)
    log_slope = 2.0 * (math.log(2.0) - u - tf.nn.softplus(-2.0 * u))
    return tf.tanh(u), tf.reduce_sum(log_normal - log_slope, axis=-1)


class SACLearner(Learner):
    """Two critics, no target actor. Draws of noise: for the next action, for the actor's loss, for the temperature's."""

    config: SACConfig
    figures = ("critic_loss", "q", "actor_loss", "alpha", "entropy")
    draws, critics_count, actor_outputs = 3, 2, 2

    def __init__(self, config: SACConfig, *, observation_size: int, action_size: int, rng: np.random.Generator) -> None:
        super().__init__(config, observation_size=observation_size, action_size=action_size, rng=rng)
        self.target_entropy = -float(action_size) if config.target_entropy is None else config.target_entropy
        self.log_alpha = tf.Variable(math.log(config.alpha), dtype=tf.float32)
        self.alpha_optimizer = Adam([self.log_alpha], config.alpha_learning_rate)

    @property
    def variables(self) -> Mapping[str, Any]:
        optimizer = {f"alpha-optimizer/{name}": variable for name, variable in self.alpha_optimizer.variables.items()}
        return {**super().variables, "log-alpha": self.log_alpha, **optimizer}

    def sample(self, observation: Any, noise: Any) -> tuple[Any, Any]:
        """An action [B, action] of the present policy and its log density [B]."""
        mean, log_std = tf.split(self.actor(observation), 2, axis=-1)
        return squashed(mean, tf.clip_by_value(log_std, *LOG_STD_BOUNDS), noise)

    def critic_update(self, batch: Batch, noise: Any) -> Any:
        action, log_prob = self.sample(batch.next_observation, noise[0])
        lowest = tf.minimum(*self.values(self.target_critics, batch.next_observation, action))  # [B]
        soft_value = lowest - tf.exp(self.log_alpha) * log_prob
        return self.regress(batch, batch.reward + batch.discount * soft_value, weight=0.5)

    def actor_update(self, batch: Batch, noise: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.actor.weights)
            action, log_prob = self.sample(batch.observation, noise[1])
            lowest = tf.minimum(*self.values(self.critics, batch.observation, action))
            loss = tf.reduce_mean(tf.exp(self.log_alpha) * log_prob - lowest)
        gradients = tape.gradient(loss, self.actor.weights)
        self.actor_optimizer.apply_gradients(zip(gradients, self.actor.weights, strict=True))
        if self.config.learn_alpha:
            _, log_prob = self.sample(batch.observation, noise[2])
            gradient = -tf.reduce_mean(log_prob + self.target_entropy)
            self.alpha_optimizer.apply_gradients([(gradient, self.log_alpha)])
        return tf.stack([loss, tf.exp(self.log_alpha), -tf.reduce_mean(log_prob)])
