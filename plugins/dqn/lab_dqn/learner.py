"""The DQN update (Mnih et al. 2015, algorithm 1) as one compiled function of many batches.

    y = R + discount * max_a Q(s', a; target)                  double_q off
    y = R + discount * Q(s', argmax_a Q(s', a); target)        double_q on (van Hasselt et al. 2016, eq. 4)
    loss = mean_i error(y_i - Q(s_i, a_i))                     error: Huber with threshold 1, or the square

``R`` is the n-step return and ``discount`` gamma^n, or 0 where the episode ended. The target network stands still within a
call, so its values for all batches come from one forward pass; the maths is that of one update after another, and a test
compares it with TF-Agents' DqnAgent and DdqnAgent.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.optimizers import Adam, RMSProp
from lab_tensorflow.runtime import streams

from lab_dqn.config import DQNConfig
from lab_dqn.networks import QNetwork, build_network


def make_optimizer(config: DQNConfig, weights: list[Any]) -> Any:
    """The optimiser that the config names, on these weights."""
    if config.optimizer == "adam":
        return Adam(weights, config.learning_rate, epsilon=config.adam_epsilon)
    return RMSProp(
        weights,
        config.learning_rate,
        decay=config.rms_decay,
        momentum=config.rms_momentum,
        epsilon=config.rms_epsilon,
        centred=config.rms_centred,
    )


class Learner:
    """Online and target network, optimiser, and the compiled K updates."""

    def __init__(
        self, config: DQNConfig, *, observation_shape: tuple[int, ...], actions: int, precision: str = "float32", seed: int = 0
    ) -> None:
        self.config, self.actions = config, actions

        def build() -> QNetwork:
            return build_network(config.architecture, observation_shape, actions, precision=precision, seed=seed, fused=True)

        self._build = build
        self.online, self.target = build(), build()
        self.online.parts = self.target.parts = streams()
        self.optimizer = make_optimizer(config, self.online.variables)
        self.updates = tf.function(self._updates)
        self.weighted_updates = tf.function(self._weighted_updates)

    @property
    def variables(self) -> Mapping[str, Any]:
        """Everything that learning changes, by name."""
        found = {f"online/{i}": variable for i, variable in enumerate(self.online.variables)}
        found |= {f"target/{i}": variable for i, variable in enumerate(self.target.variables)}
        return found | {f"optimizer/{name}": variable for name, variable in self.optimizer.variables.items()}

    def copy_target(self) -> None:
        """The target network becomes the online network."""
        self.copy_into(self.target)

    def copy_into(self, network: QNetwork) -> None:
        """Another network takes the online network's weights."""
        for weight, online in zip(network.variables, self.online.variables, strict=True):
            weight.assign(online)

    def copy_online(self) -> QNetwork:
        """A new network with the online network's weights."""
        network = self._build()
        self.copy_into(network)
        return network

    def _updates(self, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
        """K updates on batches [K, B, ...]; returns float32 [2]: the mean loss and the mean of max_a Q(s, a)."""
        weight = tf.ones(action.shape)
        return self._weighted_updates(observation, action, reward, discount, next_observation, weight)[0]

    def _weighted_updates(
        self, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any, weight: Any
    ) -> tuple[Any, Any]:
        """The same with importance weights [K, B] on the losses; also returns how wrong each prediction was [K, B]."""
        updates, batch = observation.shape[0], observation.shape[1]
        flat = tf.reshape(next_observation, (updates * batch, *next_observation.shape[2:]))
        following = self.target.outputs(flat)
        following = tf.reshape(following, (updates, batch, *following.shape[1:]))
        total, wrong = tf.zeros((2,)), tf.TensorArray(tf.float32, updates, element_shape=(batch,))
        for k in tf.range(updates):
            goal = self._goal(following[k], reward[k], discount[k], next_observation[k])
            figures, error = self._update(observation[k], action[k], goal, weight[k])
            total, wrong = total + figures, wrong.write(k, error)
        return total / updates, wrong.stack()

    def _goal(self, following: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
        """y [B] from what the target network says [B, actions] of the next observation."""
        if self.config.double_q:
            best = tf.argmax(self.online(next_observation), axis=-1)
            return reward + discount * tf.gather(following, best, batch_dims=1)
        return reward + discount * tf.reduce_max(following, axis=-1)

    def _update(self, observation: Any, action: Any, goal: Any, weight: Any) -> tuple[Any, Any]:
        """One gradient step towards ``goal`` [B, ...]; loss and value [2], and how wrong each prediction was [B]."""
        weights = self.online.variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            outputs = self.online.outputs(observation)  # [B, actions, ...]
            losses, wrong = self._losses(outputs, action, goal)
            loss = tf.reduce_mean(weight * losses)
        gradients = tape.gradient(loss, weights)
        if self.config.max_grad_norm is not None:
            gradients = [tf.clip_by_norm(gradient, self.config.max_grad_norm) for gradient in gradients]
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return tf.stack([loss, tf.reduce_mean(tf.reduce_max(self.online.values(outputs), axis=-1))]), wrong

    def _losses(self, outputs: Any, action: Any, goal: Any) -> tuple[Any, Any]:
        """The loss of each sample [B], and the size of its temporal difference error [B]."""
        error = goal - tf.gather(outputs, action, batch_dims=1)
        return self._error(error), tf.abs(error)

    def _error(self, error: Any) -> Any:
        if self.config.loss == "mse":
            return tf.square(error)
        size = tf.abs(error)
        return tf.where(size <= 1.0, 0.5 * tf.square(error), size - 0.5)
