"""PQN on vector environments (Gallici et al. 2024): a rollout of all of them, then a few epochs of Q-learning on it.

With ``overlap`` one thread plays the next rollout, with the weights as they stood when it began, while another learns from
the one before. What is learnt from is so one round of learning older than in the paper; nothing depends on which thread is
faster. Without it, the order is the paper's.

Other deviations from the paper: a convolution has no bias of its own before the layer normalisation, whose shift takes its
place; steps that only begin a new game are left out of the loss; where a game is cut by its cap, the target bootstraps from
its last frame.
"""

import json
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start
from lab_tensorflow.state import generator_state, load_arrays, read_variables, save_arrays, set_generator_state, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_dqn.pqn.config import PQNConfig
from lab_dqn.pqn.rollout import ARRAYS, Rollout, lambda_targets
from lab_dqn.vectors import make_vector

TRANSITIONS_AT_ONCE = 512  # in one entry into TensorFlow; the next ones are gathered meanwhile


class PQNTrainer(Trainer[PQNConfig]):
    """Learns one game; ``learner`` holds the weights, ``vector`` the environments, ``current`` the rollout being played."""

    def __init__(self, task: Task, config: PQNConfig, context: Context) -> None:
        super().__init__(task, config, context)
        start(device=context.device, threads=context.threads, legacy_keras=True)
        from lab_dqn.pqn.learner import PQNLearner

        self.vector = make_vector(config, threads=max(1, context.threads))
        history = config.history if config.atari else 1
        self.observation_shape = (*self.vector.frame_shape, history) if config.atari else self.vector.frame_shape
        self.current, self.ready = (
            Rollout(
                environments=config.environments,
                length=config.rollout,
                frame_shape=self.vector.frame_shape,
                frame_dtype=self.vector.frame_dtype,
                history=history,
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
        self.policy_rng, self.data_rng = context.generator("policy"), context.generator("data")
        self.t = 0  # position in the current rollout
        self.full = False  # `ready` holds a rollout that wasn't learnt from yet
        self.agent_steps = self.reported = self.updates = self.games = 0
        self.recent: deque[float] = deque(maxlen=config.score_window)
        self.restart_needed = False
        # the emulator can't be saved: after a load, new games begin where others were running
        self.restarts_environment = self.vector.state() is None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="pqn")
        self.current.begin(self.vector.reset(context.integer("environment")))

    # --- one slice

    def advance(self, limit: int) -> Progress:
        """Play the rest of the current rollout, or less at the end of a budget; learn from the one before as it begins."""
        config = self.config
        if self.restart_needed:
            self._restart()
        scalars: dict[str, float] = {}
        learning: Future[dict[str, float]] | None = None
        if self.t == 0:
            self.learner.optimizer.learning_rate.assign(config.learning_rate_at(self.agent_steps))
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
        # a last slice that is no whole vector step counts only as far as it was asked for
        self.reported = min(self.agent_steps, self.reported + limit)
        return Progress(step=self.reported, scalars=scalars | self._figures())

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
            rollout.append(t, actions, step.rewards, step.terminals, step.cuts, step.frames)
            self.agent_steps += count
        self.t += steps
        self.games += len(self.vector.finished)
        self.recent.extend(self.vector.finished)
        self.vector.finished.clear()

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

    def _figures(self) -> dict[str, float]:
        found = {
            "epsilon": self.config.epsilon(self.agent_steps),
            "games": float(self.games),
            "updates": float(self.updates),
        }
        if self.recent:
            found["score"] = float(np.mean(self.recent))
            found["score_best"] = float(np.max(self.recent))
        return found

    def _restart(self) -> None:
        """Begin new games, and a new rollout, where the running ones could not be saved, on seeds that belong to this step."""
        root = self.context.integer("environment")
        seed = int(np.random.SeedSequence([root, self.agent_steps]).generate_state(1)[0] >> 1)
        self.current.begin(self.vector.reset(seed))
        self.t = 0
        self.restart_needed = False

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "state.npz", self._arrays())
        (folder / "state.json").write_text(json.dumps(self._counters(), indent=1))

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "state.npz")
        try:
            counters = json.loads((folder / "state.json").read_text())
            self.agent_steps, self.reported = int(counters["agent_steps"]), int(counters["reported"])
            self.updates, self.games = int(counters["updates"]), int(counters["games"])
            self.t, self.full = int(counters["t"]), bool(counters["full"])
            self.recent = deque((float(score) for score in counters["recent"]), maxlen=self.config.score_window)
            for name, rng in self._streams().items():
                set_generator_state(rng, counters["streams"][name])
            for which, rollout in (("current", self.current), ("ready", self.ready)):
                for name in ARRAYS:
                    getattr(rollout, name)[:] = arrays[f"{which}/{name}"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        state = {name.removeprefix("vector/"): value for name, value in arrays.items() if name.startswith("vector/")}
        if state:
            self.vector.restore(state)
        self.restart_needed = not state

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = read_variables(self.learner.variables)
        arrays |= {f"vector/{name}": value for name, value in (self.vector.state() or {}).items()}
        for which, rollout in (("current", self.current), ("ready", self.ready)):
            arrays |= {f"{which}/{name}": getattr(rollout, name) for name in ARRAYS}
        return arrays

    def _streams(self) -> dict[str, np.random.Generator]:
        streams = {"policy": self.policy_rng, "data": self.data_rng}
        if self.vector.generator is not None:
            streams["environment"] = self.vector.generator
        return streams

    def _counters(self) -> dict[str, Any]:
        return {
            "agent_steps": self.agent_steps,
            "reported": self.reported,
            "updates": self.updates,
            "games": self.games,
            "t": self.t,
            "full": self.full,
            "recent": list(self.recent),
            "streams": {name: generator_state(rng) for name, rng in self._streams().items()},
        }

    def state_digest(self) -> Mapping[str, Any]:
        arrays = {name: np.array(value) for name, value in self._arrays().items()}
        return arrays | {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self._counters().items()}

    # --- what it leaves

    def model(self) -> Model:
        from lab_dqn.model import QNetworkModel

        weights = [np.array(variable.numpy()) for variable in self.learner.online.variables]
        return QNetworkModel.from_weights(
            self.config, self.observation_shape, self.vector.actions, weights, self.context.precision
        )

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self.vector.close()

    @classmethod
    def memory(cls, config: PQNConfig) -> int:
        frame = config.observation_size**2 if config.atari else 64
        rollouts = 2 * (config.rollout + config.history) * config.environments * frame
        batches = 6 * max(TRANSITIONS_AT_ONCE, config.batch_size, config.environments) * frame * config.history
        activations = 4 * 26_000 * max(config.batch_size, config.environments) * 4 if config.atari else 0
        return rollouts + batches + activations + (1 << 30)
