"""C51's update on the compiled K-update learner: the same loop, with a distribution on atoms where DQN has a number."""

from typing import Any

import tensorflow as tf

from lab_dqn import categorical
from lab_dqn.config import DQNConfig
from lab_dqn.learner import Learner


class CategoricalLearner(Learner):
    """A :class:`Learner` for ``atoms`` > 1. With ``double_q`` the online network's means choose the action, as Rainbow does."""

    def __init__(
        self, config: DQNConfig, *, observation_shape: tuple[int, ...], actions: int, precision: str = "float32", seed: int = 0
    ) -> None:
        super().__init__(config, observation_shape=observation_shape, actions=actions, precision=precision, seed=seed)
        self.z = categorical.support(config.atoms, config.value_min, config.value_max)

    def _goal(self, following: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
        """The target distribution [B, atoms] from the target network's logits [B, actions, atoms] of the next observation."""
        chooser = self.online(next_observation) if self.config.double_q else categorical.mean(following, self.z)
        best = tf.argmax(chooser, axis=-1)
        probabilities = tf.nn.softmax(tf.gather(following, best, batch_dims=1))
        return categorical.project(probabilities, reward, discount, self.z)

    def _losses(self, outputs: Any, action: Any, goal: Any) -> tuple[Any, Any]:
        """Cross entropy [B], and how far prediction and goal are apart: the KL divergence [B], Rainbow's priority."""
        losses = categorical.cross_entropy(goal, tf.gather(outputs, action, batch_dims=1))
        return losses, losses - categorical.entropy(goal)
