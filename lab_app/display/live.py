"""The newest model at work while training goes on."""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from lab_app.display.controls import Controls
from lab_app.display.pace import Pace
from lab_app.display.sink import Sink, join_caption, step_back
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.scene import Frame, Scene

_IDLE = 0.1  # seconds between looks while nobody watches
_STALE = 20.0  # seconds after which a model that still waits is worth replacing


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class LiveDisplay:
    """Runs a scene in a thread of low priority, on detached models, and shows its frames on one sink.

    Whole episodes are shown: a model handed over with :meth:`show` takes over when the running episode ends, or after
    ``patience`` seconds for a player that is stuck. The thread keeps to about ``share`` of one core by its frame rate (10 a
    second at least, ``fps_cap`` at most). Errors of the scene or the sink are reported once through ``report`` and
    ends the display, never the training. Keys on the sink pause, step and so on, see :class:`Controls`.
    """

    def __init__(
        self,
        scene: Scene,
        sink: Sink,
        *,
        seed: int = 0,
        options: Mapping[str, Any] | None = None,
        fps_cap: float = 30.0,
        share: float = 0.03,
        patience: float = 120.0,
        report: Callable[[str], None] = _to_stderr,
    ) -> None:
        self.sink = sink
        self.error: Exception | None = None
        self.frames_shown = 0
        self._scene = scene
        self._seed = seed
        self._options = dict(options or {})
        self._controls = Controls(overlay=bool(self._options.get("overlay")), epsilon=self._options.get("epsilon"))
        self._pace = Pace(cap=fps_cap, share=share)
        self._patience = patience
        self._report = report
        self._lock = threading.Lock()
        self._next: tuple[Model, str] | None = None
        self._handed = threading.Event()
        self._handed_at = self._newest_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lab-display", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether frames may still be shown: not closed by the user, not failed."""
        return self._thread.is_alive() and not self._stop.is_set()

    @property
    def wants_model(self) -> bool:
        """Whether a newer copy is worth its time: the last one has been taken, or has waited for a long game to end."""
        return self.running and (self._next is None or time.monotonic() - self._newest_at > _STALE)

    def show(self, model: Model, caption: str = "") -> None:
        """Hand over the newest model, which must be detached from training, with a line about it ("120,000 steps")."""
        with self._lock:
            self._newest_at = time.monotonic()
            if self._next is None:
                self._handed_at = self._newest_at
            self._next = (model, caption)
        self._handed.set()

    def close(self, timeout: float = 2.0) -> None:
        """Stop showing and close the sink. A scene that is busy for longer than ``timeout`` seconds is left behind."""
        self._stop.set()
        self._handed.set()
        self._thread.join(timeout)
        with suppress(Exception):
            self.sink.close()

    def _run(self) -> None:
        step_back()
        try:
            self._show_models()
        except Exception as error:  # a picture is never worth a training
            self.error = error
            if not self._stop.is_set() and not self.sink.closed:
                what = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
                self._report(f"The display stopped, training continues: {what}")
        finally:
            self._stop.set()
            with self._lock:
                self._next = None

    def _show_models(self) -> None:
        model: Model | None = None
        caption = ""
        seed = self._seed
        while self._wait_for_model(model):
            taken = self._take()
            if taken is not None:
                model, caption = taken
            assert model is not None
            if not self._show_one(model, caption, seed):
                return
            seed += 1

    def _show_one(self, model: Model, caption: str, seed: int) -> bool:
        """Frames of one model until a newer one takes over; False when showing has ended for good."""
        shown = 0
        frames = self._scene.frames(model, seed=seed, options=self._options)
        try:
            for frame in frames:
                if not self._wait_for_watcher():
                    return False
                self.sink.show(frame, join_caption(frame.caption, caption, self._controls.caption()))
                shown += 1
                self.frames_shown += 1
                self._pace.wait(frame.fps * self._controls.speed, self._stop)
                self._listen(frame, caption)
                if self._ends(frame):
                    return True
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()
        if not shown:
            raise LabError(f"{type(self._scene).__name__} showed no frame.")
        return True

    def _listen(self, frame: Frame, caption: str) -> None:
        """Do what the user's keys ask for; returns when the next frame may come."""
        controls = self._controls
        while True:
            changed = False
            for key in self.sink.pressed():
                changed = (key.down and controls.press(key.name)) or changed
            self._options["overlay"], self._options["epsilon"] = controls.overlay, controls.epsilon
            if self._stop.is_set() or self.sink.closed or controls.take_step():
                return
            if changed:
                self.sink.show(controls.dressed(frame), join_caption(frame.caption, caption, controls.caption()))
            self._stop.wait(_IDLE)

    def _ends(self, frame: Frame) -> bool:
        if self._next is None:
            return False
        return frame.last or time.monotonic() - self._handed_at > self._patience

    def _take(self) -> tuple[Model, str] | None:
        with self._lock:
            taken, self._next = self._next, None
            self._handed.clear()
        return taken

    def _wait_for_model(self, current: Model | None) -> bool:
        while current is None and self._next is None and not self._stop.is_set():
            self._handed.wait(1.0)
            if self.sink.closed:
                return False
        return not self._stop.is_set()

    def _wait_for_watcher(self) -> bool:
        while not self._stop.is_set():
            if self.sink.closed:
                return False
            if self.sink.watched:
                return True
            self._stop.wait(_IDLE)
        return False
