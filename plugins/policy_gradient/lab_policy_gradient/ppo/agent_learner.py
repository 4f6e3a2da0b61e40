"""``learner=agent``: TF-Agents' own PPOClipAgent makes the updates, one call of ``train`` for each minibatch."""

from typing import Any

import tensorflow as tf
from lab_tensorflow.agents import import_agents

from lab_core.errors import UsageError
from lab_policy_gradient.ppo.config import PPOConfig
from lab_policy_gradient.ppo.learner import PPOLearner
from lab_policy_gradient.ppo.networks import ActorCritic
from lab_policy_gradient.ppo.rollout import Batch


class AgentLearner(PPOLearner):
    """A :class:`PPOLearner` whose gradient steps are the agent's. Advantages and returns are computed before, as for ours."""

    def __init__(self, config: PPOConfig, network: ActorCritic) -> None:
        super().__init__(config, network)
        if config.clip_end is not None or not config.normalise_advantages:
            raise UsageError(
                "TF-Agents' PPOClipAgent has a fixed clip and always normalises advantages.",
                "Set clip_end=none and normalise_advantages=true, or learner=compiled.",
            )
        import_agents()
        from tf_agents.agents.ppo import ppo_clip_agent
        from tf_agents.specs import tensor_spec
        from tf_agents.trajectories import time_step

        outputs = network.outputs
        self.old_log_std = tf.Variable(tf.zeros((outputs,)), trainable=False) if network.continuous else None
        action_spec = tensor_spec.BoundedTensorSpec((), tf.int32, 0, outputs - 1, name="action")
        if network.continuous:
            action_spec = tensor_spec.BoundedTensorSpec((outputs,), tf.float32, -1e9, 1e9, name="action")
        # TF-Agents overflows on uint8 specs, so frames are handed over as float32; the network casts them all the same
        self._observation_spec = tf.TensorSpec(network.observation_shape, tf.float32, name="observation")
        self.agent = ppo_clip_agent.PPOClipAgent(
            time_step.time_step_spec(self._observation_spec),
            action_spec,
            optimizer=self.optimizer,
            actor_net=_network_type("policy")(network, self._observation_spec),
            value_net=_network_type("value")(network, self._observation_spec),
            importance_ratio_clipping=config.clip,
            discount_factor=config.gamma,
            entropy_regularization=config.entropy_weight,
            value_pred_loss_coef=0.5 * config.value_weight,
            num_epochs=1,
            normalize_rewards=False,
            normalize_observations=False,
            gradient_clipping=config.max_grad_norm,
            value_clipping=config.clip if config.value_clip else None,
            compute_value_and_advantage_in_train=False,
            update_normalizers_in_train=False,
            aggregate_losses_across_replicas=False,
            train_step_counter=tf.Variable(0, dtype=tf.int64, trainable=False),
        )
        # TF-Agents needs no rewriting of its Python control flow, and warns when it is rewritten
        self._train = tf.autograph.experimental.do_not_convert(self.agent.train)

    def update(self, batch: Batch, indices: Any) -> dict[str, float]:
        if self.old_log_std is not None:
            self.old_log_std.assign(self.network.variables["log_std"])
        return super().update(batch, indices)

    def step(self, batch: Batch) -> Any:
        _, figures = self.loss(batch)
        self._train(self.experience(batch))
        return tf.stack(figures)

    def experience(self, batch: Batch) -> Any:
        """A minibatch as the agent's trajectories [batch, 1], none of them at the end of an episode."""
        from tf_agents.trajectories import time_step, trajectory

        def timed(tensor: Any) -> Any:
            return tf.expand_dims(tensor, 1)

        parameters = {"logits": timed(batch.outputs)}
        if self.old_log_std is not None:
            deviations = tf.broadcast_to(tf.exp(self.old_log_std), tf.shape(batch.outputs))
            parameters = {"loc": timed(batch.outputs), "scale_diag": timed(deviations)}
        middle = tf.fill(tf.shape(timed(batch.values)), time_step.StepType.MID)
        return trajectory.Trajectory(
            step_type=middle,
            observation=timed(tf.cast(batch.observations, tf.float32)),
            action=timed(batch.actions),
            policy_info={
                "dist_params": parameters,
                "value_prediction": timed(batch.values),
                "return": timed(batch.returns),
                "advantage": timed(batch.advantages),
            },
            next_step_type=middle,
            reward=tf.zeros_like(timed(batch.values)),
            discount=tf.ones_like(timed(batch.values)),
        )


def _network_type(part: str) -> Any:
    """A TF-Agents network on one half of ours; made here because its base class comes with TF-Agents."""
    import tensorflow_probability as tfp
    from tf_agents.networks import network as networks

    class Half(networks.Network):
        def __init__(self, network: ActorCritic, spec: Any) -> None:
            super().__init__(input_tensor_spec=spec, state_spec=(), name=part)
            self._network = network
            self._mine = [
                variable
                for name, variable in network.variables.items()
                if not name.startswith("value/" if part == "policy" else "policy/") and (part == "policy" or name != "log_std")
            ]

        @property
        def trainable_weights(self) -> list[Any]:
            return self._mine

        def call(self, inputs: Any, step_type: Any = None, network_state: Any = (), training: bool = False) -> Any:
            outer = tf.shape(inputs)[: len(inputs.shape) - len(self._network.observation_shape)]
            flat = tf.reshape(inputs, (-1, *self._network.observation_shape))
            if part == "value":
                return tf.reshape(self._network.value(flat), outer), network_state
            outputs = self._network.policy(flat)
            outputs = tf.reshape(outputs, tf.concat([outer, tf.shape(outputs)[-1:]], 0))
            if not self._network.continuous:
                return tfp.distributions.Categorical(logits=outputs, dtype=tf.int32), network_state
            deviations = tf.broadcast_to(tf.exp(self._network.variables["log_std"]), tf.shape(outputs))
            return tfp.distributions.MultivariateNormalDiag(outputs, deviations), network_state

    return Half
