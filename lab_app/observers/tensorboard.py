"""Scalars, pictures and hyperparameters for TensorBoard, written without importing TensorFlow."""

import io
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab_core.evaluator import Evaluation
from lab_core.runs.run import Run, RunRecord
from lab_core.trainer import Progress, Trainer
from lab_core.training.observing import Budget, Observer, Outcome


class TensorBoard(Observer):
    """Writes ``events.*`` into the run's folder. A resumed run purges what lay beyond its checkpoint.

    ``hparams`` are shown in the HPARAMS tab, beside the final score that :meth:`score_of` writes.
    """

    def __init__(self, folder: Path, *, hparams: Mapping[str, Any] | None = None) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2  # pyright: ignore
        from tensorboard.summary.writer.record_writer import RecordWriter  # pyright: ignore

        self._event: Any = event_pb2
        self._summary: Any = summary_pb2
        self._record_writer: Any = RecordWriter
        self._hparams = dict(hparams or {})
        stamp = f"{time.time():.6f}".replace(".", "-")
        self._path = folder / f"events.out.tfevents.{stamp}.lab"
        self._file = self._path.open("wb")
        self._writer: Any = RecordWriter(self._file)
        self._flushed = time.monotonic()
        self._lock = threading.Lock()  # previews of films come from a thread of their own

    def begin(self, step: int, budget: Budget) -> None:
        self._write(file_version="brain.Event:2")
        start = self._event.SessionLog(status=self._event.SessionLog.START)
        self._write(step=step + 1, session_log=start)  # what has this step or a later one is purged
        if self._hparams:
            from tensorboard.plugins.hparams import summary_v2  # pyright: ignore

            make: Any = summary_v2.hparams_pb  # pyright: ignore
            self._write(summary=make(self._hparams, trial_id=self._path.parent.name))

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

    def score_of(self, run: Run) -> None:
        """Write the newest reported score of the run, where it has one; it is known only after :meth:`end`."""
        scores = run.evaluations()
        if not scores:
            return
        step = run.record.step if run.record.best_step is None else run.record.best_step
        summary = self._summary.Summary(value=[self._summary.Summary.Value(tag="final/score", simple_value=scores[-1].value)])
        event = self._event.Event(wall_time=time.time(), step=step, summary=summary)
        with self._lock, self._path.open("ab") as file:
            self._record_writer(file).write(event.SerializeToString())

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


def hparams_of(record: RunRecord) -> dict[str, bool | int | float | str]:
    """A run's settings, and what else distinguishes it, as TensorBoard takes them: an absent value and a list are text."""
    found: dict[str, Any] = {name: getattr(record, name) for name in ("task", "preset", "seed", "device", "precision", "threads")}
    for name, value in record.config.items():
        if isinstance(value, list | tuple):
            value = ",".join(map(str, value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        found[name] = "none" if value is None else value if isinstance(value, bool | int | float) else str(value)
    return found


def tensorboard_or_none(run: Run) -> TensorBoard | None:
    """A TensorBoard observer, or None where TensorBoard isn't installed: training does without."""
    try:
        return TensorBoard(run.folder, hparams=hparams_of(run.record))
    except ImportError:
        return None
