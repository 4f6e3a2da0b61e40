"""Films of best models: one each, made beside the training, never in its way."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab_app.observers.film import BestFilms, make_films
from lab_app.observers.tensorboard import TensorBoard
from lab_core import Score
from lab_core.evaluator import Evaluation
from lab_core.runs.run import Run
from lab_core.scene import Frame, Scene
from lab_core.training.loop import Loop, Selector
from lab_core.training.observing import Budget, Observer, Outcome

MakeRun = Callable[..., Run]
MakeTrainer = Callable[..., Any]


class Flicker(Scene):
    """Episodes of ``length`` frames; remembers whom it showed, and with which options."""

    def __init__(self, length: int = 6, *, wait: threading.Event | None = None) -> None:
        self.length, self.wait = length, wait
        self.shown: list[tuple[Any, int, Any]] = []
        self.closed = 0

    def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
        self.shown.append((model, seed, options))
        try:
            for step in itertools.count(1):
                if self.wait is not None:
                    self.wait.wait(10)
                yield Frame(np.full((24, 32, 3), 40 * (step % 6), np.uint8), f"step {step}", fps=30, last=step % self.length == 0)
        finally:
            self.closed += 1


class Listener(Observer):
    def __init__(self) -> None:
        self.said: list[str] = []


def scored(values: list[float]) -> Callable[[Any], Evaluation]:
    left = iter(values)

    def evaluate(model: Any) -> Evaluation:
        value = next(left)
        return Evaluation(benchmark="toy/walk", protocol="plain", settings={}, seed=0, scores=(value,), value=value)

    return evaluate


def films_of(run: Run) -> list[str]:
    return sorted(path.name for path in (run.folder / "media").iterdir())


def count_frames(path: Path) -> int:
    import imageio_ffmpeg

    return imageio_ffmpeg.count_frames_and_secs(str(path))[0]


class Slowly(Observer):
    """Leaves each film the time to begin, so that none is passed over for a newer one."""

    def __init__(self, films: BestFilms) -> None:
        self.films = films

    def slice(self, progress: Any, wall_seconds: float, trainer: Any) -> None:
        end = time.monotonic() + 20
        while self.films._thread is not None and time.monotonic() < end:
            time.sleep(0.01)


def test_each_new_best_is_filmed_and_no_other(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run, scene, said = make_run(), Flicker(), []
    films = BestFilms(scene, run.folder / "media", seed=5, report=said.append)
    selector = Selector(scored([2.0, 3.0, 1.0, 2.5, 4.0]), Score("s"), every=20)
    Loop(run, make_trainer(), observers=[films, Slowly(films)], selector=selector).train(Budget(steps=100))
    assert films_of(run) == ["best-000000020.mp4", "best-000000040.mp4", "best-000000100.mp4"]
    assert [count_frames(path) for path in (run.folder / "media").iterdir()] == [6, 6, 6]
    assert [(seed, options["epsilon"]) for _, seed, options in scene.shown] == [(5, 0.0)] * 3  # greedy
    assert scene.closed == 3
    assert said == []


def test_without_a_selection_the_last_model_is_filmed(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run, scene = make_run(), Flicker()
    films = BestFilms(scene, run.folder / "media", seed=0, report=print)
    trainer = make_trainer()
    Loop(run, trainer, observers=[films]).train(Budget(steps=100))
    assert films_of(run) == ["best-000000100.mp4"]
    assert scene.shown[0][0].position == trainer.position


def test_of_models_that_wait_the_newest_is_filmed(tmp_path: Path) -> None:
    gate = threading.Event()
    scene = Flicker(2, wait=gate)
    films = BestFilms(scene, tmp_path, seed=0, report=print)
    films.best_model(1, "first")  # type: ignore[arg-type]
    while not scene.shown:
        time.sleep(0.005)
    films.best_model(2, "second")  # type: ignore[arg-type]
    films.best_model(3, "third")  # type: ignore[arg-type]
    gate.set()
    films.end(Outcome("completed", 3, 1.0, "done"))
    assert [model for model, _, _ in scene.shown] == ["first", "third"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-000000001.mp4", "best-000000003.mp4"]


def test_an_encoder_that_fails_never_stops_a_training(
    make_run: MakeRun, make_trainer: MakeTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho 'Unknown encoder' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("lab_app.display.video.can_film", lambda suffix: str(broken))
    run, said = make_run(), []
    films = BestFilms(Flicker(400), run.folder / "media", seed=0, report=said.append)
    selector = Selector(scored([1.0, 2.0, 3.0, 4.0, 5.0]), Score("s"), every=20)
    outcome = Loop(run, make_trainer(), observers=[films, Slowly(films)], selector=selector).train(Budget(steps=100))
    assert (outcome.status, outcome.step) == ("completed", 100)
    assert len(said) == 1
    assert "training continues" in said[0]
    assert "Unknown encoder" in said[0] or "broken pipe" in said[0].lower()
    assert films_of(run) == []


def test_a_scene_that_raises_never_stops_a_training(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    class Broken(Flicker):
        def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
            raise ZeroDivisionError("no picture")
            yield

    run, said = make_run(), []
    films = BestFilms(Broken(), run.folder / "media", seed=0, report=said.append)
    assert Loop(run, make_trainer(), observers=[films]).train(Budget(steps=100)).step == 100
    assert said == ["Video recording stopped, training continues: ZeroDivisionError: no picture"]


def test_a_training_is_displayed_and_filmed_at_once(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    from lab_app.display import LiveDisplay, Sink
    from lab_app.observers.display import Display

    class Screen(Sink):
        def __init__(self) -> None:
            self.seen = threading.Event()

        def show(self, frame: Frame, caption: str) -> None:
            self.seen.set()

    class Patiently(Observer):
        def slice(self, progress: Any, wall_seconds: float, trainer: Any) -> None:
            assert screen.seen.wait(20)

    run, screen, scene, said = make_run(), Screen(), Flicker(), []
    films = BestFilms(scene, run.folder / "media", seed=5, report=said.append)
    display = Display(lambda: LiveDisplay(scene, screen, fps_cap=500, share=10.0, report=said.append))
    selector = Selector(scored([2.0, 3.0, 1.0, 2.5, 4.0]), Score("s"), every=20)
    Loop(run, make_trainer(), observers=[films, display, Patiently(), Slowly(films)], selector=selector).train(Budget(steps=100))
    assert len(films_of(run)) == 3
    assert said == []


def test_an_interrupted_training_does_not_wait_for_a_long_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_app.observers.film._LONGEST", 1e9)
    monkeypatch.setattr("lab_app.observers.film._HASTE", 1.0)
    films = BestFilms(Flicker(10**9), tmp_path, seed=0, report=print)
    films.best_model(7, "model")  # type: ignore[arg-type]
    start = time.monotonic()
    films.end(None)
    assert time.monotonic() - start < 30
    assert count_frames(tmp_path / "best-000000007.mp4") >= 1  # what was filmed by then is a whole film


def test_tensorboard_gets_a_moving_picture(tmp_path: Path) -> None:
    import io
    import struct

    from PIL import Image
    from tensorboard.compat.proto import event_pb2

    board = TensorBoard(tmp_path)
    films = BestFilms(Flicker(60), tmp_path / "media", seed=0, report=print, board=board)
    films.best_model(9, "model")  # type: ignore[arg-type]
    films.end(Outcome("completed", 9, 1.0, "done"))
    board.end(None)
    (events,) = tmp_path.glob("events.*")
    pictures = []
    stream = io.BytesIO(events.read_bytes())
    while head := stream.read(12):  # length and its checksum; then the record and its checksum
        event = event_pb2.Event.FromString(stream.read(struct.unpack("<QI", head)[0]))
        stream.read(4)
        pictures += [(event.step, value.tag, value.image.encoded_image_string) for value in event.summary.value]
    ((step, tag, data),) = pictures
    assert (step, tag) == (9, "best")
    film = Image.open(io.BytesIO(data))
    assert (film.n_frames, film.size) == (20, (32, 24))  # two seconds at ten a second


def test_where_there_is_nothing_to_film_a_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    assert make_films(None, tmp_path, seed=0, report=said.append, board=None) is None
    assert said == ["This task has no scene, so there is nothing to record."]
