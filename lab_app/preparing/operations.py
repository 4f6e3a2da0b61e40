"""What ``lab data make`` makes of an image: pure functions of uint8 [height, width, 1 or 3]."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from lab_core.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of an operation.

    size     side of the square that ``resize`` makes, and that ``crop`` and ``pad`` scale theirs to; 0: not scaled
    factor   how many times ``blur`` shrinks the image before it is enlarged again
    share    side of the blank square of ``blank``, as a share of the shorter side
    """

    size: int = 0
    factor: int = 4
    share: float = 0.3

    def check(self, operation: str) -> None:
        """Raise UsageError for numbers that ``operation`` can't use."""
        if operation == "resize" and not self.size:
            raise UsageError("--operation resize needs a size.", "Example: --size 256")
        if self.size and operation not in ("resize", "crop", "pad"):
            raise UsageError(f"--operation {operation} keeps the size of images.", "Make them --operation resize first.")
        if self.size < 0 or self.size > 8192:
            raise UsageError(f"--size {self.size} is not from 1 to 8192 pixels.")
        if not 2 <= self.factor <= 64:
            raise UsageError(f"--factor {self.factor} is not from 2 to 64.")
        if not 0 < self.share < 1:
            raise UsageError(f"--share {self.share:g} is not between 0 and 1.")


def blur(image: "Picture", sizes: Sizes) -> "Picture":
    """Shrunk by ``factor`` and enlarged again, bicubic."""
    height, width = image.shape[:2]
    small = _resized(image, max(1, width // sizes.factor), max(1, height // sizes.factor))
    return _resized(small, width, height)


def grey(image: "Picture", sizes: Sizes) -> "Picture":
    """Rec. 601 luma, one channel."""
    import numpy as np

    if image.shape[2] == 1:
        return image
    return np.round(image @ np.array([0.299, 0.587, 0.114]))[..., None].astype(np.uint8)


def edges(image: "Picture", sizes: Sizes) -> "Picture":
    """Dark lines on white, one channel: 255 less the length of Sobel's gradient of the luma, with the border repeated."""
    import numpy as np

    around = np.pad(grey(image, sizes)[..., 0].astype(np.float64), 1, mode="edge")
    smooth_y = around[:-2] + 2 * around[1:-1] + around[2:]  # [h, w + 2]
    smooth_x = around[:, :-2] + 2 * around[:, 1:-1] + around[:, 2:]  # [h + 2, w]
    across, down = smooth_y[:, 2:] - smooth_y[:, :-2], smooth_x[2:] - smooth_x[:-2]
    return (255 - np.clip(np.round(np.hypot(across, down) / 4), 0, 255))[..., None].astype(np.uint8)


def blank(image: "Picture", sizes: Sizes) -> "Picture":
    """A white square in the middle."""
    height, width = image.shape[:2]
    side = max(1, round(min(height, width) * sizes.share))
    top, left = (height - side) // 2, (width - side) // 2
    made = image.copy()
    made[top : top + side, left : left + side] = 255
    return made


def resize(image: "Picture", sizes: Sizes) -> "Picture":
    """Stretched to a square of ``size``, bicubic with antialiasing."""
    return _resized(image, sizes.size, sizes.size)


def crop(image: "Picture", sizes: Sizes) -> "Picture":
    """The central square, scaled to ``size`` where that is set."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    square = image[top : top + side, left : left + side]
    return _resized(square, sizes.size, sizes.size) if sizes.size else square


def pad(image: "Picture", sizes: Sizes) -> "Picture":
    """A square with white borders, scaled to ``size`` where that is set."""
    import numpy as np

    height, width = image.shape[:2]
    side = max(height, width)
    square = np.full((side, side, image.shape[2]), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return _resized(square, sizes.size, sizes.size) if sizes.size else square


OPERATIONS: dict[str, Callable[[Any, Sizes], Any]] = {
    function.__name__: function for function in (blur, grey, edges, blank, resize, crop, pad)
}


def _resized(image: "Picture", width: int, height: int) -> "Picture":
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC)).reshape(height, width, image.shape[2])
