"""``lab data split``: the images of a folder copied into train, validation and test."""

import random
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from lab_app.preparing.files import Done, each, image_files, new_folder
from lab_core.errors import UsageError
from lab_core.files import disk_errors, make_folder

NAMES = ("train", "validation", "test")


def fractions_of(text: str) -> tuple[float, ...]:
    """``0.8,0.1,0.1`` or ``0.8,0.2`` as shares; raises UsageError unless two or three of them add up to 1."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) not in (2, 3) or min(found) < 0 or found[0] == 0 or abs(sum(found) - 1) > 1e-6:
        raise UsageError(
            f"--fractions {text} is not a split.", "Shares of training, validation and perhaps test that add up to 1: 0.8,0.1,0.1"
        )
    return tuple(found)


def split(folder: Path, out: Path, fractions: Sequence[float], *, seed: int = 0, quiet: bool = False) -> Done:
    """Copies below ``out``/train, ``out``/validation and ``out``/test, which keep their sub-folders.

    Files that differ in their folder or suffix only are one item (``A/x.png`` and ``B/x.jpg`` a pair): they stay together. Within
    class folders that is the case where names repeat, which costs nothing. Which item comes where depends on names and ``seed``.
    """
    files = image_files(folder, outside=out)
    new_folder(out)
    items = sorted({path.stem for path in files})
    random.Random(seed).shuffle(items)
    total, bounds = 0.0, [0]
    for fraction in fractions:
        total += fraction
        bounds.append(round(total * len(items)))
    part = {item: name for name, (begin, end) in zip(NAMES, pairwise(bounds), strict=False) for item in items[begin:end]}

    def work(path: Path) -> list[Path]:
        place = out / part[path.stem] / path.relative_to(folder)
        with disk_errors(place.name, out, option="--out"):
            make_folder(place.parent)
            shutil.copyfile(path, place)
        return [place]

    return each(files, len(files), work, str, quiet=quiet)
