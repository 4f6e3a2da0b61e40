"""Where frames go."""

import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from lab_app.display.controls import HELP, Key
from lab_core.errors import LabError
from lab_core.scene import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Sink(ABC):
    """Shows or keeps frames. Made open; used from one thread at a time; closed once or more often.

    paced         whether a user watches, so that frames should come at their natural rate
    key_releases  whether it can tell when a key goes up again; a terminal can't
    help          what keys are for, for sinks with room for a line about it
    """

    name = "sink"
    paced = True
    key_releases = True
    help = HELP

    @abstractmethod
    def show(self, frame: Frame, caption: str) -> None:
        """Show one frame with a line of text under it. A sink that a user has closed ignores it."""

    @property
    def closed(self) -> bool:
        """Whether the user has closed it (closed the window, pressed q)."""
        return False

    @property
    def watched(self) -> bool:
        """Whether anyone would see a frame now; while nobody would, none needs to be made."""
        return True

    def pressed(self) -> Sequence[Key]:
        """Keys that went down or up since the last call. Those that end the showing close the sink instead."""
        return ()

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


_newest: "tuple[Frame, NDArray[np.uint8]] | None" = None  # several sinks show the same frame: its panel is drawn once


def pixels(frame: Frame, *, panel: bool = True) -> "NDArray[np.uint8]":
    """The frame's picture, contiguous uint8 [height, width, 3], with a panel of what the model thought if there is one to
    show; raises LabError for anything else."""
    global _newest
    import numpy as np

    image = frame.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise LabError(f"A frame must be uint8 [height, width, 3]; this one is {image.dtype} {list(image.shape)}.")
    if frame.insight is None or not panel:
        return np.ascontiguousarray(image)
    newest = _newest
    if newest is None or newest[0] is not frame:
        from lab_app.display.panel import beside

        newest = (frame, beside(image, frame.insight))
        _newest = newest
    return newest[1]


def join_caption(*parts: str) -> str:
    """The parts that say something, on one line, without control characters."""
    tidy = (" ".join("".join(letter if letter.isprintable() else " " for letter in part).split()) for part in parts)
    return "  ·  ".join(part for part in tidy if part)


def step_back() -> None:
    """Give the calling thread a lower priority where the system can (Linux): watching comes after learning."""
    if sys.platform == "linux":  # elsewhere a thread's number means something else
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
