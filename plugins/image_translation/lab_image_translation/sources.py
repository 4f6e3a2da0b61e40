"""Clean images and stored pairs, as they are kept in memory for training."""

from typing import Any

import numpy as np
from lab_datasets.loading import load_columns
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_image_translation.tiling import padded

Pixels = NDArray[np.uint8]


def load_pairs(config: Any, split: str) -> tuple[Pixels, Pixels]:
    """Input and target uint8 [n, size, size, c] of a set of pairs, in the config's direction; raises UsageError for others."""
    columns = load_columns(config, split, kind="image pairs")
    if not columns.aligned:
        raise UsageError(
            f"{config.data} holds two unpaired sets; pix2pix needs pairs.", "Use cyclegan or cut, or pair the files by name."
        )
    first, second = np.asarray(columns["input"]), np.asarray(columns["target"])
    return (first, second) if config.direction == "AtoB" else (second, first)


def load_images(config: Any, split: str) -> list[Pixels]:
    """The images of a set, each in its own size, uint8 [h, w, 1 or 3], all with the same channels."""
    images = [np.asarray(one) for one in load_columns(config, split, kind="images", fit=False)["image"]]
    if len({one.shape[2] for one in images}) > 1:
        images = [np.repeat(one, 3, 2) if one.shape[2] == 1 else one for one in images]
    return images


def cut(images: list[Pixels], side: int) -> Pixels:
    """Disjoint squares of ``side`` pixels on a grid, uint8 [n, side, side, c]; smaller images are extended by reflection."""
    found: list[Pixels] = []
    for image in images:
        whole = padded(image[None], 1, side)[0]
        height, width = whole.shape[:2]
        top, left = height % side // 2, width % side // 2
        found += [
            whole[row : row + side, column : column + side]
            for row in range(top, height - side + 1, side)
            for column in range(left, width - side + 1, side)
        ]
    if not found:
        raise LabError("There are no images to cut squares from.")
    return np.stack(found)


def image_patches(config: Any, split: str, side: int) -> Pixels:
    """Squares to train on: small images (up to ``side`` pixels) as they are, larger ones cut into squares of ``side``."""
    images = load_images(config, split)
    shapes = {one.shape for one in images}
    if len(shapes) == 1 and max(images[0].shape[:2]) <= side:
        return np.stack(images)
    return cut(images, side)
