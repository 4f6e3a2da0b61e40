"""PPO and A2C: play a rollout with the weights as they are, learn from it, forget it.

Deviations from Schulman et al. 2017 and Mnih et al. 2016 stand in ``docs/ppo.md`` and ``docs/a2c.md``.
"""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start
from lab_tensorflow.state import generator_state, load_arrays, read_variables, save_arrays, set_generator_state, write_variables

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_policy_gradient.ppo.config import A2CConfig, PPOConfig
from lab_policy_gradient.ppo.normalise import Moments, RewardScale, normalised
from lab_policy_gradient.ppo.returns import advantages, explained_variance
from lab_policy_gradient.ppo.rollout import Batch, Rollout, log_probabilities, minibatches
from lab_policy_gradient.ppo.vectors import make_vector
from lab_policy_gradient.ppo.weights import initial_weights


class ActorCriticTrainer(Trainer[Any]):
    """``vector`` holds the environments, ``learner`` the weights; a slice is ``rollouts_per_slice`` rollouts and updates."""

    method: str
    config: PPOConfig | A2CConfig

    def __init__(self, task: Task, config: Any, context: Context) -> None:
        super().__init__(task, config, context)
        start(device=context.device, threads=context.threads, legacy_keras=True)
        from lab_policy_gradient.ppo.actor import LargeActor, SmallActor
        from lab_policy_gradient.ppo.networks import ActorCritic

        self.vector = make_vector(config, method=self.method, threads=context.threads)
        self.size = self.vector.actions or self.vector.action_size
        weights = initial_weights(
            context.generator("initialisation"),
            self.vector.observation_shape,
            self.size,
            layers=None if config.atari else config.mlp_layers,
            log_std=None if self.vector.actions else config.log_std,
        )
        self.network = ActorCritic(weights, self.vector.observation_shape, precision=context.precision)
        self.learner = self._learner()
        self.actor = LargeActor(self.network) if config.atari else SmallActor(self.network)
        self.rollout = Rollout(
            config.rollout_steps,
            config.environments,
            self.vector.observation_shape,
            self.vector.observation_dtype,
            self.vector.actions,
            self.size,
        )
        self.moments = Moments(self.vector.observation_shape)
        self.reward_scale = RewardScale(config.environments, config.gamma, config.normalise_clip)
        self.policy_rng, self.data_rng = context.generator("policy"), context.generator("data")
        self.agent_steps = 0
        self.reported = 0
        self.updates = 0
        self.episodes = 0
        self.recent: deque[float] = deque(maxlen=config.score_window)
        self.restart_needed = False
        # the emulator can't be saved: after a load, new games begin where others were running
        self.restarts_environment = config.atari
        self.seen = self.vector.reset(context.integer("environment"))
        self.begins = np.zeros(config.environments, np.bool_)

    def _learner(self) -> Any:
        raise NotImplementedError

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config = self.config
        if self.restart_needed:
            self._restart()
        figures: dict[str, float] = {}
        for _ in range(max(1, min(config.rollouts_per_slice, limit // config.batch))):
            self.learner.schedule(self._scheduled("learning_rate"), self._scheduled("clip"))
            self._play()
            figures = self._learn()
        # a last slice that is no whole rollout counts only as far as it was asked for
        self.reported = min(self.agent_steps, self.reported + limit)
        return Progress(step=self.reported, scalars=figures | self._figures())

    def _scheduled(self, name: str) -> float:
        """A setting at this step: linear from ``name`` to ``name_end`` over the whole training, constant where that is none."""
        first, last = getattr(self.config, name, 0.0), getattr(self.config, f"{name}_end", None)
        if last is None:
            return first
        return first + min(1.0, self.agent_steps / self.config.steps) * (last - first)

    def _play(self) -> None:
        """Fill the rollout with the weights as they are."""
        config, rollout = self.config, self.rollout
        self.actor.refresh()
        mean, variance = self.moments.mean.copy(), self.moments.variance.copy()
        raw = [self.seen]
        for step in range(config.rollout_steps):
            shown = self._shown(self.seen, mean, variance)
            outputs, values = self.actor.look(shown)
            actions = self._draw(outputs)
            found = self.vector.step(actions)
            rollout.observations[step], rollout.outputs[step], rollout.actions[step] = shown, outputs, found.actions
            if values is not None:
                rollout.values[step] = values
            rollout.rewards[step] = self._reward(found.rewards, found.cuts)
            rollout.terminals[step], rollout.cuts[step], rollout.begun[step] = found.terminals, found.cuts, found.begun
            self.seen = found.observations
            if config.normalise_observations:
                raw.append(self.seen)
        rollout.observations[-1] = self._shown(self.seen, mean, variance)
        rollout.values[-1] = self.actor.values(rollout.observations[-1])
        if values is None:
            rollout.values[:-1] = self.actor.values(self._flat(rollout.observations[:-1])).reshape(rollout.values[:-1].shape)
        if config.normalise_observations:
            self.moments.update(np.concatenate(raw[1:]))
        self.agent_steps += config.batch
        self.episodes += len(self.vector.finished)
        self.recent.extend(self.vector.finished)
        self.vector.finished.clear()

    def _shown(self, observations: Any, mean: Any, variance: Any) -> Any:
        """What the network sees of observations; a rollout keeps the moments with which it began."""
        if not self.config.normalise_observations:
            return observations
        return normalised(observations, mean, variance, self.config.normalise_clip)

    def _reward(self, rewards: Any, ended: Any) -> Any:
        if self.config.normalise_rewards:
            return self.reward_scale(rewards, ended)
        clip = self.config.reward_clip
        return rewards if clip is None else np.clip(rewards, -clip, clip)

    def _draw(self, outputs: Any) -> Any:
        from lab_policy_gradient.ppo.actor import draw_categorical, draw_gaussian

        if self.vector.actions is not None:
            return draw_categorical(self.policy_rng, outputs)
        return draw_gaussian(self.policy_rng, outputs, self._log_std())

    def _log_std(self) -> Any:
        return self.network.variables["log_std"].numpy() if self.vector.actions is None else None

    def _learn(self) -> dict[str, float]:
        """The updates on the rollout; their mean figures."""
        config, rollout = self.config, self.rollout
        found = advantages(
            rollout.rewards,
            rollout.values,
            rollout.terminals,
            rollout.cuts,
            rollout.begun,
            gamma=config.gamma,
            lambda_=config.gae_lambda,
        )
        values = rollout.values[:-1]
        batch = Batch(
            observations=self._flat(rollout.observations[:-1]),
            actions=self._flat(rollout.actions),
            outputs=self._flat(rollout.outputs),
            log_probabilities=self._flat(log_probabilities(rollout.outputs, rollout.actions, self._log_std())),
            values=self._flat(values),
            advantages=self._flat(found),
            returns=self._flat(found + values),
        )
        indices = minibatches(self.data_rng, rollout.begun, config.epochs, config.minibatches)
        figures = self.learner.update(batch, indices)
        self.updates += len(indices)
        counted = ~rollout.begun
        return {**figures, "explained_variance": explained_variance(values[counted], (found + values)[counted])}

    def _flat(self, values: Any) -> Any:
        return values.reshape(-1, *values.shape[2:])

    def _figures(self) -> dict[str, float]:
        found = {
            "learning_rate": self._scheduled("learning_rate"),
            "episodes": float(self.episodes),
            "updates": float(self.updates),
        }
        if self.vector.actions is None:
            found["std"] = float(np.exp(self._log_std()).mean())
        if self.recent:
            found["score"] = float(np.mean(self.recent))
            found["score_best"] = float(np.max(self.recent))
        return found

    def _restart(self) -> None:
        """Begin new games where the running ones could not be saved, on seeds that belong to this step."""
        root = self.context.integer("environment")
        seed = int(np.random.SeedSequence([root, self.agent_steps]).generate_state(1)[0] >> 1)
        self.seen = self.vector.reset(seed)
        self.restart_needed = False

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "state.npz", self._arrays())
        (folder / "state.json").write_text(json.dumps(self._counters(), indent=1))

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "state.npz")
        parts: dict[str, dict[str, Any]] = {"vector": {}, "moments": {}, "rewards": {}}
        for name, value in arrays.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = value
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        try:
            counters = json.loads((folder / "state.json").read_text())
            self.agent_steps, self.reported = int(counters["agent_steps"]), int(counters["reported"])
            self.updates, self.episodes = int(counters["updates"]), int(counters["episodes"])
            self.recent = deque((float(score) for score in counters["recent"]), maxlen=self.config.score_window)
            for name, rng in self._streams().items():
                set_generator_state(rng, counters["streams"][name])
            self.moments.restore(parts["moments"])
            self.reward_scale.restore(parts["rewards"])
            if parts["vector"]:
                self.seen = self.vector.restore(parts["vector"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        self.restart_needed = not parts["vector"]

    def _arrays(self) -> dict[str, Any]:
        arrays = read_variables(self.learner.variables)
        arrays |= {f"vector/{name}": value for name, value in (self.vector.state() or {}).items()}
        arrays |= {f"moments/{name}": value for name, value in self.moments.state().items()}
        return arrays | {f"rewards/{name}": value for name, value in self.reward_scale.state().items()}

    def _streams(self) -> dict[str, np.random.Generator]:
        return {"policy": self.policy_rng, "data": self.data_rng}

    def _counters(self) -> dict[str, Any]:
        return {
            "agent_steps": self.agent_steps,
            "reported": self.reported,
            "updates": self.updates,
            "episodes": self.episodes,
            "recent": list(self.recent),
            "streams": {name: generator_state(rng) for name, rng in self._streams().items()},
        }

    def state_digest(self) -> Mapping[str, Any]:
        counters = {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self._counters().items()}
        return self._arrays() | counters

    # --- what it leaves

    def model(self) -> Model:
        from lab_policy_gradient.ppo.export import policy_model

        moments = self.moments if self.config.normalise_observations else None
        return policy_model(self.config, self.vector, self.network.numpy(), moments)

    def close(self) -> None:
        self.vector.close()

    @classmethod
    def memory(cls, config: Any) -> int:
        observation = config.observation_size**2 * config.history if config.atari else 1024
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
