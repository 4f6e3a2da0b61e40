"""What shows a model at work: one source of frames for window, terminal, page, video and overlays."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lab_core.benchmark import Benchmark
from lab_core.model import Model

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Insight:
    """What a model thought when it acted, for a panel beside the picture.

    kind      what ``numbers`` are: action values, action probabilities (0 to 1), or the components of a continuous action
    names     one a number, short
    numbers   as long as ``names``; empty where the model says nothing about its actions
    taken     index of the action that was taken, None where actions aren't numbered
    low, high bounds of each component of a continuous action
    history   what the model expected from each moment of the episode on, oldest first; empty where it doesn't say
    """

    kind: Literal["value", "probability", "action"]
    names: tuple[str, ...]
    numbers: tuple[float, ...] = ()
    taken: int | None = None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    history: tuple[float, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One picture of a model at work.

    image    uint8 [height, width, 3]
    caption  a short line: score, step, episode
    ansi     the same as text for a terminal that shows no pictures, where the scene has one
    fps      frames a second at which this scene is natural to watch
    last     whether an episode (or one sample) ends with this frame
    insight  what the model thought, where an overlay is wanted; every sink shows it in its own way
    episode  on the last frame of an episode its figures, by the evaluator's names: ``score`` and the columns of ``details``
    """

    image: "np.ndarray"
    caption: str = ""
    ansi: str | None = None
    fps: float = 30.0
    last: bool = False
    insight: Insight | None = None
    episode: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Actions:
    """Numbered actions as a user plays them.

    names  one an action
    keys   the keys that are held down for each ("left", "space", "1"); none for the action of doing nothing
    waits  whether the environment waits for a key, or goes on by itself
    """

    names: tuple[str, ...]
    keys: tuple[frozenset[str], ...]
    waits: bool


class Scene(ABC):
    """Shows models of one benchmark. Runs in a thread of its own, on a detached model."""

    def __init__(self, benchmark: Benchmark) -> None:
        self.benchmark = benchmark

    @abstractmethod
    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Frames of one episode (or one round of samples) after another, without end; closing the iterator frees it.

        ``options``: ``protocol`` (a name), ``epsilon`` (None: the protocol's), ``overlay`` (bool: values and actions), ``live``
        (bool: beside a training, which frames should cost little). ``epsilon`` and ``overlay`` may change while the frames are
        taken, when the user presses a key: they are looked up at each step.
        """

    def actions(self, protocol: str | None = None) -> Actions | None:
        """How a user plays what this scene shows; None where a user can't."""
        return None
