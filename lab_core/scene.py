"""What shows a model at work: one source of frames for window, terminal, page, video and overlays."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab_core.benchmark import Benchmark
from lab_core.model import Model

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Frame:
    """One picture of a model at work.

    image    uint8 [height, width, 3]
    caption  a short line: score, step, episode
    ansi     the same as text for a terminal that shows no pictures, where the scene has one
    fps      frames a second at which this scene is natural to watch
    last     whether an episode (or one sample) ends with this frame
    """

    image: "np.ndarray"
    caption: str = ""
    ansi: str | None = None
    fps: float = 30.0
    last: bool = False


class Scene(ABC):
    """Shows models of one benchmark. Runs in a thread of its own, on a detached model."""

    def __init__(self, benchmark: Benchmark) -> None:
        self.benchmark = benchmark

    @abstractmethod
    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Frames of one episode (or one round of samples) after another, without end; closing the iterator frees it.

        ``options``: ``protocol`` (a name), ``epsilon``, ``overlay`` (bool: draw values and actions).
        """
