"""What the three learners share: networks, optimisers, and many updates in one call into TensorFlow.

A learner works in the unit box: actions are in [-1, 1] in every dimension, and the trainer scales them to the environment's
bounds. All chance comes in as ``noise``, standard normal numbers that the trainer draws, so an update is a function of its
arguments and of :attr:`Learner.variables`, which is what makes a resumed training exact.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from lab_tensorflow.optimizers import Adam

from lab_policy_gradient.continuous.config import ContinuousConfig
from lab_policy_gradient.continuous.networks import MLP, move_towards


class Batch(NamedTuple):
    """Transitions [B, ...]. ``discount`` is gamma, or 0 where the episode terminated; a truncated one is bootstrapped."""

    observation: Any  # [B, observation]
    action: Any  # [B, action], in [-1, 1]
    reward: Any  # [B]
    discount: Any  # [B]
    next_observation: Any  # [B, observation]


class Learner(ABC):
    """``updates(observation, action, reward, discount, next_observation, noise)`` makes the updates of one slice.

    Arguments are [updates, batch, ...]; ``noise`` is [updates, draws, batch, action]. The result is the mean of each of
    ``figures``. ``delay`` updates of the critics come with one of the actor, so ``updates`` is a multiple of it.
    """

    figures: tuple[str, ...]
    draws: int
    critics_count: int
    actor_outputs: int  # for each dimension of an action

    def __init__(self, config: Any, *, observation_size: int, action_size: int, rng: np.random.Generator) -> None:
        self.config: ContinuousConfig = config
        self.observation_size, self.action_size = observation_size, action_size
        self.delay = 1
        final = config.final_init
        self.actor = MLP(rng, observation_size, config.actor_layers, self.actor_outputs * action_size, final=final)
        self.critics = [
            MLP(
                rng,
                observation_size,
                config.critic_layers,
                1,
                second=action_size,
                joins=config.critic_action_layer,
                final=final,
            )
            for _ in range(self.critics_count)
        ]
        self.target_critics = [critic.copy() for critic in self.critics]
        self.critic_weights = [weight for critic in self.critics for weight in critic.weights]
        self.actor_optimizer = Adam(self.actor.weights, config.actor_learning_rate)
        self.critic_optimizer = Adam(self.critic_weights, config.critic_learning_rate)
        self.updates = tf.function(self._updates, jit_compile=config.xla)

    @property
    def variables(self) -> Mapping[str, Any]:
        """Everything that learning changes, by name."""
        networks = {"actor": self.actor} | {f"critic{i + 1}": critic for i, critic in enumerate(self.critics)}
        networks |= {f"target-critic{i + 1}": critic for i, critic in enumerate(self.target_critics)}
        found = {f"{name}/{i}": weight for name, network in networks.items() for i, weight in enumerate(network.weights)}
        for name, optimizer in (("actor", self.actor_optimizer), ("critic", self.critic_optimizer)):
            found |= {f"{name}-optimizer/{key}": value for key, value in optimizer.variables.items()}
        return found

    @abstractmethod
    def critic_update(self, batch: Batch, noise: Any) -> Any:
        """One step of the critics; the first two figures: their loss and the mean value of the batch's actions."""

    @abstractmethod
    def actor_update(self, batch: Batch, noise: Any) -> Any:
        """One step of the actor and of what goes with it; the other figures, the actor's loss being the first."""

    def target_update(self) -> None:
        """The target critics follow their critics."""
        targets = [weight for critic in self.target_critics for weight in critic.weights]
        move_towards(targets, self.critic_weights, self.config.tau)

    def _updates(self, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any, noise: Any) -> Any:
        data = Batch(observation, action, reward, discount, next_observation)
        rounds = observation.shape[0] // self.delay
        critic_total, actor_total = tf.zeros((2,)), tf.zeros((len(self.figures) - 2,))
        for number in tf.range(rounds):
            for turn in range(self.delay):
                k = number * self.delay + turn
                batch = Batch(*(part[k] for part in data))
                critic_total += self.critic_update(batch, noise[k])
            actor_total += self.actor_update(batch, noise[k])
            self.target_update()
        return tf.concat([critic_total / self.delay, actor_total], axis=0) / tf.cast(rounds, tf.float32)

    def values(self, critics: list[MLP], observation: Any, action: Any) -> list[Any]:
        """Q(s, a) [B] of each critic."""
        return [critic(observation, action)[:, 0] for critic in critics]

    def regress(self, batch: Batch, goal: Any, *, weight: float = 1.0, l2: float = 0.0) -> Any:
        """A step of every critic on ``weight`` times its mean squared distance from ``goal`` [B]; [loss, mean value]."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.critic_weights)
            values = self.values(self.critics, batch.observation, batch.action)
            loss = weight * tf.add_n([tf.reduce_mean(tf.square(goal - value)) for value in values])
            if l2:
                loss += self.penalty(l2)
        gradients = tape.gradient(loss, self.critic_weights)
        self.critic_optimizer.apply_gradients(zip(gradients, self.critic_weights, strict=True))
        return tf.stack([loss, tf.reduce_mean(values[0])])

    def penalty(self, l2: float) -> Any:
        """Weight decay of the critics as a loss."""
        kernels = [kernel for critic in self.critics for kernel in critic.kernels]
        return l2 * tf.add_n([tf.reduce_sum(tf.square(kernel)) for kernel in kernels])
