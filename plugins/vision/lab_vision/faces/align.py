"""A face cut out at one size, as networks for recognition are trained on (Sandberg's facenet, the source's chapter 6)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError


def aligned(image: NDArray[np.uint8], faces: NDArray[Any], size: int, margin: int) -> NDArray[np.uint8]:
    """uint8 [size, size, c] around the face that :func:`chosen` names; raises LabError where there is none."""
    from PIL import Image

    if not len(faces):
        raise LabError("No face was found.", "Lower --with output=0.5, or --with smallest=12 for small faces.")
    x0, y0, x1, y1 = faces[chosen(faces, image.shape[1], image.shape[0]), :4]
    left, top = max(0.0, x0 - margin / 2), max(0.0, y0 - margin / 2)
    right, bottom = min(float(image.shape[1]), x1 + margin / 2), min(float(image.shape[0]), y1 + margin / 2)
    plain = Image.fromarray(np.ascontiguousarray(np.squeeze(image, -1) if image.shape[-1] == 1 else image))
    small = plain.resize((size, size), Image.Resampling.BILINEAR, (left, top, right, bottom))
    return np.asarray(small).reshape(size, size, -1)


def chosen(faces: NDArray[Any], width: int, height: int) -> int:
    """The place of the face with the largest area minus twice the squared distance from the middle of the image."""
    area = np.prod(faces[:, 2:4] - faces[:, :2], axis=1)
    off = (faces[:, :2] + faces[:, 2:4]) / 2 - np.array([width, height]) / 2
    return int(np.argmax(area - 2 * (off**2).sum(1)))
