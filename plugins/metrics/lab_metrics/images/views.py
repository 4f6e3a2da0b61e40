"""What of an image is compared: which colour space, how much border is left out, whether values are rounded.

Papers differ in this, and PSNR differs by a decibel or more with it, so it is one record that stands in the signature.
"""

from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_metrics.images.arrays import Images

# Rec. BT.601 from RGB 0 to 1: Y from 16 to 235, Cb and Cr from 16 to 240 (MATLAB's rgb2ycbcr, scikit-image's)
_Y = np.array([65.481, 128.553, 24.966])
_CB = np.array([-37.797, -74.203, 112.0])
_CR = np.array([112.0, -93.786, -18.214])


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How images are looked at before they are compared.

    colour   "rgb": all channels as they are; "y": luma of BT.601 (super-resolution papers); "cbcr": its chroma (colourisation)
    crop     pixels left out at each edge (super-resolution: the scale)
    rounded  whether converted values are rounded to whole numbers, as MATLAB does with uint8
    """

    colour: Literal["rgb", "y", "cbcr"] = "rgb"
    crop: int = 0
    rounded: bool = False

    def signature(self) -> str:
        names = {"rgb": "rgb", "y": "y601", "cbcr": "cbcr601"}
        return f"colour={names[self.colour]}|crop={self.crop}|round={'yes' if self.rounded else 'no'}"


def viewed(images: Images, view: View) -> NDArray[Any]:
    """uint8 [n, height, width, 1 or 3] as float64 [n, height - 2 crop, width - 2 crop, channels] from 0 to 1.

    Grey has three equal channels where a colour space is asked for. Raises LabError where the crop leaves nothing.
    """
    height, width = images.shape[1:3]
    if view.crop < 0 or 2 * view.crop >= min(height, width):
        raise LabError(f"A crop of {view.crop} pixels at each edge leaves nothing of {height} x {width}.")
    inside = images[:, view.crop : height - view.crop, view.crop : width - view.crop].astype(np.float64)
    if view.colour == "rgb":
        return inside / 255.0
    rgb = np.repeat(inside, 3, axis=3) if inside.shape[3] == 1 else inside
    rows = ((_Y, 16.0),) if view.colour == "y" else ((_CB, 128.0), (_CR, 128.0))
    found = np.stack([rgb @ (row / 255.0) + offset for row, offset in rows], axis=-1)
    return (np.round(found) if view.rounded else found) / 255.0
