"""A panel beside the picture: the action that was taken, and what the model thinks each is worth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_PAPER, _INK, _DIM = (16, 18, 24), (225, 228, 235), (120, 126, 140)
_BAR, _CHOSEN = (70, 110, 180), (240, 170, 60)
_HEIGHT = 400  # pixels at least, so that letters can be read
_PANEL = 240
_LETTERS = 0.45


def with_panel(picture: NDArray[np.uint8], names: Sequence[str], taken: int, values: Sequence[float] | None) -> NDArray[np.uint8]:
    """The picture, enlarged by a whole number if it is small, with a panel on its right; uint8 [height, width, 3].

    Bars run from the least to the greatest value; without values only the names are shown.
    """
    import cv2

    scale = max(1, -(-_HEIGHT // picture.shape[0]))
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    panel = np.full((large.shape[0], _PANEL, 3), _PAPER, np.uint8)
    row = min(44, panel.shape[0] // max(1, len(names)))
    low, high = (min(values), max(values)) if values is not None else (0.0, 0.0)
    for number, name in enumerate(names):
        top, chosen = number * row, number == taken
        bottom = top + row - 4
        if values is not None:
            share = (values[number] - low) / (high - low) if high > low else 1.0
            end = 8 + round(share * (_PANEL - 16))
            cv2.rectangle(panel, (8, bottom - 7), (end, bottom), _CHOSEN if chosen else _BAR, -1)
            _write(panel, f"{values[number]:.2f}", (_PANEL - 70, bottom - 11), _INK if chosen else _DIM)
        _write(panel, name.lower(), (8, bottom - 11), _CHOSEN if chosen else _DIM)
    return np.concatenate([large, panel], axis=1)


def _write(panel: NDArray[np.uint8], text: str, place: tuple[int, int], ink: tuple[int, int, int]) -> None:
    import cv2

    cv2.putText(panel, text, place, cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, ink, 1, cv2.LINE_AA)
