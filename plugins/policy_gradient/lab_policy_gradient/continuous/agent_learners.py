"""``learner=agent``: TF-Agents' DdpgAgent, Td3Agent and SacAgent make the updates, one call of ``train`` after another.

The agents get our networks, optimisers and noise, so they change the very variables that the compiled learners change, and a
resumed training is exact with them too. Where an agent leaves a choice open or departs from its paper, the networks that it is
handed put that right:

- Td3Agent doesn't clip the smoothed target action to the bounds: its target actor adds the noise and clips.
- SacAgent samples by TensorFlow's global stream: here it takes the noise that it is given.
- DdpgAgent has no weight decay: its critic's loss gets the term.
- DdpgAgent's actor loss has twice the paper's gradient divided by an action's size; Adam's steps don't depend on that.
"""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from lab_tensorflow.agents import import_agents, transitions

from lab_policy_gradient.continuous.config import ContinuousConfig, SACConfig, TD3Config
from lab_policy_gradient.continuous.ddpg import DDPGLearner
from lab_policy_gradient.continuous.learner import Batch, Learner
from lab_policy_gradient.continuous.networks import MLP
from lab_policy_gradient.continuous.policy import LOG_STD_BOUNDS
from lab_policy_gradient.continuous.sac import SACLearner
from lab_policy_gradient.continuous.td3 import TD3Learner, smoothed

import_agents()
import tensorflow_probability as tfp  # noqa: E402
from tf_agents.agents.ddpg import ddpg_agent  # noqa: E402
from tf_agents.agents.sac import sac_agent  # noqa: E402
from tf_agents.agents.td3 import td3_agent  # noqa: E402
from tf_agents.distributions.utils import SquashToSpecNormal  # noqa: E402
from tf_agents.networks import network  # noqa: E402
from tf_agents.specs import tensor_spec  # noqa: E402
from tf_agents.trajectories import time_step  # noqa: E402
from tf_agents.utils import common  # noqa: E402


class _Network(network.Network):
    """Our weights, called as TF-Agents calls networks."""

    def __init__(self, mlp: MLP, input_spec: Any, compute: Any) -> None:
        super().__init__(input_tensor_spec=input_spec, state_spec=(), name="Perceptron")
        self._mlp_weights = mlp.weights
        self._compute = compute

    def call(self, inputs: Any, step_type: Any = None, network_state: Any = (), training: bool = False) -> Any:
        return self._compute(inputs), network_state


class _Agent:
    """Mixed into a learner: builds the agent around the learner's own variables, and lets it train."""

    agent: Any
    noise: Any  # [draws, batch, action] of the update that is being traced

    def build(self: Any) -> None:
        self.noise = tf.zeros((self.draws, 1, self.action_size))  # for the call with which an agent creates its networks
        self.observation_spec = tf.TensorSpec((self.observation_size,), tf.float32, name="observation")
        self.action_spec = tensor_spec.BoundedTensorSpec((self.action_size,), tf.float32, -1.0, 1.0, name="action")
        self.agent = self.make_agent(
            {
                "time_step_spec": time_step.time_step_spec(self.observation_spec),
                "action_spec": self.action_spec,
                "actor_optimizer": self.actor_optimizer,
                "critic_optimizer": self.critic_optimizer,
                "target_update_tau": self.config.tau,
                "td_errors_loss_fn": tf.math.squared_difference,
                # the trainer has multiplied by gamma and by the scale of rewards already
                "gamma": 1.0,
            }
        )
        # TF-Agents needs no rewriting of its Python control flow, and warns when it is rewritten
        self.train = tf.autograph.experimental.do_not_convert(self.agent.train)

    def actor_network(self: Any, mlp: MLP, compute: Any) -> _Network:
        return _Network(mlp, self.observation_spec, compute)

    def critic_network(self: Any, mlp: MLP) -> _Network:
        return _Network(mlp, (self.observation_spec, self.action_spec), lambda inputs: mlp(*inputs)[:, 0])

    def critic_networks(self: Any) -> dict[str, _Network]:
        names = ("critic_network", "critic_network_2")[: self.critics_count]
        found = {name: self.critic_network(mlp) for name, mlp in zip(names, self.critics, strict=True)}
        targets = {f"target_{name}": self.critic_network(mlp) for name, mlp in zip(names, self.target_critics, strict=True)}
        return found | targets

    def _updates(self: Any, observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any, noise: Any) -> Any:
        data = Batch(observation, action, reward, discount, next_observation)
        total = tf.zeros((len(self.figures),))
        for k in tf.range(observation.shape[0]):
            total += self._train_once(Batch(*(part[k] for part in data)), noise[k])
        return total / observation.shape[0]

    def _train_once(self: Any, batch: Batch, noise: Any) -> Any:
        self.noise = noise
        (value,) = self.values(self.critics[:1], batch.observation, batch.action)
        extra = self.train(transitions(*batch)).extra
        return tf.stack([extra.critic_loss, tf.reduce_mean(value), extra.actor_loss, *self.more_figures()])

    def more_figures(self) -> list[Any]:
        return []


