"""Watching a model outside training."""

import signal
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from lab_app.display.controls import Controls, Key
from lab_app.display.pace import Pace
from lab_app.display.sink import NoSink, Sink, join_caption
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.scene import Frame, Scene

_IDLE = 0.1  # seconds between looks while nobody watches
_LOOK = 0.02  # seconds between looks at the keys


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
    desk: "Desk | None" = None,
    ended: Callable[[Mapping[str, float]], None] = lambda figures: None,
) -> Played:
    """Show ``episodes`` of a model on all ``sinks``, or go on until the user stops it; then close the sinks.

    Frames come at their natural rate while a user watches, else (a film alone) as fast as they are made; a film alone
    without ``episodes`` gets one. While no page is open, nothing moves. Keys on any sink pause, step and so on, see
    :class:`Controls`. Ctrl-C ends it in good order, films included. ``ended`` is called with the metrics of each whole episode.
    Raises LabError when there is nothing to show on; what the scene raises passes through.
    """
    sinks = [sink for sink in sinks if not isinstance(sink, NoSink)]
    if not sinks:
        raise LabError("There is nothing to show pictures on.", "Record a video: --video FILE.mp4")
    given = dict(options or {})
    if desk is None:
        desk = Desk(Controls(overlay=bool(given.get("overlay")), epsilon=given.get("epsilon")))
    desk.attach(sinks)
    if episodes is None and not desk.screens:
        episodes = 1
    counted = _Count()
    interrupted = False
    with ExitStack() as stack:
        for sink in sinks:
            stack.callback(sink.close)
        with _terminated():
            try:
                _show(scene, model, sinks, desk, seed, episodes, given, counted, ended)
            except Stopped:
                pass
            except KeyboardInterrupt:
                interrupted = True
    return Played(counted.frames, counted.episodes, interrupted)


@dataclass
class _Count:
    frames: int = 0
    episodes: int = 0


class Stopped(Exception):
    """The user has asked to stop."""


class Desk:
    """Where keys arrive: what the user does on any sink goes to the controls, and what they don't know to ``typed``."""

    def __init__(self, controls: Controls, *, typed: Callable[[Key, Sink], None] = lambda key, sink: None) -> None:
        self.controls = controls
        self.screens: list[Sink] = []
        self._typed = typed
        self._pace, self._never = Pace(), threading.Event()

    def attach(self, sinks: Sequence[Sink]) -> None:
        """Listen to the sinks that a user watches."""
        self.screens = [sink for sink in sinks if sink.paced]

    def listen(self) -> bool:
        """Take the keys of all sinks, and whether a control changed; raises Stopped when one of the sinks was closed."""
        changed = False
        for sink in self.screens:
            if sink.closed:
                raise Stopped
            for key in sink.pressed():
                known = key.down and self.controls.press(key.name)
                changed = changed or known
                if not known:
                    self._typed(key, sink)
        return changed

    def wait_for_watcher(self) -> None:
        """Return once anyone would see a frame."""
        while self.screens and not any(sink.watched for sink in self.screens):
            self.listen()
            self._never.wait(_IDLE)

    def wait(self, fps: float, redraw: Callable[[], None]) -> None:
        """Until the next frame is due: at its rate times the speed, and not while it is paused. ``redraw`` after a change."""
        if not self.screens:
            return
        self._pace.start(fps * self.controls.speed)
        while True:
            if self.listen():
                redraw()
            left = self._pace.left()
            if left > 0:
                self._never.wait(min(left, _LOOK))
            elif self.controls.take_step():
                return
            else:
                self._never.wait(_LOOK)


def _show(
    scene: Scene,
    model: Model,
    sinks: Sequence[Sink],
    desk: Desk,
    seed: int,
    episodes: int | None,
    options: dict[str, Any],
    counted: _Count,
    ended: Callable[[Mapping[str, float]], None],
) -> None:
    controls = desk.controls
    frames = scene.frames(model, seed=seed, options=options)
    try:
        while True:
            options["overlay"], options["epsilon"] = controls.overlay, controls.epsilon
            frame = next(frames, None)
            if frame is None:
                return
            desk.wait_for_watcher()

            def show(only: Sequence[Sink], frame: Frame = frame) -> None:
                dressed = controls.dressed(frame)
                for sink in only:
                    sink.show(dressed, join_caption(frame.caption, controls.caption() if sink.paced else ""))

            if frame.episode is not None:
                ended(frame.episode)
            show(sinks)
            counted.frames += 1
            counted.episodes += frame.last
            desk.wait(frame.fps, lambda: show(desk.screens))
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
