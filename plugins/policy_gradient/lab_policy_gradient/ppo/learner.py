"""The updates of PPO and A2C: all passes and minibatches over a rollout in one compiled call."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.optimizers import Adam, RMSProp

from lab_policy_gradient.ppo.config import A2CConfig, ActorCriticConfig, PPOConfig
from lab_policy_gradient.ppo.losses import clipped_surrogate, kl_estimate, mean_of, normalised_advantages, value_error
from lab_policy_gradient.ppo.networks import ActorCritic
from lab_policy_gradient.ppo.rollout import Batch


class Learner:
    """Network and optimiser. ``update`` changes the weights; its figures are means over the minibatches."""

    figures: tuple[str, ...] = ("policy_loss", "value_loss", "entropy")
    optimizer: Any

    def __init__(self, config: ActorCriticConfig, network: ActorCritic) -> None:
        self.config, self.network = config, network
        self.weights = list(network.variables.values())
        self.clip = tf.Variable(0.0, dtype=tf.float32, trainable=False)
        self._update = tf.function(self._minibatches)

    @property
    def variables(self) -> Mapping[str, Any]:
        """Everything that learning changes, by name."""
        found = {f"network/{name}": variable for name, variable in self.network.variables.items()}
        return found | {f"optimizer/{name}": variable for name, variable in self.optimizer.variables.items()}

    def schedule(self, learning_rate: float, clip: float) -> None:
        """The step size and the clipping range of the next updates."""
        self.optimizer.learning_rate.assign(learning_rate)
        self.clip.assign(clip)

    def update(self, batch: Batch, indices: Any) -> dict[str, float]:
        """One optimiser step for each row of ``indices`` [updates, size] into the batch's samples."""
        tensors = Batch(*(tf.convert_to_tensor(column) for column in batch))
        figures = self._update(tensors, tf.convert_to_tensor(indices))
        return dict(zip(self.figures, np.asarray(figures).tolist(), strict=True))

    def _minibatches(self, batch: Batch, indices: Any) -> Any:
        """Mean figures, float32 [figures], of the updates."""
        total = tf.zeros((len(self.figures),))
        for number in tf.range(tf.shape(indices)[0]):
            rows = indices[number]
            total += self.step(Batch(*(tf.gather(column, rows) for column in batch)))
        return total / tf.cast(tf.shape(indices)[0], tf.float32)

    def step(self, batch: Batch) -> Any:
        """One gradient step on one minibatch; its figures, float32 [figures]."""
        gradients, figures = self.gradients(batch)
        if self.config.max_grad_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.config.max_grad_norm)
        self.optimizer.apply_gradients(zip(gradients, self.weights, strict=True))
        return figures

    def gradients(self, batch: Batch) -> tuple[list[Any], Any]:
        """Gradients of the loss by the weights, in their order, not yet clipped; and the figures."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.weights)
            loss, figures = self.loss(batch)
        return tape.gradient(loss, self.weights), tf.stack(figures)

    def advantages(self, batch: Batch) -> Any:
        """The advantages [batch] that the policy learns from."""
        return normalised_advantages(batch.advantages, batch.chosen) if self.config.normalise_advantages else batch.advantages

    def loss(self, batch: Batch) -> tuple[Any, tuple[Any, ...]]:
        """The loss of a minibatch, and its figures."""
        raise NotImplementedError


class PPOLearner(Learner):
    """Schulman et al. 2017, eq. 9, by Adam."""

    config: PPOConfig
    figures = (*Learner.figures, "kl", "clipped")

    def __init__(self, config: PPOConfig, network: ActorCritic) -> None:
        super().__init__(config, network)
        self.optimizer = Adam(self.weights, config.learning_rate, epsilon=config.adam_epsilon)

    def loss(self, batch: Batch) -> tuple[Any, tuple[Any, ...]]:
        config, clip = self.config, self.clip
        outputs, values = self.network(batch.observations)
        log_probabilities, entropy = self.network.judge(outputs, batch.actions)
        log_ratio = log_probabilities - batch.log_probabilities
        ratio = tf.exp(log_ratio)
        policy_loss = mean_of(clipped_surrogate(ratio, self.advantages(batch), clip), batch.chosen)
        value_loss = tf.reduce_mean(value_error(values, batch.values, batch.returns, clip if config.value_clip else None))
        entropy = mean_of(entropy, batch.chosen)
        clipped = mean_of(tf.cast(tf.abs(ratio - 1.0) > clip, tf.float32), batch.chosen)
        loss = policy_loss + config.value_weight * value_loss - config.entropy_weight * entropy
        return loss, (policy_loss, value_loss, entropy, mean_of(kl_estimate(log_ratio), batch.chosen), clipped)


class A2CLearner(Learner):
    """Mnih et al. 2016, section 4: one update on the whole rollout, by RMSProp as published, or by Adam."""

    config: A2CConfig

    def __init__(self, config: A2CConfig, network: ActorCritic) -> None:
        super().__init__(config, network)
        if config.optimizer == "adam":
            self.optimizer = Adam(self.weights, config.learning_rate, epsilon=config.adam_epsilon)
        else:
            self.optimizer = RMSProp(
                self.weights, config.learning_rate, decay=config.rms_decay, momentum=0.0, epsilon=config.rms_epsilon
            )

    def loss(self, batch: Batch) -> tuple[Any, tuple[Any, ...]]:
        config = self.config
        outputs, values = self.network(batch.observations)
        log_probabilities, entropy = self.network.judge(outputs, batch.actions)
        policy_loss = -mean_of(log_probabilities * self.advantages(batch), batch.chosen)
        value_loss = tf.reduce_mean(value_error(values, batch.values, batch.returns, None))
        entropy = mean_of(entropy, batch.chosen)
        loss = policy_loss + config.value_weight * value_loss - config.entropy_weight * entropy
        return loss, (policy_loss, value_loss, entropy)
