"""Pictures that slices produce: one file each, cut back on resume, never worth a training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab_app.observers.media import MediaFolder, media_files
from lab_core.runs.run import Run
from lab_core.trainer import Media, Progress
from lab_core.training.loop import Loop
from lab_core.training.observing import Budget

MakeRun = Callable[..., Run]
MakeTrainer = Callable[..., Any]


def painting(trainer: Any) -> Any:
    """The walk, with a picture of its step in every slice."""
    plain = trainer.advance

    def advance(limit: int) -> Progress:
        progress = plain(limit)
        image = np.full((4, 6, 3), progress.step % 256, np.uint8)
        return Progress(progress.step, progress.scalars, media=(Media("samples/ema", image), Media("words", text="a b")))

    trainer.advance = advance
    return trainer


def names(run: Run) -> list[str]:
    return [path.name for path in sorted((run.folder / "media").iterdir())]


def train(run: Run, trainer: Any, steps: int) -> list[str]:
    said: list[str] = []
    loop = Loop(run, painting(trainer), observers=[MediaFolder(run.folder / "media", report=said.append)])
    with run.lock():
        loop.restore()
        loop.train(Budget(steps))
    return said


def test_every_picture_and_text_is_a_file_with_its_step(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    assert train(run, make_trainer(), 20) == []
    steps = ("000000010", "000000020")
    assert names(run) == [f"{name}-{step}.{kind}" for name, kind in (("samples-ema", "png"), ("words", "txt")) for step in steps]
    picture = np.asarray(Image.open(run.folder / "media" / "samples-ema-000000020.png"))
    assert (picture == 20).all()
    assert picture.shape == (4, 6, 3)
    found = [(file.name, file.step) for file in media_files(run.folder / "media")]
    assert found == [("samples-ema", 10), ("samples-ema", 20), ("words", 10), ("words", 20)]


def test_a_run_that_goes_on_loses_what_was_made_after_its_checkpoint(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    train(run, make_trainer(), 20)
    folder = run.folder / "media"
    for name in ("samples-ema-000000030.png", "words-000000030.txt", "best-000000030.mp4", "mine.png"):
        (folder / name).write_bytes(b"left by a killed process")
    (folder / ".words-000000040.txt.999999.tmp").write_bytes(b"half")
    train(run, make_trainer(), 40)
    assert (folder / "best-000000030.mp4").exists()
    assert (folder / "mine.png").exists()
    assert Image.open(folder / "samples-ema-000000030.png").size == (6, 4)  # written anew
    assert (folder / "words-000000040.txt").read_text() == "a b"
    assert not [name for name in names(run) if name.endswith(".tmp")]


def test_later_pictures_go_even_when_nothing_is_trained(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    train(run, make_trainer(), 20)
    late = run.folder / "media" / "samples-ema-1000000000.png"
    late.write_bytes(b"x")
    train(run, make_trainer(), 20)
    assert not late.exists()


def test_a_picture_that_cannot_be_written_is_told_once_and_harms_nothing(
    make_run: MakeRun, make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    (run.folder / "media").write_text("a file in the way")
    said = train(run, make_trainer(), 30)
    assert len(said) == 1
    assert "training continues" in said[0]
    assert run.record.status == "completed"


def test_a_name_stays_inside_the_folder(tmp_path: Path) -> None:
    writer = MediaFolder(tmp_path / "media", report=pytest.fail)
    image = np.zeros((2, 2, 3), np.uint8)
    writer.slice(Progress(5, media=(Media("../../etc/passwd", image), Media("…", image))), 0.0, None)  # type: ignore[arg-type]
    found = sorted(path.name for path in (tmp_path / "media").iterdir())
    assert found == ["etc-passwd-000000005.png", "picture-000000005.png"]
