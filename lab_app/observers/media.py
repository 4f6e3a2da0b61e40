"""What slices produced, as files of the run: ``media/samples-000012000.png`` and ``media/poem-000012000.txt``."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from lab_app.formats.images import write_png
from lab_core.errors import LabError
from lab_core.files import disk_errors, make_folder, remove_leftovers, write_atomic
from lab_core.trainer import Media, Progress, Trainer
from lab_core.training.observing import Budget, Observer

_NAME = re.compile(r"(?P<name>.+)-(?P<step>[0-9]{9,})(?P<suffix>\.png|\.txt)")


class MediaFile(msgspec.Struct, frozen=True):
    """One file of a run's media folder that a slice produced."""

    path: Path
    name: str
    step: int


def media_files(folder: Path) -> Iterator[MediaFile]:
    """The pictures and texts of a media folder that carry a step, by name and step. Films and other files are left out."""
    with suppress(OSError):
        found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
        files = [MediaFile(path, match["name"], int(match["step"])) for path, match in found if match is not None]
        yield from sorted(files, key=lambda file: (file.name, file.step, file.path.suffix))


class MediaFolder(Observer):
    """Writes every picture and text into the run's media folder, under its name and step.

    A run that goes on from an earlier step loses what was made after it, as its metrics do. Errors are reported in
    one line through ``report`` and ends the writing, never the training.
    """

    def __init__(self, folder: Path, *, report: Callable[[str], None]) -> None:
        self._folder = folder
        self._report = report
        self._broken = False

    def begin(self, step: int, budget: Budget) -> None:
        remove_leftovers(self._folder)
        for file in media_files(self._folder):
            if file.step > step:
                with suppress(OSError):
                    file.path.unlink()

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        if self._broken:
            return
        try:
            if progress.media and not self._folder.parent.is_dir():  # never make a run's folder that was deleted again
                raise LabError(f"{self._folder.parent} is gone.")
            for media in progress.media:
                self._write(media, progress.step)
        except Exception as error:  # a picture is never worth a training
            self._broken = True
            what = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            self._report(f"Saving of pictures stopped, training continues: {what}")

    def _write(self, media: Media, step: int) -> None:
        stem = f"{re.sub(r'[^A-Za-z0-9_.]+', '-', media.name).strip('-.') or 'picture'}-{step:09d}"
        if media.image is not None:
            write_png(self._folder / f"{stem}.png", media.image, option="--runs-dir")
        if media.text:
            with disk_errors("A text of this run", self._folder):
                make_folder(self._folder)
            write_atomic(self._folder / f"{stem}.txt", media.text)
