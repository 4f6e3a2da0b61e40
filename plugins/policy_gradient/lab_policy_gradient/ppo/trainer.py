"""PPO and A2C: play a rollout with the weights as they are, learn from it, forget it.

Deviations from Schulman et al. 2017 and Mnih et al. 2016 stand in ``docs/ppo.md`` and ``docs/a2c.md``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lab_environments.gym import BEGUN_ANEW
from lab_tensorflow.agent_rates import learning_rate_at
from lab_tensorflow.agent_trainer import AgentTrainer
from lab_tensorflow.naming import numbers
from lab_tensorflow.own_network import is_own
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress
from lab_policy_gradient.ppo.config import A2CConfig, PPOConfig
from lab_policy_gradient.ppo.returns import advantages, explained_variance
from lab_policy_gradient.ppo.rollout import Rollout, minibatches
from lab_policy_gradient.ppo.vectors import make_vector
from lab_policy_gradient.ppo.weights import initial_weights
from lab_policy_gradient.spaces import spaces_of


class ActorCriticTrainer(AgentTrainer[Any]):
    """``vector`` holds the environments, ``learner`` the weights; a slice is ``rollouts_per_slice`` rollouts and updates."""

    memory_settings = ("environments", "rollout_steps")
    method: str
    config: PPOConfig | A2CConfig

    def __init__(self, task: Task, config: Any, context: Context) -> None:
        super().__init__(task, config, context)
        start(device=context.device, threads=context.threads, legacy_keras=True)
        from lab_policy_gradient.ppo.actor import LargeActor, SmallActor
        from lab_policy_gradient.ppo.player import Player

        self.vector = make_vector(config, method=self.method, threads=context.threads)
        size = self.vector.actions or self.vector.action_size
        self.network = self._network(size)
        compiled = config.atari or is_own(config.network)
        self.learner = self._learner()
        self.player = Player(
            config,
            self.vector,
            LargeActor(self.network) if compiled else SmallActor(self.network),
            size=size,
            seed=context.integer("environment"),
            rng=context.generator("policy"),
        )
        self.data_rng = context.generator("data")
        # the emulator can't be saved: after a load, new games start where others were running
        self.restarts_environment = config.atari

    def _network(self, outputs: int) -> Any:
        """Policy and critic for the environments' observations, with their first weights."""
        from lab_policy_gradient.ppo.networks import ActorCritic
        from lab_policy_gradient.ppo.own_network import OwnActorCritic

        config, context, shape = self.config, self.context, self.vector.observation_shape
        rng, log_std = context.generator("initialisation"), None if self.vector.actions else config.log_std
        if is_own(config.network):
            return OwnActorCritic(config.network, shape, outputs, rng=rng, log_std=log_std, precision=context.precision)
        weights = initial_weights(rng, shape, outputs, layers=None if config.atari else config.mlp_layers, log_std=log_std)
        return ActorCritic(weights, shape, precision=context.precision)

    def _learner(self) -> Any:
        raise NotImplementedError

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config = self.config
        if self.restart_needed:
            self.player.restart(self.restart_seed(BEGUN_ANEW))
        metrics: dict[str, float] = {}
        for _ in range(max(1, min(config.rollouts_per_slice, limit // config.batch))):
            self.learner.schedule(learning_rate_at(config, self.agent_steps), self._clip())
            metrics = self._learn(self.player.play())
        return Progress(step=self.report(limit), scalars=metrics | self._metrics(), notes=self.take_notes())

    def _clip(self) -> float:
        """PPO's clipping range at this step: linear from ``clip`` to ``clip_end``, constant without the latter."""
        first, last = getattr(self.config, "clip", 0.0), getattr(self.config, "clip_end", None)
        return first if last is None else first + min(1.0, self.agent_steps / self.config.steps) * (last - first)

    def _learn(self, rollout: Rollout) -> dict[str, float]:
        """The updates on a rollout; the means of their metrics."""
        config = self.config
        found = advantages(
            rollout.rewards,
            rollout.values,
            rollout.terminals,
            rollout.ended,
            rollout.begun,
            gamma=config.gamma,
            lambda_=config.gae_lambda,
        )
        indices = minibatches(self.data_rng, rollout.begun, config.epochs, config.minibatches)
        metrics = self.learner.update(self.player.batch(found), indices)
        self.updates += len(indices)
        self.agent_steps += config.batch
        self.count_episodes(self.vector.finished)
        counted, values = ~rollout.begun, rollout.values[:-1]
        return {**metrics, "explained_variance": explained_variance(values[counted], (found + values)[counted])}

    def _metrics(self) -> dict[str, float]:
        found = {
            "learning_rate": learning_rate_at(self.config, self.agent_steps),
            "episodes": float(self.episodes),
            "updates": float(self.updates),
        }
        if self.player.log_std is not None:
            found["std"] = float(np.exp(self.player.log_std).mean())
        return found | self.returns()

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "state.npz", self._arrays())
        self.save_counters(folder)

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "state.npz")
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        self.load_counters(folder)
        try:
            self.restart_needed = not self.player.restore(arrays)
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error

    def _arrays(self) -> dict[str, Any]:
        return {**read_variables(self.learner.variables), **self.player.state()}

    def streams(self) -> dict[str, np.random.Generator]:
        return {"policy": self.player.rng, "data": self.data_rng}

    def parameters(self) -> Mapping[str, int]:
        found: dict[str, int] = {}  # by the first part of a name: trunk, policy, value, log_std
        for name, variable in self.network.variables.items():
            part = name.split("/")[0]
            found[part] = found.get(part, 0) + numbers([variable])
        return found

    def state_digest(self) -> Mapping[str, Any]:
        return self._arrays() | self.counter_digest()

    # --- model

    def model(self) -> Model:
        from lab_policy_gradient.ppo.export import policy_model

        moments = self.player.moments if self.config.normalise_observations else None
        return policy_model(self.config, self.vector, self.network.numpy(), moments)

    def close(self) -> None:
        self.vector.close()

    @classmethod
    def memory(cls, config: Any) -> int:
        if config.atari:
            observation = config.observation_size**2 * config.history
        else:
            observation = 4 * spaces_of(config.env, method=cls.method).inputs
        # the rollout, its copy in TensorFlow, and a minibatch's activations
        activations = config.batch // config.minibatches * 500_000 if config.atari else 0
        return 2 * config.batch * observation + activations + (1 << 29)


class PPOTrainer(ActorCriticTrainer):
    """Proximal policy optimisation."""

    method = "ppo"

    def _learner(self) -> Any:
        if self.config.learner == "agent":
            from lab_policy_gradient.ppo.agent_learner import AgentLearner

            return AgentLearner(self.config, self.network)
        from lab_policy_gradient.ppo.learner import PPOLearner

        return PPOLearner(self.config, self.network)


class A2CTrainer(ActorCriticTrainer):
    """Advantage actor-critic."""

    method = "a2c"

    def _learner(self) -> Any:
        from lab_policy_gradient.ppo.learner import A2CLearner

        return A2CLearner(self.config, self.network)
