"""Scalars, pictures and hyperparameters for TensorBoard, written without importing TensorFlow."""

import io
import threading
import time
from pathlib import Path
from typing import Any

from lab_core.evaluator import Evaluation
from lab_core.trainer import Progress, Trainer
from lab_core.training.observing import Budget, Observer, Outcome


class TensorBoard(Observer):
    """Writes ``events.*`` into the run's folder. A resumed run purges what lay beyond its checkpoint."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2  # pyright: ignore
        from tensorboard.summary.writer.record_writer import RecordWriter  # pyright: ignore

        self._event: Any = event_pb2
        self._summary: Any = summary_pb2
        stamp = f"{time.time():.6f}".replace(".", "-")
        self._file = (folder / f"events.out.tfevents.{stamp}.lab").open("wb")
        self._writer: Any = RecordWriter(self._file)
        self._flushed = time.monotonic()
        self._lock = threading.Lock()  # previews of films come from a thread of their own

    def begin(self, step: int, budget: Budget) -> None:
        self._write(file_version="brain.Event:2")
        start = self._event.SessionLog(status=self._event.SessionLog.START)
        self._write(step=step + 1, session_log=start)  # what has this step or a later one is purged

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        values = [self._summary.Summary.Value(tag=tag, simple_value=value) for tag, value in progress.scalars.items()]
        for media in progress.media:
            if media.image is not None:
                values.append(self._summary.Summary.Value(tag=media.name, image=self._picture(media.image)))
        if values:
            self._write(step=progress.step, summary=self._summary.Summary(value=values))

    def selection(self, step: int, evaluation: Evaluation, best: bool) -> None:
        value = self._summary.Summary.Value(tag="selection/score", simple_value=evaluation.value)
        self._write(step=step, summary=self._summary.Summary(value=[value]))

    def encoded_picture(self, tag: str, step: int, data: bytes, height: int, width: int) -> None:
        """A picture that is encoded already; a .gif moves. May be called from any thread."""
        image = self._summary.Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=data)
        self._write(step=step, summary=self._summary.Summary(value=[self._summary.Summary.Value(tag=tag, image=image)]))

    def end(self, outcome: Outcome | None) -> None:
        with self._lock:
            self._file.close()

    def _write(self, step: int = 0, **what: Any) -> None:
        event = self._event.Event(wall_time=time.time(), step=step, **what)
        with self._lock:
            if self._file.closed:
                return
            self._writer.write(event.SerializeToString())
            if time.monotonic() - self._flushed > 10:
                self._file.flush()
                self._flushed = time.monotonic()

    def _picture(self, image: Any) -> Any:
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, format="PNG")
        height, width = image.shape[:2]
        return self._summary.Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=buffer.getvalue())


def tensorboard_or_none(folder: Path) -> TensorBoard | None:
    """A TensorBoard observer, or None where TensorBoard isn't installed: training does without."""
    try:
        return TensorBoard(folder)
    except ImportError:
        return None
