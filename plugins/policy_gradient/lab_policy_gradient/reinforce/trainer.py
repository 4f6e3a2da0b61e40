"""REINFORCE: play whole episodes with the policy as it is, make one gradient step, forget them.

Deviations from the sources stand in ``docs/reinforce.md``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.agent_trainer import AgentTrainer
from lab_tensorflow.naming import numbers
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import UsageError
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress
from lab_policy_gradient.policy_model import Architecture, PolicyModel
from lab_policy_gradient.reinforce.config import ReinforceConfig
from lab_policy_gradient.reinforce.episodes import make_stage, play
from lab_policy_gradient.spaces import spaces_of


class ReinforceTrainer(AgentTrainer[ReinforceConfig]):
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

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config, left = self.config, limit
        metrics: dict[str, float] = {}
        done = False
        for _ in range(config.updates_per_slice):
            count = min(config.environments, left)
            metrics, mean = self._update(count)
            left -= count
            done = config.stop_at_batch is not None and count == config.environments and mean >= config.stop_at_batch
            if done or not left:
                break
        return Progress(step=self.episodes, scalars=metrics, done=done)

    def _update(self, count: int) -> tuple[dict[str, float], float]:
        """Play ``count`` episodes and learn from them; metrics, and the mean score of the batch."""
        config, policy = self.config, self.model()

        def choose(observations: NDArray[Any]) -> NDArray[np.int64]:
            probabilities = policy.probabilities(observations)
            above = self.policy_rng.random(len(probabilities))[:, None] >= np.cumsum(probabilities, axis=-1)
            return np.minimum(above.sum(axis=-1), probabilities.shape[-1] - 1)

        seed = int(np.random.SeedSequence([self.root, self.episodes]).generate_state(1)[0] >> 1)
        batch = play(
            self.stage,
            choose,
            seed=seed,
            environments=config.environments,
            episodes=count,
            max_steps=config.limit(),
        )
        metrics = self.learner.update(batch)
        self.updates += 1
        self.agent_steps += int(batch.lengths.sum())
        self.count_episodes([float(score) for score in batch.scores])
        counts = {"agent_steps": float(self.agent_steps), "updates": float(self.updates)}
        return metrics | self.returns() | counts, float(batch.scores.mean())

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", read_variables(self.learner.variables))
        self.save_counters(folder)

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "weights.npz")
        self.root = self.load_counters(folder)["environment_seed"]
        write_variables(self.learner.variables, arrays, what="The checkpoint")

    def streams(self) -> dict[str, np.random.Generator]:
        return {"policy": self.policy_rng}

    def place(self) -> dict[str, int]:
        return {"environment_seed": self.root}

    def parameters(self) -> Mapping[str, int]:
        networks = {"policy": self.learner.policy, "value": self.learner.value}
        return {name: numbers(network.variables.values()) for name, network in networks.items() if network is not None}

    def state_digest(self) -> Mapping[str, Any]:
        return read_variables(self.learner.variables) | self.counter_digest()

    # --- model

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
