"""Boxes: where things are in a picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Boxes:
    """What a detector answers for one image, most certain first.

    corners  float32 [n, 4] in pixels of the image as given: x0, y0, x1, y1
    names    class of each box
    scores   confidence of each box, 0 to 1
    points   float32 [n, p, 2] in pixels (landmarks), or None
    """

    corners: "np.ndarray"
    names: tuple[str, ...]
    scores: tuple[float, ...]
    points: "np.ndarray | None" = None
