"""The images that are learnt from, in memory once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import UsageError
from lab_gan.config import ImageConfig

Shape = tuple[int, int, int]
FEWEST = 2


class Images:
    """Images uint8 [n, size, size, channels] with labels int32 [n]; ``classes`` are their names, () where there are none."""

    def __init__(self, pixels: NDArray[np.uint8], labels: NDArray[np.int32], classes: Sequence[str]) -> None:
        self.pixels = np.ascontiguousarray(pixels)
        self.labels = labels.astype(np.int32)
        self.classes = tuple(classes)
        self.shape: Shape = tuple(pixels.shape[1:])  # type: ignore[assignment]


def load_images(config: ImageConfig, split: str = "train") -> Images:
    """The images that ``config`` names, all of the user's own; raises UsageError for data of another kind."""
    from lab_datasets.loading import load_columns

    if config.own_data and split == "train":
        split = "all"
    columns = load_columns(config, split, kind="images", fewest=FEWEST)
    pixels = columns["image"]
    if "label" not in columns or len(columns.classes) < 2:
        return Images(pixels, np.zeros(len(pixels), np.int32), ())
    return Images(pixels, columns["label"], columns.classes)


def need_classes(images: Images, config: ImageConfig, what: str) -> None:
    """Raise UsageError where the images have no classes, which ``what`` needs."""
    if len(images.classes) < 2:
        raise UsageError(
            f"{config.data} has no classes, and {what} needs them.",
            "Use a folder with one folder a class, or a task without a condition.",
        )
