"""Watching a model outside training."""

import signal
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from lab_core.display.pace import Pace
from lab_core.display.sink import NoSink, Sink, join_caption
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.scene import Scene

_IDLE = 0.1


@dataclass(frozen=True)
class Played:
    """What was shown, and whether Ctrl-C ended it."""

    frames: int
    episodes: int
    interrupted: bool


def play(
    scene: Scene,
    model: Model,
    sinks: Sequence[Sink],
    *,
    seed: int = 0,
    episodes: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> Played:
    """Show ``episodes`` of a model on all ``sinks``, or go on until the person stops it; then close the sinks.

    Frames come at their natural rate while a person watches, else (a film alone) as fast as they are made; a film alone
    without ``episodes`` gets one. While no page is open, nothing moves. Ctrl-C ends it in good order, films included.
    Raises LabError when there is nothing to show on; what the scene raises passes through.
    """
    sinks = [sink for sink in sinks if not isinstance(sink, NoSink)]
    if not sinks:
        raise LabError("There is nothing to show pictures on.", "Film it: --video FILE.mp4")
    screens = [sink for sink in sinks if sink.paced]
    if episodes is None and not screens:
        episodes = 1
    counted = _Count()
    interrupted = False
    with ExitStack() as stack:
        for sink in sinks:
            stack.callback(sink.close)
        with _terminated():
            try:
                _show(scene, model, sinks, screens, seed, episodes, dict(options or {}), counted)
            except KeyboardInterrupt:
                interrupted = True
    return Played(counted.frames, counted.episodes, interrupted)


@dataclass
class _Count:
    frames: int = 0
    episodes: int = 0


def _show(
    scene: Scene,
    model: Model,
    sinks: Sequence[Sink],
    screens: Sequence[Sink],
    seed: int,
    episodes: int | None,
    options: dict[str, Any],
    counted: _Count,
) -> None:
    pace, never = Pace(), threading.Event()
    frames = scene.frames(model, seed=seed, options=options)
    try:
        for frame in frames:
            while screens and not any(sink.watched or sink.closed for sink in screens):
                never.wait(_IDLE)
            if any(sink.closed for sink in screens):
                return
            for sink in sinks:
                sink.show(frame, join_caption(frame.caption))
            counted.frames += 1
            counted.episodes += frame.last
            if screens:
                pace.wait(frame.fps, never)
            if frame.last and episodes is not None and counted.episodes >= episodes:
                return
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()


@contextmanager
def _terminated() -> Generator[None]:
    """While open, SIGTERM leaves through the same doors as an error, so that films and terminals are put in order."""

    def leave(number: int, frame: object) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
