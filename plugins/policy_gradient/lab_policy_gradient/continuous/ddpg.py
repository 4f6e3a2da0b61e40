"""DDPG (Lillicrap et al. 2016, algorithm 1): a deterministic actor that climbs its critic.

y = r + discount * Q'(s', mu'(s'))                      critic: mean (y - Q(s, a))^2  (+ weight decay)
actor: mean -Q(s, mu(s)), eq. 6;  targets: w' <- tau w + (1 - tau) w'
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from lab_policy_gradient.continuous.learner import Batch, Learner
from lab_policy_gradient.continuous.networks import move_towards


class DDPGLearner(Learner):
    """One critic, a target actor, no noise in the update."""

    figures = ("critic_loss", "q", "actor_loss")
    draws, critics_count, actor_outputs = 0, 1, 1

    def __init__(self, config: Any, *, observation_size: int, action_size: int, rng: np.random.Generator) -> None:
        super().__init__(config, observation_size=observation_size, action_size=action_size, rng=rng)
        self.target_actor = self.actor.copy()

    @property
    def variables(self) -> Mapping[str, Any]:
        return {**super().variables, **{f"target-actor/{i}": weight for i, weight in enumerate(self.target_actor.weights)}}

    def next_action(self, batch: Batch, noise: Any) -> Any:
        """What the target actor does on the next observation, [B, action]."""
        return tf.tanh(self.target_actor(batch.next_observation))

    def critic_update(self, batch: Batch, noise: Any) -> Any:
        values = self.values(self.target_critics, batch.next_observation, self.next_action(batch, noise))
        lowest = values[0] if len(values) == 1 else tf.minimum(*values)  # [B]
        return self.regress(batch, batch.reward + batch.discount * lowest, l2=self.config.critic_l2)

    def actor_update(self, batch: Batch, noise: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.actor.weights)
            action = tf.tanh(self.actor(batch.observation))
            (value,) = self.values(self.critics[:1], batch.observation, action)
            loss = -tf.reduce_mean(value)
        gradients = tape.gradient(loss, self.actor.weights)
        self.actor_optimizer.apply_gradients(zip(gradients, self.actor.weights, strict=True))
        return loss[None]

    def target_update(self) -> None:
        super().target_update()
        move_towards(self.target_actor.weights, self.actor.weights, self.config.tau)
