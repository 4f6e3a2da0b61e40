"""What the trainers of agents share: counters, recent returns, random streams, and their place in a checkpoint."""

import json
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lab_core.config import TrainConfig
from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.task import Task
from lab_core.trainer import Trainer
from lab_tensorflow.state import generator_state, set_generator_state

C = TypeVar("C", bound=TrainConfig)
COUNTERS = ("agent_steps", "reported", "updates", "episodes")
STATE = "state.json"


class AgentTrainer(Trainer[C]):
    """A trainer that plays episodes; ``config.score_window`` is the number of episodes that the score is a mean of.

    agent_steps      steps of all environments together
    reported         agent steps as the core counts them: a slice never counts for more than its limit
    updates          updates of the weights
    episodes         finished episodes
    recent           returns of the newest ``score_window`` of them
    restart_needed   environments that could not be saved have to be reset before the next step
    """

    config: Any

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        self.agent_steps = self.reported = self.updates = self.episodes = 0
        self.recent: deque[float] = deque(maxlen=self.config.score_window)
        self.restart_needed = False
        self._notes: tuple[str, ...] = ()

    @abstractmethod
    def streams(self) -> Mapping[str, np.random.Generator]:
        """The random streams whose state is saved, by name."""

    def place(self) -> Mapping[str, int]:
        """Where the method stands in memory of its own (replay, rollout): saved with the counters."""
        return {}

    # --- progress

    def count_episodes(self, finished: list[float]) -> None:
        """Take over the returns of the episodes that ended, and empty the list."""
        self.episodes += len(finished)
        self.recent.extend(finished)
        finished.clear()

    def report(self, limit: int) -> int:
        """The step to report after a slice of at most ``limit`` steps; a last one that plays on counts only up to the limit."""
        asked = self.reported + limit
        if self.agent_steps > asked:
            taken = f"{self.agent_steps:,} agent steps were taken where {asked:,} were asked for"
            self._notes += (f"{taken}: a slice is always whole.",)
        self.reported = min(self.agent_steps, asked)
        return self.reported

    def returns(self) -> dict[str, float]:
        """``score``, the mean of the recent episodes, and the largest of them, which falls when it leaves the window of them.

        Nothing before the first has ended.
        """
        if not self.recent:
            return {}
        return {"score": float(np.mean(self.recent)), "score_window_max": float(np.max(self.recent))}

    def take_notes(self) -> tuple[str, ...]:
        """The notes since the last call."""
        notes, self._notes = self._notes, ()
        return notes

    def restart_seed(self, note: str) -> int:
        """The seed of environments that are reset after a load, from the step alone; ``note`` is reported with the next slice."""
        root = self.context.integer("environment")
        self.restart_needed = False
        self._notes = (note,)
        return int(np.random.SeedSequence([root, self.agent_steps]).generate_state(1)[0] >> 1)

    # --- state

    def counters(self) -> dict[str, Any]:
        """Counters, place, recent returns and random streams, ready for JSON."""
        return {
            **{name: getattr(self, name) for name in COUNTERS},
            **self.place(),
            "recent": list(self.recent),
            "streams": {name: generator_state(rng) for name, rng in self.streams().items()},
        }

    def counter_digest(self) -> dict[str, str]:
        """:meth:`counters` as text by name, for ``state_digest``."""
        return {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self.counters().items()}

    def save_counters(self, folder: Path) -> None:
        """Write :meth:`counters`."""
        (folder / STATE).write_text(json.dumps(self.counters(), indent=1))

    def load_counters(self, folder: Path) -> dict[str, int]:
        """Read what :meth:`save_counters` wrote; returns the place. Raises LabError for a damaged file."""
        try:
            stored = json.loads((folder / STATE).read_text())
            for name in COUNTERS:
                setattr(self, name, int(stored[name]))
            self.recent = deque((float(value) for value in stored["recent"]), maxlen=self.config.score_window)
            for name, rng in self.streams().items():
                set_generator_state(rng, stored["streams"][name])
            return {name: int(stored[name]) for name in self.place()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
