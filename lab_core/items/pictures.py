"""Pictures as arrays: one grid of many, enlarged by whole factors, and the file that a picture becomes.

A picture is uint8 [height, width, 1 or 3]; a batch of them uint8 [n, height, width, 1 or 3].
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

LARGEST = 900  # pixels of the longer side up to which a small picture is enlarged
BETWEEN = 128  # the grey between pictures: seen beside black ones and beside white ones


def columns_of(count: int) -> int:
    """How many columns make a grid of ``count`` pictures nearly square, its last row full where that is possible."""
    square = max(1, math.ceil(math.sqrt(count)))
    full = (columns for columns in range(square, 2 * square) if count % columns == 0)
    return next(full, square)


def grid(images: Any, *, columns: int | None = None, padding: int = 1) -> "Picture":
    """A batch uint8 [n, height, width, 1 or 3] as one picture uint8 [height, width, 3], row by row.

    ``padding`` pixels of grey lie between pictures and around them; cells that are left over are of the same grey.
    """
    import numpy as np

    images = np.asarray(images)
    if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 3) or not len(images):
        raise ValueError(f"uint8 [n, height, width, 1 or 3] is expected, not {images.dtype} {list(images.shape)}")
    count, height, width, _ = images.shape
    columns = min(columns or columns_of(count), count)
    rows = -(-count // columns)
    size = (rows * (height + padding) + padding, columns * (width + padding) + padding, 3)
    whole: Picture = np.full(size, BETWEEN, np.uint8)
    for number, image in enumerate(images):
        top = number // columns * (height + padding) + padding
        left = number % columns * (width + padding) + padding
        whole[top : top + height, left : left + width] = image
    return whole


def batch_of(items: Sequence[Any], count: int, *, maker: str) -> "Picture":
    """``count`` pictures of one size as one array uint8 [count, height, width, 1 or 3].

    Raises LabError, naming their ``maker``, for any other number of them or anything else.
    """
    import numpy as np

    if len(items) != count:
        raise LabError(f"{maker} made {len(items)} pictures; {count} were asked for.")
    first = np.asarray(items[0])
    for item in map(np.asarray, items):
        if item.dtype != np.uint8 or item.ndim != 3 or item.shape[2] not in (1, 3) or item.shape != first.shape:
            raise LabError(
                f"{maker} made {item.dtype} {list(item.shape)}; a picture is uint8 [height, width, 1 or 3], all of one size."
            )
    return np.stack([np.asarray(item) for item in items])


def enlarge(image: "Picture", scale: int) -> "Picture":
    """The picture with every pixel as a square of ``scale`` x ``scale``."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def scale_of(height: int, width: int, *, largest: int = LARGEST) -> int:
    """The largest whole factor that keeps a picture within ``largest`` pixels; 1 for one that is larger."""
    return max(1, largest // max(height, width))


def rgb(image: "Picture") -> "Picture":
    """The picture with three channels."""
    return image if image.shape[2] == 3 else image.repeat(3, axis=2)
