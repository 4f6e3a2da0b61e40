"""A film of every new best model, made beside the training: ``media/best-000120000.mp4``, and a small one in TensorBoard."""

import io
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from lab_app.display.sink import join_caption, pixels, step_back
from lab_app.display.watching import has_scene, scene_of
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.scene import Frame, Scene
from lab_core.training.observing import Observer, Outcome

_SHARE = 0.25  # of one core while training goes on
_LONGEST = 300.0  # seconds of film: a greedy player may run in circles until its game is cut
_PATIENCE = 60.0  # seconds that the end of a training waits for the last film
_HASTE = 5.0  # seconds that one which was stopped waits
_PREVIEW_FRAMES, _PREVIEW_SIDE, _PREVIEW_FPS = 100, 160, 10.0


class Board(Protocol):
    """Where previews go."""

    def encoded_picture(self, tag: str, step: int, data: bytes, height: int, width: int) -> None: ...


class BestFilms(Observer):
    """Films one greedy episode of each new best model in a thread of low priority, which keeps to a quarter of a core.

    A film under way is finished before the next begins; of models that wait the newest counts. Whatever goes wrong with a
    film is reported in one line through ``report`` and ends the filming, never the training.
    """

    def __init__(
        self, scene: Scene, folder: Path, *, seed: int, report: Callable[[str], None], board: Board | None = None
    ) -> None:
        self._scene = scene
        self._folder = folder
        self._seed = seed
        self._report = report
        self._board = board
        self._lock = threading.Lock()
        self._next: tuple[int, Model] | None = None
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()  # training has ended: the processor is free
        self._stop = threading.Event()
        self._broken = False

    def best_model(self, step: int, model: Model) -> None:
        with self._lock:
            if self._broken:
                return
            self._next = (step, model)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lab-film", daemon=True)
                self._thread.start()

    def end(self, outcome: Outcome | None) -> None:
        thread = self._thread
        if thread is None:
            return
        self._hurry.set()
        thread.join(_PATIENCE if outcome is not None and outcome.status == "completed" else _HASTE)
        self._stop.set()  # what is filmed by now is kept
        thread.join(5.0)

    def _run(self) -> None:
        step_back()
        while True:
            with self._lock:
                taken, self._next = self._next, None
                if taken is None or self._stop.is_set():
                    self._thread = None
                    return
            try:
                self._film(*taken)
            except Exception as error:  # a film is never worth a training
                with self._lock:
                    self._broken, self._thread = True, None
                what = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
                self._report(f"Video recording stopped, training continues: {what}")
                return

    def _film(self, step: int, model: Model) -> None:
        from lab_app.display.video import VideoSink

        sink = VideoSink(self._folder / f"best-{step:09d}.mp4")
        preview = _Preview() if self._board is not None else None
        frames = self._scene.frames(model, seed=self._seed, options={"epsilon": 0.0})
        seconds = 0.0
        try:
            spent = time.thread_time()
            for frame in frames:
                sink.show(frame, join_caption(frame.caption, f"best at step {step:,}"))
                if preview is not None:
                    preview.add(frame)
                seconds += 1 / frame.fps
                if frame.last or seconds >= _LONGEST or self._stop.is_set():
                    break
                if not self._hurry.is_set():
                    now = time.thread_time()
                    self._hurry.wait((now - spent) * (1 / _SHARE - 1))
                    spent = now
        except BaseException:
            with suppress(LabError):  # the first error says more
                sink.close()
            raise
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()
        sink.close()
        if preview is not None and self._board is not None:
            self._board.encoded_picture("best", step, *preview.encoded())


class _Preview:
    """The first seconds of a film as a small .gif, which TensorBoard plays."""

    def __init__(self) -> None:
        self._pictures: list[Any] = []
        self._time = 0.0

    def add(self, frame: Frame) -> None:
        from PIL import Image

        if len(self._pictures) < _PREVIEW_FRAMES and self._time * _PREVIEW_FPS >= len(self._pictures):
            picture = Image.fromarray(pixels(frame))
            picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
            self._pictures.append(picture.quantize(64, dither=Image.Dither.NONE))
        self._time += 1 / frame.fps

    def encoded(self) -> tuple[bytes, int, int]:
        """The .gif, its height and its width."""
        buffer = io.BytesIO()
        first, *rest = self._pictures
        first.save(buffer, "GIF", save_all=True, append_images=rest, duration=round(1000 / _PREVIEW_FPS), loop=0)
        return buffer.getvalue(), first.height, first.width


def make_films(
    benchmark: Benchmark | None, folder: Path, *, seed: int, report: Callable[[str], None], board: Board | None
) -> BestFilms | None:
    """The films of a run, or None, and a line, where its benchmark has nothing to show or films can't be made here."""
    if benchmark is None or not has_scene(benchmark):
        report("This task has no scene, so there is nothing to record.")
        return None
    from lab_app.display.video import can_film

    try:
        can_film(".mp4")
    except LabError as error:
        report(f"No videos of the best models are recorded: {error}")
        return None
    scene = scene_of(benchmark)
    return BestFilms(scene, folder, seed=seed, report=report, board=board)
