"""One update through TF-Agents' ReinforceAgent, as one compiled call for any number and length of episodes.

Where it differs from the agent as it comes (the first three are set through its own arguments and overridable methods):

- advantages are normalised over the steps of episodes; the agent's ``normalize_returns`` counts the padding in
- the value network learns from its own error only; the agent's ``returns - value_preds`` lets the policy's loss into it
- the entropy is the mean over the steps of episodes; the agent's counts the padding in
- the optimiser is ours, so that its whole state can be saved by name
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.agents import import_agents
from lab_tensorflow.optimizers import Adam
from numpy.typing import NDArray

from lab_policy_gradient.reinforce.config import ReinforceConfig
from lab_policy_gradient.reinforce.episodes import Batch
from lab_policy_gradient.reinforce.maths import normalised, step_weights


class Mlp:
    """Dense layers [kernel_0, bias_0, kernel_1, ...] with Xavier (Glorot) uniform kernels and zero biases; the last is linear."""

    def __init__(
        self, rng: np.random.Generator, inputs: int, layers: Sequence[int], outputs: int, *, activation: str, bias: bool
    ) -> None:
        self.activation = {"relu": tf.nn.relu, "tanh": tf.tanh}[activation]
        self.depth = len(layers) + 1
        self.variables: dict[str, Any] = {}
        for number, (rows, columns) in enumerate(pairwise((inputs, *layers, outputs))):
            limit = np.sqrt(6 / (rows + columns))
            kernel = rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)
            self.variables[f"kernel_{number}"] = tf.Variable(kernel)
            if bias:
                self.variables[f"bias_{number}"] = tf.Variable(tf.zeros(columns))

    def __call__(self, values: Any) -> Any:
        """float32 [..., inputs] to [..., outputs]."""
        for number in range(self.depth):
            values = tf.matmul(values, self.variables[f"kernel_{number}"])
            if f"bias_{number}" in self.variables:
                values += self.variables[f"bias_{number}"]
            if number < self.depth - 1:
                values = self.activation(values)
        return values


class ReinforceLearner:
    """Policy, value network, optimiser, and the agent that joins them."""

    def __init__(self, config: ReinforceConfig, *, inputs: int, actions: int, rng: np.random.Generator) -> None:
        self.config = config
        outputs = 1 if config.head == "bernoulli" else actions
        self.policy = Mlp(rng, inputs, config.layers, outputs, activation=config.activation, bias=config.bias)
        self.value = None
        if config.baseline:
            self.value = Mlp(rng, inputs, config.value_layers, 1, activation=config.activation, bias=True)
        self.optimizer = Adam(list(self.weights.values()), config.learning_rate)
        self.agent = _make_agent(self, inputs, actions)
        # TF-Agents needs no rewriting of its Python control flow, and warns when it is rewritten
        self._train = tf.autograph.experimental.do_not_convert(self.agent.train)
        shapes = ((None, None, inputs), tf.float32), ((None, None), tf.int32), ((None, None), tf.float32), ((None,), tf.int32)
        self._update = tf.function(self._updated, input_signature=[tf.TensorSpec(*shape) for shape in shapes])

    @property
    def weights(self) -> dict[str, Any]:
        """Everything that is trained, by name."""
        value = {} if self.value is None else {f"value/{name}": one for name, one in self.value.variables.items()}
        return self.policy.variables | value

    @property
    def variables(self) -> Mapping[str, Any]:
        """Everything that learning changes, by name."""
        return self.weights | {f"optimizer/{name}": variable for name, variable in self.optimizer.variables.items()}

    def policy_weights(self) -> dict[str, NDArray[np.float32]]:
        """The policy's arrays, copied to the host."""
        return {name: np.array(variable.numpy()) for name, variable in self.policy.variables.items()}

    def logits(self, observations: Any) -> Any:
        """Of every action, [..., actions]."""
        outputs = self.policy(observations)
        return tf.concat([tf.zeros_like(outputs), outputs], axis=-1) if self.config.head == "bernoulli" else outputs

    def update(self, batch: Batch) -> dict[str, float]:
        """One gradient step on whole episodes; its figures."""
        rewards = batch.rewards * np.float32(self.config.reward_scale)
        found = self._update(batch.observations, batch.actions, rewards, batch.lengths).numpy()
        names = ("policy_loss", "value_loss", "entropy")
        return {name: float(value) for name, value in zip(names, found, strict=True) if self.value or name != "value_loss"}

    def _updated(self, observations: Any, actions: Any, rewards: Any, lengths: Any) -> Any:
        from tf_agents.trajectories import time_step, trajectory

        steps = tf.shape(actions)[1]
        mask = tf.sequence_mask(lengths, steps, tf.float32)
        weights = step_weights(mask, self.config.average)
        # the agent divides its sums by the number of episodes
        self.agent.prepare(mask, weights * tf.cast(tf.shape(lengths)[0], tf.float32))
        middle = tf.fill(tf.shape(actions), time_step.StepType.MID)
        last = tf.equal(tf.range(steps)[None, :], lengths[:, None] - 1)
        experience = trajectory.Trajectory(
            step_type=middle,
            observation=observations,
            action=actions,
            policy_info=(),
            next_step_type=tf.where(last, time_step.StepType.LAST, middle),
            reward=rewards,
            discount=tf.ones_like(rewards),
        )
        loss = self._train(experience, weights=self.agent.step_weights).extra
        entropy = self.agent.mean_entropy(observations)
        return tf.stack([loss.policy_gradient_loss, tf.cast(loss.value_estimation_loss, tf.float32), entropy])


