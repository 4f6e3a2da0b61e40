"""The PQN update as one compiled function of many minibatches.

    loss = mean_i w_i (G_i - Q(s_i, a_i))^2 / 2,   w_i = 0 for steps that only began a new game

There is no target network: the goals G were made from the values that the acting network gave (Gallici et al. 2024,
algorithm 1).
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.optimizers import Adam, RAdam

from lab_dqn.networks import QNetwork, layers
from lab_dqn.pqn.config import PQNConfig


class PQNLearner:
    """The Q-network, its optimiser, and the network that acts, which :meth:`publish` brings up to date."""

    def __init__(
        self, config: PQNConfig, *, observation_shape: tuple[int, ...], actions: int, precision: str = "float32", seed: int = 0
    ) -> None:
        self.config = config

        def build() -> QNetwork:
            return QNetwork(
                layers(
                    config.network,
                    actions,
                    mlp_layers=config.mlp_layers,
                    precision=precision,
                    seed=seed,
                    layer_norm=config.layer_norm,
                    fused=True,
                    observation_shape=observation_shape,
                ),
                observation_shape,
            )

        self.online, self.actor = build(), build()
        kind = RAdam if config.optimizer == "radam" else Adam
        self.optimizer = kind(self.online.variables, config.learning_rate, epsilon=config.adam_epsilon)
        self.updates = tf.function(self._updates)
        self.look = tf.function(self._look)
        self.publish = tf.function(self._publish)

    @property
    def variables(self) -> Mapping[str, Any]:
        """Everything that learning changes, by name."""
        found = {f"online/{i}": variable for i, variable in enumerate(self.online.variables)}
        found |= {f"actor/{i}": variable for i, variable in enumerate(self.actor.variables)}
        return found | {f"optimizer/{name}": variable for name, variable in self.optimizer.variables.items()}

    def _publish(self) -> None:
        for weight, online in zip(self.actor.variables, self.online.variables, strict=True):
            weight.assign(online)

    def _look(self, observations: Any) -> tuple[Any, Any]:
        """The acting network's best action, int32 [batch], and its value, float32 [batch]."""
        values = self.actor(observations)
        return tf.argmax(values, axis=-1, output_type=tf.int32), tf.reduce_max(values, axis=-1)

    def _updates(self, observation: Any, action: Any, goal: Any, weight: Any) -> Any:
        """K updates on minibatches [K, B, ...]; float32 [3]: the sums of the losses, mean values and gradient norms."""
        total = tf.zeros((3,))
        for k in tf.range(observation.shape[0]):
            total += self._update(observation[k], action[k], goal[k], weight[k])
        return total

    def _update(self, observation: Any, action: Any, goal: Any, weight: Any) -> Any:
        weights = self.online.variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            chosen = tf.gather(self.online(observation), action, batch_dims=1)
            loss = 0.5 * tf.reduce_mean(weight * tf.square(goal - chosen))
        gradients = tape.gradient(loss, weights)
        norm = tf.linalg.global_norm(gradients)
        if self.config.max_grad_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.config.max_grad_norm, use_norm=norm)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return tf.stack([loss, tf.reduce_mean(chosen), norm])
