"""PQN on vector environments (Gallici et al. 2024): a rollout of all of them, then a few epochs of Q-learning on it.

With ``overlap`` one thread plays the next rollout, with the weights as they stood when it began, while another learns from
the one before. What is learnt from is so one round of learning older than in the paper; nothing depends on which thread is
faster. Without it, the order is the paper's.

Other deviations from the paper: a convolution has no bias of its own before the layer normalisation, whose shift takes its
place; steps that only begin a new game are left out of the loss; where a game is cut by its cap, the target bootstraps from
its last frame.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.agent_rates import learning_rate_at
from lab_tensorflow.naming import numbers
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress
from lab_dqn.game_trainer import GameTrainer
from lab_dqn.pqn.config import PQNConfig
from lab_dqn.pqn.rollout import ARRAYS, Rollout, lambda_targets
from lab_dqn.vectors import frame_bytes

TRANSITIONS_AT_ONCE = 512  # in one entry into TensorFlow; the next ones are gathered meanwhile


class PQNTrainer(GameTrainer[PQNConfig]):
    """Learns one game; ``learner`` holds the weights, ``vector`` the environments, ``current`` the rollout being played."""

    memory_settings = ("environments", "rollout")

    def __init__(self, task: Task, config: PQNConfig, context: Context) -> None:
        start(device=context.device, threads=context.threads, legacy_keras=True)
        super().__init__(task, config, context, threads=context.threads)
        from lab_dqn.pqn.learner import PQNLearner

        self.current, self.ready = (
            Rollout(
                environments=config.environments,
                length=config.rollout,
                frame_shape=self.vector.frame_shape,
                frame_dtype=self.vector.frame_dtype,
                history=self.history,
            )
            for _ in range(2)
        )
        self.learner = PQNLearner(
            config,
            observation_shape=self.observation_shape,
            actions=self.vector.actions,
            precision=context.precision,
            seed=context.integer("initialisation"),
        )
        self.t = 0  # position in the current rollout
        self.full = False  # `ready` holds a rollout that wasn't learnt from yet
        self.current.begin(self.vector.reset(context.integer("environment")))

    # --- one slice

    def advance(self, limit: int) -> Progress:
        """Play the rest of the current rollout, or less at the end of a budget; learn from the one before as it begins."""
        config = self.config
        if self.restart_needed:  # the rollout that was being played is lost with its games
            self.current.begin(self.new_games())
            self.t = 0
        scalars: dict[str, float] = {}
        learning: Future[dict[str, float]] | None = None
        if self.t == 0:
            self.learner.optimizer.learning_rate.assign(learning_rate_at(config, self.agent_steps))
            if self.full and not config.overlap:
                scalars |= self._learn()
            self.learner.publish()
            if self.full and config.overlap:
                learning = self._threads.submit(self._learn)
        steps = min(config.rollout - self.t, max(1, limit // config.environments))
        try:
            self._act(steps)
        finally:
            if learning is not None:
                scalars |= learning.result()
        self.full = self.t == config.rollout
        if self.full:
            self._finish()
        return self.progress(limit, scalars)

    def _act(self, steps: int) -> None:
        """Play ``steps`` steps of every environment with the actor's weights."""
        count, rollout = self.config.environments, self.current
        for t in range(self.t, self.t + steps):
            best_actions, best = (found.numpy() for found in self.learner.look(rollout.newest(t)))
            rollout.best[t] = best
            explore = self.policy_rng.random(count) < self.config.epsilon(self.agent_steps)
            actions = np.where(explore, self.policy_rng.integers(0, self.vector.actions, count, dtype=np.int32), best_actions)
            actions = self.vector.forced(actions)
            step = self.vector.step(actions)
            rollout.append(t, actions, step.rewards, step.terminals, step.begun, step.frames)
            self.agent_steps += count
        self.t += steps
        self.count_episodes(self.vector.finished)

    def _finish(self) -> None:
        """Value the last frames, and begin the next rollout where this one ended."""
        self.current.best[-1] = self.learner.look(self.current.newest(self.t))[1].numpy()
        self.ready, self.current = self.current, self.ready
        self.current.follow(self.ready)
        self.t = 0

    def _goals(self) -> NDArray[np.float32]:
        """The targets [rollout * environments] of the rollout that is ready."""
        rollout, clip = self.ready, self.config.reward_clip
        rewards = rollout.reward if clip is None else np.clip(rollout.reward, -clip, clip)
        targets = lambda_targets(
            rewards, rollout.terminal, rollout.cut, rollout.best, gamma=self.config.gamma, trace=self.config.trace
        )
        return targets.reshape(-1)

    def _learn(self) -> dict[str, float]:
        """The epochs over the rollout that is ready. Gathers the next minibatches while TensorFlow computes."""
        config, rollout, goals = self.config, self.ready, self._goals()
        action, weight = rollout.action.reshape(-1), (~rollout.cut.reshape(-1)).astype(np.float32)
        order = np.concatenate([self.data_rng.permutation(config.rollout_steps) for _ in range(config.epochs)])
        minibatches = order.reshape(-1, config.batch_size)
        size = max(1, TRANSITIONS_AT_ONCE // config.batch_size)
        while len(minibatches) % size:
            size -= 1
        parts = minibatches.reshape(-1, size, config.batch_size)
        total = np.zeros(3)
        seen = rollout.gather(parts[0].reshape(-1))
        for number, part in enumerate(parts):
            last = number + 1 == len(parts)
            following = None if last else self._threads.submit(rollout.gather, parts[number + 1].reshape(-1))
            observation = seen.reshape(*part.shape, *seen.shape[1:])
            total += self.learner.updates(observation, action[part], goals[part], weight[part]).numpy()
            if following is not None:
                seen = following.result()
        self.updates += len(minibatches)
        loss, value, norm = total / len(minibatches)
        return {"loss": float(loss), "q": float(value), "gradient_norm": float(norm)}

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "state.npz", self._arrays())
        self.save_counters(folder)

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "state.npz")
        place = self.load_counters(folder)
        self.t, self.full = place["t"], bool(place["full"])
        try:
            for which, rollout in (("current", self.current), ("ready", self.ready)):
                for name in ARRAYS:
                    getattr(rollout, name)[:] = arrays[f"{which}/{name}"]
        except (ValueError, KeyError) as error:
            raise LabError(f"The saved rollouts in {folder} can't be read: {error}.") from error
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        self.restore_vector(arrays)

    def place(self) -> dict[str, int]:
        return {"t": self.t, "full": int(self.full)}

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = read_variables(self.learner.variables) | self.vector_arrays()
        for which, rollout in (("current", self.current), ("ready", self.ready)):
            arrays |= {f"{which}/{name}": getattr(rollout, name) for name in ARRAYS}
        return arrays

    def parameters(self) -> Mapping[str, int]:
        return {"q_network": numbers(self.learner.online.variables)}

    def state_digest(self) -> Mapping[str, Any]:
        return {name: np.array(value) for name, value in self._arrays().items()} | self.counter_digest()

    @classmethod
    def memory(cls, config: PQNConfig) -> int:
        frame = frame_bytes(config)
        rollouts = 2 * (config.rollout + config.history) * config.environments * frame
        batches = 6 * max(TRANSITIONS_AT_ONCE, config.batch_size, config.environments) * frame * config.history
        activations = 4 * 26_000 * max(config.batch_size, config.environments) * 4 if config.atari else 0
        return rollouts + batches + activations + (1 << 30)
