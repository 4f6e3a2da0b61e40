"""Where frames go."""

import os
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lab_core.errors import LabError
from lab_core.scene import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Sink(ABC):
    """Shows or keeps frames. Made open; used from one thread at a time; closed once or more often.

    paced   whether a person watches, so that frames should come at their natural rate
    """

    name = "sink"
    paced = True

    @abstractmethod
    def show(self, frame: Frame, caption: str) -> None:
        """Show one frame with a line of text under it. A sink that a person has closed ignores it."""

    @property
    def closed(self) -> bool:
        """Whether the person has had enough (closed the window, pressed q)."""
        return False

    @property
    def watched(self) -> bool:
        """Whether anyone would see a frame now; while nobody would, none needs to be made."""
        return True

    def close(self) -> None:  # noqa: B027 - most sinks have something to put back, not all
        """Put everything back as it was."""


class NoSink(Sink):
    """Where there is nothing to show pictures on."""

    name = "nothing"

    def show(self, frame: Frame, caption: str) -> None:
        """Does nothing."""

    @property
    def watched(self) -> bool:
        return False


class CannotShow(LabError):
    """This sink can't be opened here; another one may."""


def need_extra(what: str, *modules: str) -> None:
    """Raise CannotShow, naming the extra to install, unless all ``modules`` are there."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise CannotShow(f"{what} needs {', '.join(missing)}.", "Install the extra: uv pip install 'lab-runner[display]'")


def pixels(frame: Frame) -> "NDArray[np.uint8]":
    """The frame's picture, contiguous uint8 [height, width, 3]; raises LabError for anything else."""
    import numpy as np

    image = frame.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise LabError(f"A frame must be uint8 [height, width, 3]; this one is {image.dtype} {list(image.shape)}.")
    return np.ascontiguousarray(image)


def join_caption(*parts: str) -> str:
    """The parts that say something, on one line, without control characters."""
    tidy = (" ".join("".join(letter if letter.isprintable() else " " for letter in part).split()) for part in parts)
    return "  ·  ".join(part for part in tidy if part)


def step_back() -> None:
    """Give the calling thread a lower priority where the system can (Linux): watching comes after learning."""
    if sys.platform == "linux":  # elsewhere a thread's number means something else
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
