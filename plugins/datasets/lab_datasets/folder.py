"""The user's own folder of images as plain arrays. :func:`lab_datasets.loading.load_columns` gives the same as columns."""

from collections import namedtuple
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np

from lab_core.data import DataSet, Examination
from lab_core.errors import UsageError
from lab_datasets.config import Crop, read_reference
from lab_datasets.decode import opaque
from lab_datasets.loading import Options
from lab_datasets.own import images

__all__ = ["Images", "Pairs", "examine", "load", "load_folder", "opaque"]

Images = namedtuple("Images", ("images", "labels", "classes"))
Pairs = namedtuple("Pairs", ("a", "b"))


def examine(path: Path) -> Examination:
    """What ``lab data check`` shows of the user's own folder or file, whatever it holds."""
    from lab_datasets.own import FORMS, reader_for

    try:
        reader = reader_for(path)
    except UsageError:
        found = images.examine(path) if path.is_dir() else Examination(layout="nothing", facts={}, usable=False)
        return msgspec.structs.replace(found, advice=(*found.advice, FORMS))
    return reader.examine(path)


def load(card: DataSet, split: str, **options: Any) -> Any:
    """The loader of the card ``folder``."""
    folder = options.pop("folder", None)
    if folder is None:
        raise UsageError(f"{card.id} stands for your own data: give its path.", "Example: --set data=./my_pictures")
    return load_folder(folder, split=split, **options)


def load_folder(
    folder: Path | str, *, split: str = "all", size: int = 64, grey: bool | None = None, crop: str | None = None
) -> Any:
    """The images of a folder as ``Images(images, labels, classes)``, or as ``Pairs(a, b)`` where its layout is of pairs.

    Images are uint8 [n, size, size, 1 or 3], labels [n] (the class folder's place, 0 where there are none). ``split`` is
    ``"all"``, or train, validation or test by a hash of the file's name (80, 10 and 10 of a hundred). Files that can't be
    decoded are left out with one line on standard error; raises LabError when none is left.
    """
    path, options = read_reference(str(folder))
    folder = Path(path)
    if crop is not None:
        options["crop"] = crop
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    if not 8 <= size <= 1024:
        raise UsageError(f"size={size}: 8 to 1024 pixels are expected.")
    if options.get("crop", "centre") not in get_args(Crop):
        raise UsageError(f"crop={crop!r}: centre, stretch or pad is expected.")
    colour = "auto" if grey is None else "grey" if grey else "colour"
    columns, _ = images.read(folder, split, Options(size=size, colour=colour, **options))
    if columns.kind == "image pairs":
        return Pairs(columns["input"], columns["target"])
    labels = columns["label"] if "label" in columns else np.zeros(columns.count, np.int32)
    dtype = np.int64 if len(columns.classes) > 256 else np.uint8
    return Images(columns["image"], labels.astype(dtype), columns.classes or ("",))
