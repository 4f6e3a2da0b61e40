"""Images at a wanted size and number of channels."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from lab_datasets.loading import Options

LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601


def fitted(images: Any, options: "Options") -> Any:
    """A registered set's images, uint8 [n, size, size, channels]; photographs of many sizes are cut into squares of ``size``.

    Without a size as they are, but for the channels.
    """
    if isinstance(images, list):
        if not options.size:
            return [recoloured(image[None], options.grey)[0] for image in images]
        from lab_datasets.pictures import patches

        images = patches(images, options.size)
    images = recoloured(images, options.grey)
    if not options.size or images.shape[1:3] == (options.size, options.size):
        return images
    return resized(images, options.size)


def recoloured(images: NDArray[np.uint8], grey: bool | None) -> NDArray[np.uint8]:
    """Grey by Rec. 601 luma, colour by three equal channels; None: as they are."""
    if grey is True and images.shape[-1] == 3:
        return np.round(images @ LUMA)[..., None].astype(np.uint8)
    if grey is False and images.shape[-1] == 1:
        return np.repeat(images, 3, axis=-1)
    return images


def resized(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scaled by Lanczos to ``size`` x ``size``, without regard to proportions."""
    wanted = (size, size)
    plain = images[..., 0] if images.shape[-1] == 1 else images
    found = [np.asarray(Image.fromarray(one).resize(wanted, Image.Resampling.LANCZOS)) for one in plain]
    return np.stack(found).reshape(len(images), size, size, -1)


def fit_one(image: NDArray[np.uint8], size: int, *, channels: int, crop: str = "centre") -> NDArray[np.uint8]:
    """One image uint8 [h, w, 1 or 3] as a training saw its own: uint8 [size, size, channels].

    ``crop``: centre keeps the largest central square, stretch the whole image, pad adds white around it.
    """
    image = recoloured(image[None], channels == 1)[0]
    if image.shape[:2] == (size, size):
        return image
    picture, wanted = Image.fromarray(image[..., 0] if channels == 1 else image), (size, size)
    if crop == "centre":
        picture = ImageOps.fit(picture, wanted, Image.Resampling.LANCZOS)
    elif crop == "pad":
        picture = ImageOps.pad(picture, wanted, Image.Resampling.LANCZOS, color="white")
    else:
        picture = picture.resize(wanted, Image.Resampling.LANCZOS)
    return np.asarray(picture).reshape(size, size, channels)
