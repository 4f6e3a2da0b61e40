"""What learns. The core owns the loop; a trainer advances by one bounded slice at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Generic, TypeVar

from lab_core.config import TrainConfig
from lab_core.context import Context
from lab_core.model import Model
from lab_core.task import Task

C = TypeVar("C", bound=TrainConfig)


@dataclass(frozen=True)
class Media:
    """A picture or text that a slice produced, for TensorBoard and the run's media folder."""

    name: str
    image: Any = None  # uint8 [height, width, 3]
    text: str = ""


@dataclass(frozen=True)
class Progress:
    """Where training stands after a slice. ``step`` is absolute; ``scalars`` are the slice's own figures.

    ``notes`` are shown to the user, a plain sentence each ("The discriminator has won for 500 steps.").
    """

    step: int
    scalars: Mapping[str, float] = field(default_factory=dict[str, float])
    media: tuple[Media, ...] = ()
    done: bool = False
    notes: tuple[str, ...] = ()


class Chunks(ABC):
    """Large append-only state (replay) beside a checkpoint: immutable files that checkpoints share.

    A chunk's name must change when its content does. A chunk that no kept checkpoint lists is deleted by the core.
    """

    @abstractmethod
    def add(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        """List chunk ``name`` in the checkpoint that is being saved; ``write`` is called only if it isn't stored yet."""

    @abstractmethod
    def path(self, name: str) -> Path:
        """The verified file of a chunk that the checkpoint being loaded lists; raises LabError for any other."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The chunks that this checkpoint lists so far, in the order they were added."""


class Trainer(ABC, Generic[C]):
    """Learns one task. Made, then perhaps loaded, then advanced until the core's budget is used up.

    ``restarts_environment`` is True where the environment itself can't be saved (an emulator), so that a resumed run
    restarts its episodes; everything else is exact. ``memory_settings`` names the settings to make smaller
    where :meth:`memory` is too much, the first choice first; without it every whole number that costs memory is tried.
    """

    restarts_environment: bool = False
    memory_settings: ClassVar[tuple[str, ...]] = ()

    def __init__(self, task: Task, config: C, context: Context) -> None:
        self.task = task
        self.config = config
        self.context = context

    @abstractmethod
    def advance(self, limit: int) -> Progress:
        """Train one slice of at most ``limit`` steps (>= 1), whose length comes from the config, never from the clock."""

    @abstractmethod
    def save(self, folder: Path, chunks: Chunks) -> None:
        """Write the whole state: weights, optimiser, schedules, random streams, counters, place in the data. Changes nothing."""

    @abstractmethod
    def load(self, folder: Path, chunks: Chunks) -> None:
        """Read what :meth:`save` wrote, exactly."""

    @abstractmethod
    def model(self) -> Model:
        """A detached copy of what has been learnt so far."""

    def parameters(self) -> Mapping[str, int]:
        """How many trained numbers each of its networks has."""
        return {}

    def state_digest(self) -> Mapping[str, Any]:
        """The whole state as named arrays and numbers, for tests that compare it before and after a resume."""
        raise NotImplementedError

    def close(self) -> None:
        """Free environments and threads. Called once, also after an error."""

    @classmethod
    def memory(cls, config: C) -> int:
        """Bytes that training with this config will hold at its peak, for the plan before a run; 0 if unknown."""
        return 0
