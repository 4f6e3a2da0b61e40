"""The images that are learnt from, in memory once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import UsageError
from lab_gan.config import ImageConfig

Pixels = NDArray[np.uint8]
Shape = tuple[int, int, int]


class Images:
    """Images uint8 [n, size, size, channels] with labels int32 [n]; ``classes`` are their names, () where there are none."""

    def __init__(self, pixels: Pixels, labels: NDArray[Any], classes: Sequence[str]) -> None:
        self.pixels = np.ascontiguousarray(pixels)
        self.labels = labels.astype(np.int32)
        self.classes = tuple(classes)
        self.shape: Shape = tuple(pixels.shape[1:])  # type: ignore[assignment]


def load_images(config: ImageConfig, split: str = "train") -> Images:
    """The images that ``config`` names, cropped and coloured; raises UsageError for a data set of another kind."""
    from lab_datasets import card, load
    from lab_datasets.folder import load_folder
    from lab_metrics.images.pictures import picture_column

    if Path(config.data).is_absolute():
        grey = None if config.colour == "auto" else config.colour == "grey"
        found: Any = load_folder(
            config.data, split="all" if split == "train" else split, size=config.size, grey=grey, crop=config.crop
        )
        if hasattr(found, "a"):  # pairs: both sides are images
            return Images(np.concatenate([found.a, found.b]), np.zeros(len(found.a) + len(found.b)), ())
        _enough(found.images, config)
        return Images(found.images, found.labels, found.classes if len(found.classes) > 1 else ())
    about = card(config.data)
    if about.kind not in ("images", "image pairs"):
        raise UsageError(f"{config.data} holds {about.kind}; images are expected.", "See lab data list.")
    found = load(config.data, split)
    pixels = _fitted(picture_column(found), config)
    labels = getattr(found, "labels", None)
    _enough(pixels, config)
    if labels is None or not about.classes:
        return Images(pixels, np.zeros(len(pixels)), ())
    return Images(pixels, labels, about.classes)


def need_classes(images: Images, config: ImageConfig, what: str) -> None:
    """Raise UsageError where the images have no classes, which ``what`` needs."""
    if len(images.classes) < 2:
        raise UsageError(
            f"{config.data} has no classes, and {what} needs them.",
            "Use a folder with one folder a class, or a task without a condition.",
        )


def _enough(pixels: Any, config: ImageConfig) -> None:
    if len(pixels) < 2:
        raise UsageError(f"{config.data} holds {len(pixels)} image; at least 2 are expected, and hundreds to learn from.")


def _fitted(pixels: Any, config: ImageConfig) -> Pixels:
    """Embedded images at the configured size and number of channels."""
    if isinstance(pixels, list):  # photographs of many sizes
        from lab_datasets.pictures import patches

        pixels = patches(pixels, config.size)
    if config.colour == "grey" and pixels.shape[-1] == 3:
        weights = np.array([0.299, 0.587, 0.114])  # Rec. 601 luma
        pixels = np.round(pixels @ weights)[..., None].astype(np.uint8)
    if config.colour == "colour" and pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    if pixels.shape[1] == config.size:
        return np.asarray(pixels)
    from PIL import Image

    size = (config.size, config.size)
    resized = [np.asarray(Image.fromarray(one.squeeze()).resize(size, Image.Resampling.LANCZOS)) for one in pixels]
    return np.stack(resized).reshape(len(pixels), *size, -1)
