"""``learner=agent``: updates by TF-Agents' DqnAgent, DdqnAgent or CategoricalDqnAgent, one call of ``train`` after another."""

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
        from tf_agents.specs import tensor_spec
        from tf_agents.trajectories import time_step

        observation_spec = tf.TensorSpec(observation_shape, tf.float32, name="observation")
        agent_type, own = _agent_type(config, self.online.for_agents(), self.target.for_agents())
        self.agent = agent_type(
            time_step.time_step_spec(observation_spec),
            tensor_spec.BoundedTensorSpec((), tf.int32, 0, actions - 1, name="action"),
            optimizer=self.optimizer,
            epsilon_greedy=0.0,
            # the replay has summed the n-step return and powered gamma already
            gamma=1.0,
            gradient_clipping=config.max_grad_norm,
            target_update_period=NEVER,
            **own,
        )
        # TF-Agents needs no rewriting of its Python control flow, and warns when it is rewritten
        self._experience = trajectories if config.atoms > 1 else transitions
        self._train = tf.autograph.experimental.do_not_convert(self.agent.train)

    def copy_target(self) -> None:
        self.agent.initialize()

    def _updates(self, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
        total = tf.zeros((2,))
        for k in tf.range(observation.shape[0]):
            seen = tf.cast(observation[k], tf.float32)
            loss = self._train(
                self._experience(seen, action[k], reward[k], discount[k], tf.cast(next_observation[k], tf.float32))
            ).loss
            total += tf.stack([loss, tf.reduce_mean(tf.reduce_max(self.online(observation[k]), axis=-1))])
        return total / observation.shape[0]


def trajectories(observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
    """A batch [B, ...] as trajectories of two steps [B, 2, ...]: CategoricalDqnAgent takes no transitions."""
    from tf_agents.trajectories import time_step, trajectory

    def twice(value: Any) -> Any:
        return tf.stack([value, value], axis=1)  # the second one belongs to the step after and is not read

    middle = tf.fill((observation.shape[0], 2), time_step.StepType.MID)
    return trajectory.Trajectory(
        step_type=middle,
        observation=tf.stack([observation, next_observation], axis=1),
        action=twice(action),
        policy_info=(),
        next_step_type=middle,
        reward=twice(reward),
        discount=twice(discount),
    )


def _agent_type(config: DQNConfig, online: Any, target: Any) -> tuple[Any, dict[str, Any]]:
    """The agent's class, and the arguments that not all of them have."""
    from tf_agents.agents.categorical_dqn import categorical_dqn_agent
    from tf_agents.agents.dqn import dqn_agent
    from tf_agents.utils import common

    if config.atoms > 1:
        return categorical_dqn_agent.CategoricalDqnAgent, {
            "categorical_q_network": online,
            "target_categorical_q_network": target,
            "min_q_value": config.value_min,
            "max_q_value": config.value_max,
        }
    error = common.element_wise_huber_loss if config.loss == "huber" else common.element_wise_squared_loss
    return dqn_agent.DdqnAgent if config.double_q else dqn_agent.DqnAgent, {
        "q_network": online,
        "target_q_network": target,
        "td_errors_loss_fn": error,
    }
