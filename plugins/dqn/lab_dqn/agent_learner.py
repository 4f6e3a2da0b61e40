"""``learner=agent``: TF-Agents' own DqnAgent or DdqnAgent makes the updates, one call of ``train`` after another."""

from typing import Any

import tensorflow as tf
from lab_tensorflow.agents import import_agents, transitions

from lab_dqn.config import DQNConfig
from lab_dqn.learner import Learner

NEVER = 2**62  # the trainer says when the target network is copied


class AgentLearner(Learner):
    """A :class:`Learner` whose updates are the agent's. Observations are handed over as float32, as the agent's specs ask."""

    def __init__(
        self, config: DQNConfig, *, observation_shape: tuple[int, ...], actions: int, precision: str = "float32", seed: int = 0
    ) -> None:
        super().__init__(config, observation_shape=observation_shape, actions=actions, precision=precision, seed=seed)
        import_agents()
        from tf_agents.agents.dqn import dqn_agent
        from tf_agents.specs import tensor_spec
        from tf_agents.trajectories import time_step
        from tf_agents.utils import common

        observation_spec = tf.TensorSpec(observation_shape, tf.float32, name="observation")
        agent_type = dqn_agent.DdqnAgent if config.double_q else dqn_agent.DqnAgent
        huber = config.loss == "huber"
        self.agent = agent_type(
            time_step.time_step_spec(observation_spec),
            tensor_spec.BoundedTensorSpec((), tf.int32, 0, actions - 1, name="action"),
            q_network=self.online.for_agents(),
            target_q_network=self.target.for_agents(),
            optimizer=self.optimizer,
            epsilon_greedy=0.0,
            # the replay has summed the n-step return and powered gamma already
            gamma=1.0,
            td_errors_loss_fn=common.element_wise_huber_loss if huber else common.element_wise_squared_loss,
            gradient_clipping=config.max_grad_norm,
            target_update_period=NEVER,
        )
        # TF-Agents needs no rewriting of its Python control flow, and warns when it is rewritten
        self._train = tf.autograph.experimental.do_not_convert(self.agent.train)

    def copy_target(self) -> None:
        self.agent.initialize()

    def _updates(self, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
        total = tf.zeros((2,))
        for k in tf.range(observation.shape[0]):
            seen = tf.cast(observation[k], tf.float32)
            loss = self._train(
                transitions(seen, action[k], reward[k], discount[k], tf.cast(next_observation[k], tf.float32))
            ).loss
            total += tf.stack([loss, tf.reduce_mean(tf.reduce_max(self.online(observation[k]), axis=-1))])
        return total / observation.shape[0]
