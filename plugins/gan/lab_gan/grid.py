"""Pictures side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def grid(items: Sequence[NDArray[Any]], *, columns: int | None = None, scale: int = 2) -> NDArray[np.uint8]:
    """uint8 pictures [h, w, 1 or 3] in rows, row after row, as one picture uint8 [height, width, 3]."""
    columns = columns or int(np.ceil(np.sqrt(len(items))))
    rows = -(-len(items) // columns)
    height, width = items[0].shape[:2]
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, item in enumerate(items):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + height, left : left + width] = item
    return sheet.repeat(scale, axis=0).repeat(scale, axis=1)
