"""DDPG, TD3 and SAC on environments side by side: a slice of acting, then a slice of updates, in turn.

Deviations from the papers: the actor's weights stand still within a slice (``slice_steps`` agent steps, 64 by default), whose
updates follow it in one call; several environments act side by side.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lab_environments.gym import BEGUN_ANEW
from lab_tensorflow.agent_trainer import AgentTrainer
from lab_tensorflow.naming import numbers
from lab_tensorflow.ring_store import RingStore
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress
from lab_policy_gradient.continuous.config import ContinuousConfig, DDPGConfig, SACConfig, TD3Config
from lab_policy_gradient.continuous.environments import Environments
from lab_policy_gradient.continuous.noise import Noise, OrnsteinUhlenbeck
from lab_policy_gradient.continuous.policy import best_action, sampled_action
from lab_policy_gradient.continuous.replay import Replay
from lab_policy_gradient.spaces import spaces_of

Floats = NDArray[np.float32]


class ContinuousTrainer(AgentTrainer[ContinuousConfig]):
    """Learns one environment; ``learner`` holds the weights, ``replay`` the memory, ``environments`` what is played."""

    memory_settings = ("replay_capacity", "updates_per_slice")

    def __init__(self, task: Task, config: ContinuousConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self.environments = Environments(config.env, config.environments, method=config.method)
        start(device=context.device, threads=context.threads, legacy_keras=True)
        observation_size, action_size = self.environments.spaces.inputs, self.environments.action_size
        self.replay = Replay(config.replay_capacity, observation_size, action_size)
        self.store = RingStore(self.replay)
        self.learner = learner_type(config)(
            config,
            observation_size=observation_size,
            action_size=action_size,
            rng=context.generator("initialisation"),
        )
        self.actor: list[Floats] = self.learner.actor.arrays()
        self.noise = _noise(config, action_size)
        self.policy_rng, self.data_rng = context.generator("policy"), context.generator("data")
        self.environments.reset(context.integer("environment"))

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config, before = self.config, self.agent_steps
        for _ in range(max(1, min(config.slice_steps, limit) // config.environments)):
            self._act()
        # counted in whole slices since the warm-up, so that a short slice changes nothing but the place where it ends
        due = self._slices(self.agent_steps) - self._slices(before)
        scalars = self._learn(due) if due else {}
        return Progress(step=self.report(limit), scalars=scalars | self._metrics(), notes=self.take_notes())

    def _slices(self, agent_steps: int) -> int:
        return max(0, agent_steps - self.config.warm_up) // self.config.slice_steps

    def _act(self) -> None:
        """One step of every environment, remembered."""
        environments = self.environments
        observations = environments.observations.copy()
        actions = self._actions(observations)
        step = environments.step(actions)
        self.noise.restart(step.ended)
        self.replay.append(
            observation=observations,
            action=actions,
            reward=step.rewards,
            terminated=step.terminated,
            next_observation=step.next_observations,
        )
        self.agent_steps += environments.count
        self.count_episodes(environments.finished)

    def _actions(self, observations: Floats) -> Floats:
        """What explores, [environments, action] in the unit box."""
        shape = (len(observations), self.environments.action_size)
        if self.agent_steps < self.config.warm_up:
            return self.policy_rng.uniform(-1.0, 1.0, shape).astype(np.float32)
        if isinstance(self.config, SACConfig):
            return sampled_action(self.actor, observations, self.policy_rng.standard_normal(shape, dtype=np.float32))
        actions = best_action(self.actor, observations, shape[1]) + self.noise.step(self.policy_rng)
        return np.clip(actions, -1.0, 1.0)

    def _learn(self, rounds: int) -> dict[str, float]:
        """The updates of ``rounds`` slices, each in one call; the means of the last one's figures."""
        config, learner = self.config, self.learner
        figures: Floats = np.zeros(len(learner.figures), np.float32)
        for _ in range(rounds):
            data = self.replay.sample(self.data_rng, config.updates_per_slice, config.batch_size)
            shape = (config.updates_per_slice, learner.draws, config.batch_size, self.environments.action_size)
            noise = self.data_rng.standard_normal(shape, dtype=np.float32)
            reward = np.float32(config.reward_scale) * data["reward"]
            discount = np.where(data["terminated"], np.float32(0), np.float32(config.gamma))
            figures = learner.updates(
                data["observation"], data["action"], reward, discount, data["next_observation"], noise
            ).numpy()
            self.updates += config.updates_per_slice
        self.actor = learner.actor.arrays()
        return {name: float(value) for name, value in zip(learner.figures, figures, strict=True)}

    def _metrics(self) -> dict[str, float]:
        found = {"episodes": float(self.episodes), "updates": float(self.updates), "replay": float(self.replay.filled)}
        return found | self.returns()

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", self._arrays())
        self.store.save(folder / "replay.npz", chunks)
        self.save_counters(folder)

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "weights.npz")
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        position = self.load_counters(folder)["replay_position"]
        try:
            self.noise.state = arrays["noise"].copy()
            if not self.environments.restore(_under("environments/", arrays)):
                self.noise.restart(np.ones(self.config.environments, np.bool_))
                self._notes = (BEGUN_ANEW,)
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        self.store.load(folder / "replay.npz", chunks, position)
        self.actor = self.learner.actor.arrays()

    def _arrays(self) -> dict[str, NDArray[Any]]:
        running = {f"environments/{name}": value for name, value in self.environments.state().items()}
        return read_variables(self.learner.variables) | running | {"noise": self.noise.state.copy()}

    def streams(self) -> dict[str, np.random.Generator]:
        return {"policy": self.policy_rng, "data": self.data_rng}

    def place(self) -> dict[str, int]:
        return {"replay_position": self.replay.position}

    def parameters(self) -> Mapping[str, int]:
        return {
            "actor": numbers(self.learner.actor.weights),
            **{f"critic{i + 1}": numbers(critic.weights) for i, critic in enumerate(self.learner.critics)},
        }

    def state_digest(self) -> Mapping[str, Any]:
        arrays: dict[str, Any] = self._arrays() | {f"replay/{name}": rows for name, rows in self.replay.newest().items()}
        return arrays | self.counter_digest()

    # --- model

    def model(self) -> Model:
        from lab_policy_gradient.policy_model import Architecture, PolicyModel

        spaces, size = self.environments.spaces, self.environments.action_size
        # a Gaussian actor's second half, the deviations, is of no use to its mode
        weights = [*self.actor[:-2], *(part[..., :size] for part in self.actor[-2:])]
        architecture = Architecture(
            layers=self.config.actor_layers,
            activation="relu",
            head="gaussian",
            outputs=size,
            observation=dict(spaces.observation),
            low=tuple(float(bound) for bound in spaces.low),
            high=tuple(float(bound) for bound in spaces.high),
            action_shape=spaces.action_shape,
            squash=True,
        )
        names = [f"{kind}_{layer}" for layer in range(len(weights) // 2) for kind in ("kernel", "bias")]
        return PolicyModel(architecture, dict(zip(names, weights, strict=True)))

    def close(self) -> None:
        self.environments.close()

    @classmethod
    def memory(cls, config: ContinuousConfig) -> int:
        """Replay, the slice's batches on both sides of TensorFlow, and TensorFlow itself."""
        spaces = spaces_of(config.env, method=config.method)
        observation_size, action_size = spaces.inputs, len(spaces.low)
        row = 8 * observation_size + 4 * action_size + 5
        batches = config.updates_per_slice * config.batch_size * (row + 12 * action_size)
        return config.replay_capacity * row + 4 * batches + (700 << 20)


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _noise(config: ContinuousConfig, action_size: int) -> Noise:
    if not isinstance(config, DDPGConfig):
        return Noise(0.0, config.environments, action_size)
    if config.noise == "gaussian":
        return Noise(config.noise_sigma, config.environments, action_size)
    return OrnsteinUhlenbeck(config.noise_sigma, config.environments, action_size, theta=config.noise_theta)


def learner_type(config: ContinuousConfig) -> Any:
    """The learner of a config's method, ours or the one around TF-Agents' agent."""
    if config.learner == "agent":
        from lab_policy_gradient.continuous.agent_learners import agent_learner

        return agent_learner(config)
    from lab_policy_gradient.continuous.ddpg import DDPGLearner
    from lab_policy_gradient.continuous.sac import SACLearner
    from lab_policy_gradient.continuous.td3 import TD3Learner

    types = {DDPGConfig: DDPGLearner, TD3Config: TD3Learner, SACConfig: SACLearner}
    return types[type(config)]
