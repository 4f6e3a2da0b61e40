"""REINFORCE: play whole episodes with the policy as it is, make one gradient step, forget them.

Deviations from the sources stand in ``docs/reinforce.md``.
"""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start
from lab_tensorflow.state import generator_state, load_arrays, read_variables, save_arrays, set_generator_state, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_policy_gradient.policy_model import Architecture, PolicyModel
from lab_policy_gradient.reinforce.config import ReinforceConfig
from lab_policy_gradient.reinforce.episodes import make_stage, play
from lab_policy_gradient.spaces import spaces_of


class ReinforceTrainer(Trainer[ReinforceConfig]):
    """``stage`` holds the environments, ``learner`` the weights. A step is an episode."""

    def __init__(self, task: Task, config: ReinforceConfig, context: Context) -> None:
        super().__init__(task, config, context)
        start(device=context.device, threads=context.threads, legacy_keras=True)
        from lab_policy_gradient.reinforce.learner import ReinforceLearner

        self.stage = make_stage(config.env, config.environments)
        spaces = self.stage.spaces
        assert spaces.actions is not None
        if config.head == "bernoulli" and spaces.actions != 2:
            raise UsageError(
                f"head=bernoulli chooses between 2 actions; {config.env} has {spaces.actions}.", "Set head=categorical."
            )
        self.learner = ReinforceLearner(
            config, inputs=spaces.inputs, actions=spaces.actions, rng=context.generator("initialisation")
        )
        self.policy_rng = context.generator("policy")
        self.root = context.integer("environment")  # the seeds of a batch come from this and the number of its first episode
        self.updates = 0
        self.episodes = 0
        self.agent_steps = 0
        self.recent: deque[float] = deque(maxlen=config.score_window)

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config, left = self.config, limit
        figures: dict[str, float] = {}
        done = False
        for _ in range(config.updates_per_slice):
            count = min(config.environments, left)
            figures, mean = self._update(count)
            left -= count
            done = config.stop_at_batch is not None and count == config.environments and mean >= config.stop_at_batch
            if done or not left:
                break
        return Progress(step=self.episodes, scalars=figures, done=done)

    def _update(self, count: int) -> tuple[dict[str, float], float]:
        """Play ``count`` episodes and learn from them; figures, and the mean score of the batch."""
        config, policy = self.config, self.model()

        def choose(observations: NDArray[Any]) -> NDArray[np.int64]:
            chances = policy.probabilities(observations)
            drawn = self.policy_rng.random(len(chances))[:, None] >= np.cumsum(chances, axis=-1)
            return np.minimum(drawn.sum(axis=-1), chances.shape[-1] - 1)

        seed = int(np.random.SeedSequence([self.root, self.episodes]).generate_state(1)[0] >> 1)
        batch = play(
            self.stage,
            choose,
            seed=seed,
            environments=config.environments,
            episodes=count,
            max_steps=config.limit(),
        )
        figures = self.learner.update(batch)
        self.updates += 1
        self.episodes += count
        self.agent_steps += int(batch.lengths.sum())
        self.recent.extend(float(score) for score in batch.scores)
        told = {
            "score": float(np.mean(self.recent)),
            "score_best": float(np.max(self.recent)),
            "agent_steps": float(self.agent_steps),
            "updates": float(self.updates),
        }
        return figures | told, float(batch.scores.mean())

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", read_variables(self.learner.variables))
        (folder / "state.json").write_text(json.dumps(self._counters(), indent=1))

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "weights.npz")
        try:
            counters = json.loads((folder / "state.json").read_text())
            self.updates, self.episodes = int(counters["updates"]), int(counters["episodes"])
            self.agent_steps = int(counters["agent_steps"])
            self.recent = deque((float(score) for score in counters["recent"]), maxlen=self.config.score_window)
            set_generator_state(self.policy_rng, counters["policy"])
            root = int(counters["environment"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        self.root = root
        write_variables(self.learner.variables, arrays, what="The checkpoint")

    def _counters(self) -> dict[str, Any]:
        return {
            "updates": self.updates,
            "episodes": self.episodes,
            "agent_steps": self.agent_steps,
            "recent": list(self.recent),
            "policy": generator_state(self.policy_rng),
            "environment": self.root,
        }

    def state_digest(self) -> Mapping[str, Any]:
        counters = {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self._counters().items()}
        return read_variables(self.learner.variables) | counters

    # --- what it leaves

    def model(self) -> PolicyModel:
        config, spaces = self.config, self.stage.spaces
        architecture = Architecture(
            layers=config.layers,
            activation=config.activation,
            head=config.head,
            outputs=1 if config.head == "bernoulli" else spaces.actions or 0,
            observation=dict(spaces.observation),
        )
        return PolicyModel(architecture, self.learner.policy_weights())

    def close(self) -> None:
        self.stage.close()

    @classmethod
    def memory(cls, config: ReinforceConfig) -> int:
        width = sum(config.layers) + sum(config.value_layers) + spaces_of(config.env, method="reinforce").inputs
        return config.environments * config.limit() * width * 12 + (1 << 29)
