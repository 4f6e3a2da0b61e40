"""The real pictures of a registered data set or of a user's folder, in the shape that is asked for."""

from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import UsageError
from lab_metrics.images.arrays import Images, fitted


def is_folder(data: str) -> bool:
    """A full path is a folder; anything else is the id of a data set."""
    return Path(data).is_absolute()


def pictures(data: str, split: str, shape: tuple[int, int, int]) -> Images:
    """uint8 [n, *shape]: of a folder all pictures, cropped as its reference says; of a set a split, or ``"all"`` of them.

    Of pairs the second pictures count, those that are made of the first. Raises UsageError for sets that hold no pictures,
    LabError for folders without any.
    """
    from lab_datasets import card, load
    from lab_datasets.loading import load_columns

    if is_folder(data):
        colour = "grey" if shape[2] == 1 else "colour"
        return fitted(load_columns(data, "all", kind="images", size=shape[0], colour=colour, fewest=1)["image"], shape)
    about = card(data)
    if about.kind not in ("images", "image pairs"):
        raise UsageError(f"{data} holds {about.kind}; images are expected.", "See lab data list.")
    found = load(data, "+".join(about.splits) if split == "all" else split)
    images = picture_column(found)
    if isinstance(images, list):  # photographs of many sizes
        from lab_datasets.pictures import patches

        images = patches(images, shape[0])
    return fitted(np.asarray(images), shape)


def picture_column(columns: Any) -> Any:
    """The last column that holds pictures, uint8 [n, height, width, channels] or a list of them; captions are ignored."""
    return [column for column in columns if np.ndim(column[0]) == 3][-1]