def _make_agent(learner: ReinforceLearner, inputs: int, actions: int) -> Any:
    """The agent on the learner's networks; its base classes come with TF-Agents, so they are made here."""
    import_agents()
    import tensorflow_probability as tfp
    from tf_agents.agents.reinforce import reinforce_agent
    from tf_agents.networks import network
    from tf_agents.specs import tensor_spec
    from tf_agents.trajectories import time_step

    config = learner.config

    class Network(network.Network):
        """One of our networks as TF-Agents' kind."""

        def __init__(self, spec: Any, variables: list[Any], call: Any) -> None:
            super().__init__(input_tensor_spec=spec, state_spec=(), name="network")
            self._mine, self._call = variables, call

        @property
        def trainable_weights(self) -> list[Any]:
            return self._mine

        def call(self, inputs: Any, step_type: Any = None, network_state: Any = (), training: bool = False) -> Any:
            return self._call(inputs), network_state

    class Agent(reinforce_agent.ReinforceAgent):
        """With advantages and entropy over the steps of episodes alone."""

        def prepare(self, mask: Any, weights: Any) -> None:
            """Before ``train`` in the same trace: which steps there are, and how much each weighs."""
            self.mask, self.step_weights = mask, weights

        def advantages(self, returns: Any, values: Any) -> Any:
            found = returns if values is None else returns - tf.stop_gradient(values)
            return normalised(found, self.mask, config.normalise, whole=config.whole_advantages)

        def mean_entropy(self, observations: Any) -> Any:
            entropy = tfp.distributions.Categorical(logits=learner.logits(observations)).entropy()
            return tf.reduce_sum(self.mask * entropy) / tf.reduce_sum(self.mask)

        def entropy_regularization_loss(self, actions_distribution: Any, weights: Any = None) -> Any:
            if not config.entropy_weight:
                return tf.constant(0.0)
            entropy = actions_distribution.entropy()
            return -config.entropy_weight * tf.reduce_sum(self.mask * entropy) / tf.reduce_sum(self.mask)

    spec = tf.TensorSpec((inputs,), tf.float32, name="observation")
    actor = Network(
        spec,
        list(learner.policy.variables.values()),
        lambda seen: tfp.distributions.Categorical(logits=learner.logits(seen), dtype=tf.int32),
    )
    critic = None
    if learner.value is not None:
        value = learner.value
        critic = Network(spec, list(value.variables.values()), lambda seen: value(seen)[..., 0])
    agent: Any = None
    agent = Agent(
        time_step.time_step_spec(spec),
        tensor_spec.BoundedTensorSpec((), tf.int32, 0, actions - 1, name="action"),
        actor,
        optimizer=learner.optimizer,
        value_network=critic,
        value_estimation_loss_coef=config.value_weight,
        advantage_fn=lambda returns, values: agent.advantages(returns, values),
        gamma=config.gamma,
        normalize_returns=False,
        gradient_clipping=config.max_grad_norm,
        train_step_counter=tf.Variable(0, dtype=tf.int64, trainable=False),
    )
    return agent
