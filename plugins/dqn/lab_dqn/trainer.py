"""DQN on vector environments: acting and learning side by side, a slice at a time.

Within a slice one thread plays with the weights as they stood when the slice began, while another makes the slice's updates
on batches drawn from the replay as it stood then. So neither waits for the other, nothing depends on which is faster, and
between slices there is no state but the weights, the replay and the streams.

Deviations from Mnih et al. 2015: several environments act side by side; the actor's weights are up to one slice old; the
samples of an update are at least as old as its slice.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.agent_rates import learning_rate_at
from lab_tensorflow.host import share
from lab_tensorflow.naming import numbers
from lab_tensorflow.ring_store import RingStore
from lab_tensorflow.runtime import STREAMS, start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress
from lab_dqn.config import DQNConfig
from lab_dqn.game_trainer import GameTrainer
from lab_dqn.replay import ARRAYS, Batches, Replay
from lab_dqn.sampling import Draw, PrioritisedSampler, UniformSampler
from lab_dqn.vectors import frame_bytes

Figures = tuple[float, float, NDArray[np.float32]]  # mean loss, mean largest value, how wrong each prediction was
SEGMENT_BYTES = 32 << 20  # of the saved replay, before it is compressed
TRANSITIONS_AT_ONCE = 256  # in one entry into TensorFlow; the next ones are gathered meanwhile


class DQNTrainer(GameTrainer[DQNConfig]):
    """Learns one game; ``learner`` holds the weights, ``replay`` the memory, ``vector`` the environments."""

    memory_settings = ("replay_capacity", "environments", "batch_size")

    def __init__(self, task: Task, config: DQNConfig, context: Context) -> None:
        tf = start(device=context.device, threads=context.threads, streams=STREAMS, legacy_keras=True)
        super().__init__(task, config, context, threads=context.threads // 2)
        self.replay = Replay(
            environments=config.environments,
            slots=config.slots,
            frame_shape=self.vector.frame_shape,
            frame_dtype=self.vector.frame_dtype,
            history=self.history,
            n_step=config.n_step,
            gamma=config.gamma,
            reward_clip=config.reward_clip,
        )
        # two sets in turn: one is learnt from while the other is filled
        at_once = max(1, TRANSITIONS_AT_ONCE // config.batch_size)
        self._batch_memory = [self.replay.batch_memory(at_once, config.batch_size) for _ in range(2)]
        self.store = RingStore(self.replay, unfinished=1, compressed=True, segment_bytes=SEGMENT_BYTES)
        self.sampler = (
            PrioritisedSampler(self.replay, alpha=config.priority_alpha) if config.prioritised else UniformSampler(self.replay)
        )
        self.learner = _learner_type(config)(
            config,
            observation_shape=self.observation_shape,
            actions=self.vector.actions,
            precision=context.precision,
            seed=context.integer("initialisation"),
        )
        self.learner.copy_target()
        self.actor = self.learner.copy_online()
        self.greedy = tf.function(lambda observations: tf.argmax(self.actor(observations), axis=-1, output_type=tf.int32))
        self.replay.begin(self.vector.reset(context.integer("environment")))

    # --- one slice

    def advance(self, limit: int) -> Progress:
        config, before = self.config, self.agent_steps
        if self.restart_needed:
            self.replay.restart(self.new_games())
        vector_steps = max(1, min(config.slice_steps, limit) // config.environments)
        after = before + vector_steps * config.environments
        updates = after // config.train_every - before // config.train_every if before >= config.warm_up else 0
        scalars: dict[str, float] = {}
        learning: Future[Figures] | None = None
        self.learner.copy_into(self.actor)
        if updates:
            self.learner.optimizer.learning_rate.assign(learning_rate_at(self.config, before))
            draw = self._draw(updates, ahead=vector_steps)
            learning = self._threads.submit(self._learn, draw)
        try:
            self._act(vector_steps)
        finally:
            if learning is not None:
                scalars["loss"], scalars["q"], errors = learning.result()
                self.sampler.learned(draw, errors)
        self.updates += updates
        if learning is not None and after // config.target_period != before // config.target_period:
            self.learner.copy_target()
        return self.progress(limit, {**scalars, "replay": float(self.replay.filled)})

    def learn(self, updates: int) -> tuple[float, float]:
        """Updates alone, on what the replay holds now; mean loss and mean largest action value."""
        draw = self._draw(updates)
        loss, value, errors = self._learn(draw)
        self.sampler.learned(draw, errors)
        self.updates += updates
        return loss, value

    def _draw(self, updates: int, *, ahead: int = 0) -> Draw:
        beta = self.config.beta(self.agent_steps)
        return self.sampler.draw(self.data_rng, updates, self.config.batch_size, beta=beta, ahead=ahead)

    def _act(self, vector_steps: int) -> None:
        """Play ``vector_steps`` steps of every environment with the actor's weights, and remember them."""
        count = self.config.environments
        for _ in range(vector_steps):
            epsilon = self.config.epsilon(self.agent_steps)
            explore = self.policy_rng.random(count) < epsilon
            actions = self.policy_rng.integers(0, self.vector.actions, count, dtype=np.int32)
            if not explore.all():
                actions = np.where(explore, actions, self.greedy(self.replay.newest()).numpy())
            actions = self.vector.forced(actions)
            step = self.vector.step(actions)
            self.replay.append(actions, step.rewards, step.terminals, step.begun, step.frames)
            self.agent_steps += count
        self.count_episodes(self.vector.finished)

    def _learn(self, draw: Draw) -> Figures:
        """The slice's updates. Gathers the next batches while TensorFlow computes."""
        size = max(1, TRANSITIONS_AT_ONCE // self.config.batch_size)
        parts = [slice(at, at + size) for at in range(0, len(draw.columns), size)]

        def gather(number: int) -> Batches:
            part = parts[number]
            return self.replay.gather(draw.columns[part], draw.positions[part], self._batch_memory[number % 2])

        batches = gather(0)
        total, errors = np.zeros(2), np.zeros(draw.columns.shape, np.float32)
        for number, part in enumerate(parts):
            following = self._threads.submit(gather, number + 1) if number + 1 < len(parts) else None
            frames, following_frames = share(batches.observation), share(batches.next_observation)
            found = (frames, batches.action, batches.reward, batches.discount, following_frames)
            if draw.weights is None:
                figures = self.learner.updates(*found)
            else:
                figures, wrong = self.learner.weighted_updates(*found, draw.weights[part])
                errors[part] = wrong.numpy()
            total += len(batches.action) * figures.numpy()
            if following is not None:
                batches = following.result()
        loss, value = total / len(draw.columns)
        return float(loss), float(value), errors

    # --- state

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", read_variables(self.learner.variables) | self.vector_arrays())
        self.store.save(folder / "replay.npz", chunks)
        save_arrays(folder / "sampler.npz", self.sampler.state())
        self.save_counters(folder)

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "weights.npz")
        position = self.load_counters(folder)["replay_position"]
        write_variables(self.learner.variables, arrays, what="The checkpoint")
        self.store.load(folder / "replay.npz", chunks, position)
        if self.config.prioritised:
            self.sampler.restore(load_arrays(folder / "sampler.npz"))
        self.restore_vector(arrays)

    def place(self) -> dict[str, int]:
        return {"replay_position": self.replay.position}

    def parameters(self) -> Mapping[str, int]:
        return {"q_network": numbers(self.learner.online.variables)}

    def state_digest(self) -> Mapping[str, Any]:
        arrays: dict[str, Any] = dict(read_variables(self.learner.variables))
        slots = np.arange(max(0, self.replay.position - self.replay.slots + 1), self.replay.position + 1) % self.replay.slots
        arrays |= {f"replay/{name}": getattr(self.replay, name)[slots] for name in ARRAYS}
        arrays |= {f"sampler/{name}": value for name, value in self.sampler.state().items()}
        return arrays | self.vector_arrays() | self.counter_digest()

    @classmethod
    def memory(cls, config: DQNConfig) -> int:
        frame = frame_bytes(config)
        batches = 4 * max(TRANSITIONS_AT_ONCE, config.batch_size) * frame * config.history
        tree = 32 if config.prioritised else 0  # up to four float64 a transition
        return config.replay_capacity * (frame + 11 + tree) + batches + (1 << 30)


def _learner_type(config: DQNConfig) -> Any:
    if config.learner == "agent":
        from lab_dqn.agent_learner import AgentLearner

        return AgentLearner
    if config.atoms > 1:
        from lab_dqn.categorical_learner import CategoricalLearner

        return CategoricalLearner
    from lab_dqn.learner import Learner

    return Learner