class DDPGAgentLearner(_Agent, DDPGLearner):
    """DdpgAgent."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.build()

    def make_agent(self, shared: dict[str, Any]) -> Any:
        learner = self

        class Agent(ddpg_agent.DdpgAgent):
            def critic_loss(self, *arguments: Any, **named: Any) -> Any:
                return super().critic_loss(*arguments, **named) + learner.penalty(learner.config.critic_l2)

        return Agent(
            actor_network=self.actor_network(self.actor, lambda seen: tf.tanh(self.actor(seen))),
            target_actor_network=self.actor_network(self.target_actor, lambda seen: tf.tanh(self.target_actor(seen))),
            **self.critic_networks(),
            **shared,
        )


class TD3AgentLearner(_Agent, TD3Learner):
    """Td3Agent."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.build()

    def make_agent(self, shared: dict[str, Any]) -> Any:
        config: TD3Config = self.config

        def target_action(seen: Any) -> Any:
            action = tf.tanh(self.target_actor(seen))
            return smoothed(action, self.noise[0], sigma=config.target_noise, clip=config.target_noise_clip)

        return td3_agent.Td3Agent(
            actor_network=self.actor_network(self.actor, lambda seen: tf.tanh(self.actor(seen))),
            target_actor_network=self.actor_network(self.target_actor, target_action),
            target_policy_noise=0.0,
            actor_update_period=config.policy_delay,
            target_update_period=config.policy_delay,
            # the actor moves when counter % period == 0: in the last update of each round, as the targets do
            train_step_counter=tf.Variable(1 - config.policy_delay, dtype=tf.int64),
            **self.critic_networks(),
            **shared,
        )


class SACAgentLearner(_Agent, SACLearner):
    """SacAgent."""

    log_prob: Any  # of the action that was drawn last, in the update that is being traced

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.build()

    def make_agent(self, shared: dict[str, Any]) -> Any:
        learner = self

        class Agent(sac_agent.SacAgent):
            draws: Iterator[Any]

            def _train(self, experience: Any, weights: Any) -> Any:
                self.draws = iter(tf.unstack(learner.noise))
                return super()._train(experience, weights)

            def _actions_and_log_probs(self, time_steps: Any, training: bool = False) -> Any:
                squashed = self._train_policy.distribution(time_steps, policy_state=()).action
                normal = squashed.input_distribution
                # forward() keeps the value before tanh, so that log_prob need not invert it
                action = squashed._squashed_distribution.bijector.forward(normal.mean() + normal.stddev() * next(self.draws))
                learner.log_prob = common.log_probability(squashed, action, self.action_spec)
                return action, learner.log_prob

        def distribution(seen: Any) -> Any:
            mean, log_std = tf.split(self.actor(seen), 2, axis=-1)
            normal = tfp.distributions.MultivariateNormalDiag(mean, tf.exp(tf.clip_by_value(log_std, *LOG_STD_BOUNDS)))
            return SquashToSpecNormal(normal, self.action_spec)

        agent = Agent(
            actor_network=self.actor_network(self.actor, distribution),
            alpha_optimizer=self.alpha_optimizer,
            alpha_loss_weight=1.0 if self.config.learn_alpha else 0.0,
            target_entropy=self.target_entropy,
            **self.critic_networks(),
            **shared,
        )
        agent._log_alpha = self.log_alpha
        return agent

    def more_figures(self) -> list[Any]:
        return [tf.exp(self.log_alpha), -tf.reduce_mean(self.log_prob)]


def agent_learner(config: ContinuousConfig) -> type[Learner]:
    """The learner around TF-Agents' agent for a config's method."""
    if isinstance(config, SACConfig):
        return SACAgentLearner
    return TD3AgentLearner if isinstance(config, TD3Config) else DDPGAgentLearner
