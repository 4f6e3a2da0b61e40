"""Pictures side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
GAP = 2  # pixels of white between pictures


def rows_of(rows: Sequence[Sequence[Pixels]], *, columns: int = 0) -> Pixels:
    """Rows of pictures uint8 [h, w, 1 or 3] as one picture uint8 [height, width, 3].

    Pictures are enlarged by repetition to the largest of all where they fit a whole number of times, then laid on white.
    ``columns``: how many rows stand beside each other; 0: as many as make the sheet about as high as wide.
    """
    height, width = (max(one.shape[side] for row in rows for one in row) for side in (0, 1))
    across = len(rows[0])
    columns = columns or max(1, round(np.sqrt(len(rows) * height / (across * width))))
    down = -(-len(rows) // columns)
    sheet = np.full((down * (height + GAP) + GAP, columns * (across * (width + GAP) + 2 * GAP), 3), 255, np.uint8)
    for number, row in enumerate(rows):
        for place, one in enumerate(row):
            top = GAP + number // columns * (height + GAP)
            left = GAP + number % columns * (across * (width + GAP) + 2 * GAP) + place * (width + GAP)
            factor = max(1, min(height // one.shape[0], width // one.shape[1]))
            grown = one.repeat(factor, 0).repeat(factor, 1)
            sheet[top : top + grown.shape[0], left : left + grown.shape[1]] = grown
    return sheet
