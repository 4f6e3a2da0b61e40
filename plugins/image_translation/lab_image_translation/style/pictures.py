"""Style pictures: the user's files and those that ship."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab_core.errors import LabError, UsageError
from lab_image_translation.paired.problem import with_channels
from lab_image_translation.style.config import STYLES
from lab_image_translation.tiling import padded

Pixels = NDArray[np.uint8]
VIEWS = (1.5, 3.0)  # shorter side of a training photograph, in sides of the squares that are cut from it
LONGEST = 4096  # pixels a side, about: larger files are read at a whole fraction of their size


def load_style(name: str) -> Pixels:
    """A shipped picture or a file as uint8 [h, w, 3]; raises UsageError for neither, LabError for a file that can't be read."""
    name = name.strip()
    if name in ("relief", "satellite"):
        from lab_datasets import load

        tiles = getattr(load("earth", "train"), name)
        return np.concatenate([np.concatenate(list(tiles[row * 3 : row * 3 + 3]), 1) for row in range(3)], 0)
    if name in STYLES:
        from lab_datasets import load
        from lab_datasets.pictures import ORDER

        split = next(part for part, names in ORDER.items() if name in names)
        return np.asarray(load("photos", split).images[ORDER[split].index(name)])
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"style={name} is no file.", f"A picture's file, or one of {', '.join(STYLES)}.")
    from lab_datasets.decode import small  # pyright: ignore[reportAttributeAccessIssue]

    try:
        return np.asarray(small(path, LONGEST).convert("RGB"))
    except ValueError as error:
        raise LabError(f"{path} can't be the style: {error}.", "Any picture of at most 100 million pixels will do.") from error


def scaled(image: Pixels, longest: int) -> Pixels:
    """Scaled down so that the longer side has ``longest`` pixels; smaller images stay as they are."""
    height, width = image.shape[:2]
    if not longest or max(height, width) <= longest:
        return image
    factor = longest / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS)).reshape(size[1], size[0], -1)


def fitted(image: Pixels, height: int, width: int) -> Pixels:
    """Scaled to exactly this size, without regard to proportions."""
    if image.shape[:2] == (height, width):
        return image
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(height, width, -1)


def views(images: Sequence[Pixels], side: int) -> Pixels:
    """Squares of ``side`` pixels that show things and not only texture, uint8 [n, side, side, 3].

    Of each image scaled so that its shorter side is 1.5 and 3 times ``side``; they overlap by half. A small image is extended by
    reflection.
    """
    found: list[Pixels] = []
    for image in images:
        height, width = image.shape[:2]
        for times in [one for one in VIEWS if one * side <= min(height, width)] or [1.0]:
            longest = round(max(height, width) * times * side / min(height, width))
            small = padded(scaled(with_channels(image, 3), longest)[None], 1, side)[0]
            rows, columns = (range(0, extent - side + 1, side // 2) for extent in small.shape[:2])
            found += [small[row : row + side, column : column + side] for row in rows for column in columns]
    return np.stack(found)
