"""What the trainers of this plugin share: the games they play, their counters and random streams, and the model they leave."""

import json
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from lab_environments.gym import BEGUN_ANEW
from lab_tensorflow.state import Arrays, generator_state, set_generator_state
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Progress, Trainer
from lab_dqn.config import NetworkConfig
from lab_dqn.vectors import make_vector

C = TypeVar("C", bound=NetworkConfig)
COUNTERS = ("agent_steps", "reported", "updates", "games")


class GameTrainer(Trainer[C]):
    """``vector`` plays the games; a subclass has ``learner``, whose ``online`` network is the model."""

    config: Any
    learner: Any

    def __init__(self, task: Task, config: C, context: Context, *, threads: int) -> None:
        super().__init__(task, config, context)
        self.vector = make_vector(config, threads=max(1, threads))
        self.history = config.history if config.atari else 1
        frame = self.vector.frame_shape
        self.observation_shape = (*frame, self.history) if config.atari else frame
        self.policy_rng, self.data_rng = context.generator("policy"), context.generator("data")
        self.agent_steps = self.reported = self.updates = self.games = 0
        self.recent: deque[float] = deque(maxlen=config.score_window)
        self.restart_needed = False
        self._notes: tuple[str, ...] = ()
        # the emulator can't be saved: after a load, new games begin where others were running
        self.restarts_environment = self.vector.state() is None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=task.method)

    def _count_games(self) -> None:
        """Take over the scores of the games that ended."""
        self.games += len(self.vector.finished)
        self.recent.extend(self.vector.finished)
        self.vector.finished.clear()

    def _progress(self, limit: int, scalars: Mapping[str, float]) -> Progress:
        """What the slice reports; a last one that is no whole vector step counts only as far as it was asked for."""
        self.reported = min(self.agent_steps, self.reported + limit)
        found = {
            **scalars,
            "epsilon": self.config.epsilon(self.agent_steps),
            "games": float(self.games),
            "updates": float(self.updates),
        }
        if self.recent:
            found |= {"score": float(np.mean(self.recent)), "score_best": float(np.max(self.recent))}
        notes, self._notes = self._notes, ()
        return Progress(step=self.reported, scalars=found, notes=notes)

    def _new_games(self) -> NDArray[Any]:
        """The first frames of new games where running ones could not be saved, on seeds that belong to this step."""
        root = self.context.integer("environment")
        seed = int(np.random.SeedSequence([root, self.agent_steps]).generate_state(1)[0] >> 1)
        self.restart_needed = False
        self._notes = (BEGUN_ANEW,)
        return self.vector.reset(seed)

    # --- state

    def _vector_arrays(self) -> dict[str, NDArray[Any]]:
        return {f"vector/{name}": value for name, value in (self.vector.state() or {}).items()}

    def _restore_vector(self, arrays: Arrays) -> None:
        state = {name.removeprefix("vector/"): value for name, value in arrays.items() if name.startswith("vector/")}
        self.restart_needed = not state or not self.vector.restore(state)

    def _streams(self) -> dict[str, np.random.Generator]:
        streams = {"policy": self.policy_rng, "data": self.data_rng}
        if self.vector.generator is not None:
            streams["environment"] = self.vector.generator
        return streams

    @abstractmethod
    def _place(self) -> dict[str, int]:
        """Where the method stands in its own memory, beside the counters that all have."""

    def _counters(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in COUNTERS},
            **self._place(),
            "recent": list(self.recent),
            "streams": {name: generator_state(rng) for name, rng in self._streams().items()},
        }

    def _counter_digest(self) -> dict[str, str]:
        return {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self._counters().items()}

    def _save_counters(self, folder: Path) -> None:
        (folder / "state.json").write_text(json.dumps(self._counters(), indent=1))

    def _load_counters(self, folder: Path) -> dict[str, int]:
        """Read what :meth:`_save_counters` wrote; returns the method's own place. Raises LabError for a damaged file."""
        try:
            counters = json.loads((folder / "state.json").read_text())
            for name in COUNTERS:
                setattr(self, name, int(counters[name]))
            self.recent = deque((float(score) for score in counters["recent"]), maxlen=self.config.score_window)
            for name, rng in self._streams().items():
                set_generator_state(rng, counters["streams"][name])
            return {name: int(counters[name]) for name in self._place()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error

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
