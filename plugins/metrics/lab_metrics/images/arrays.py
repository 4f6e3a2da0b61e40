"""Images of one form: uint8 [n, height, width, channels]."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Images = NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601


def stacked(items: Iterable[Any], count: int, *, what: str = "The model") -> Images:
    """``count`` items of a model as one array; raises LabError for anything but uint8 images of one size."""
    images: Images | None = None
    given = 0
    for place, item in enumerate(items):
        if place >= count:
            raise LabError(f"{what} made more than the {count:,} images that were asked for.")
        image = np.asarray(item)
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
            raise LabError(
                f"{what} made an item of {image.dtype} {list(image.shape)};"
                " an image is uint8 [height, width, channels] with 1 or 3 channels."
            )
        if images is None:
            images = np.empty((count, *image.shape), np.uint8)
        if image.shape != images.shape[1:]:
            raise LabError(f"{what} made images of different sizes: {list(images.shape[1:])} and {list(image.shape)}.")
        images[place] = image
        given += 1
    if images is None or given < count:
        raise LabError(f"{what} made {given:,} of the {count:,} images that were asked for.")
    return images


def fitted(images: Images, shape: tuple[int, int, int]) -> Images:
    """The images in ``shape`` [height, width, channels]; as they are where they have it.

    Colour becomes grey by Rec. 601 luma, grey becomes three equal channels; then the size is changed without regard to
    proportions, by Pillow's Lanczos filter. Raises LabError for anything but uint8 images with 1 or 3 channels.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        raise LabError(f"Images are {images.dtype} {list(images.shape)}; expected uint8 [n, height, width, 1 or 3].")
    if shape[2] == 1 and images.shape[3] == 3:
        images = np.round(images @ _LUMA)[..., None].astype(np.uint8)
    elif shape[2] == 3 and images.shape[3] == 1:
        images = np.repeat(images, 3, axis=3)
    if images.shape[1:3] == shape[:2]:
        return images
    from PIL import Image

    size = (shape[1], shape[0])
    resized = np.empty((len(images), *shape), np.uint8)
    for place, image in enumerate(images):
        picture = Image.fromarray(image[..., 0] if shape[2] == 1 else image)
        resized[place] = np.asarray(picture.resize(size, Image.Resampling.LANCZOS)).reshape(shape)
    return resized


def unit(images: Images) -> NDArray[np.float32]:
    """Pixels as float32 from 0 to 1, the same shape."""
    return images.astype(np.float32) / np.float32(255)
