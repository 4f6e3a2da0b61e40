"""Images: uint8 [height, width, 1 or 3]."""

from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")


def check(item: Any, what: str) -> "Picture":
    """The item as uint8 [height, width, 1 or 3]; raises LabError that begins with ``what`` for anything else."""
    import numpy as np

    image = np.asarray(item)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or 0 in image.shape:
        raise LabError(f"{what} is {image.dtype} {list(image.shape)}; an image is uint8 [height, width, 1 or 3].")
    return image


def to_text(item: "Picture") -> str:
    """``640 x 480, colour``."""
    return f"{item.shape[1]} x {item.shape[0]}, {'grey' if item.shape[2] == 1 else 'colour'}"


def to_picture(item: "Picture") -> "Picture":
    """The image with three channels."""
    return item if item.shape[2] == 3 else item.repeat(3, axis=2)


def fitted(image: "Picture", width: int, height: int, *, enlarge: bool = True) -> "Picture":
    """The image scaled, its proportions kept, to the largest size within width x height.

    Small pictures are enlarged by a whole factor with every pixel a square.
    """
    import numpy as np
    from PIL import Image

    scale = min(width / image.shape[1], height / image.shape[0])
    if scale >= 1:
        whole = int(scale) if enlarge else 1
        return image.repeat(whole, axis=0).repeat(whole, axis=1)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = np.asarray(Image.fromarray(to_picture(image)).resize(size, Image.Resampling.LANCZOS))
    return small[:, :, : image.shape[2]]
