"""Boxes: where things are in a picture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".json", ".csv")
_COLOURS = (
    (230, 60, 60),
    (40, 120, 230),
    (30, 150, 80),
    (240, 150, 20),
    (150, 80, 200),
    (0, 160, 170),
    (200, 60, 140),
    (120, 110, 30),
)


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


def check(item: Any, what: str) -> Boxes:
    """The item; raises LabError that begins with ``what`` unless it is sound boxes."""
    import numpy as np

    if not isinstance(item, Boxes):
        raise LabError(f"{what} is {type(item).__name__}; boxes are a lab_core.items.boxes.Boxes.")
    corners = np.asarray(item.corners)
    count = len(item.names)
    if corners.shape != (count, 4) or len(item.scores) != count:
        shapes = f"corners {list(corners.shape)}, {count} names and {len(item.scores)} scores"
        raise LabError(f"{what} has {shapes}; corners [n, 4], n names and n scores are expected.")
    if corners.dtype != np.float32 or not np.isfinite(corners).all() or np.any(corners[:, 2:] < corners[:, :2]):
        raise LabError(f"{what} has corners that are not float32 x0, y0, x1, y1 with x0 <= x1 and y0 <= y1.")
    if not all(math.isfinite(score) and -1e-6 <= score <= 1 + 1e-6 for score in item.scores):
        raise LabError(f"{what} has a score outside 0 to 1.")
    if any(a < b for a, b in zip(item.scores, item.scores[1:], strict=False)):
        raise LabError(f"{what} has boxes in the wrong order; the most certain comes first.")
    if item.points is not None and (np.ndim(item.points) != 3 or len(item.points) != count or np.shape(item.points)[2] != 2):
        raise LabError(f"{what} has points {list(np.shape(item.points))}; [n, p, 2] is expected.")
    return item


def to_json(item: Boxes) -> list[Mapping[str, Any]]:
    """One record a box."""
    records: list[Mapping[str, Any]] = []
    for number, (name, score) in enumerate(zip(item.names, item.scores, strict=True)):
        record: dict[str, Any] = {"label": name, "score": score, "box": [float(side) for side in item.corners[number]]}
        if item.points is not None:
            record["points"] = [[float(x), float(y)] for x, y in item.points[number]]
        records.append(record)
    return records


def to_text(item: Boxes, *, most: int = 5) -> str:
    """``2 boxes: cat 93 %, dog 80 %``."""
    if not item.names:
        return "no boxes"
    named = ", ".join(f"{name} {100 * score:.0f} %" for name, score in list(zip(item.names, item.scores, strict=True))[:most])
    return f"{len(item.names)} {'box' if len(item.names) == 1 else 'boxes'}: {named}"


def to_picture(item: Boxes, image: "Picture | None" = None) -> "Picture":
    """The image with the boxes drawn on it, a colour a class; on grey where there is no image."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.image import to_picture as rgb
    from lab_core.items.lettering import font

    if image is None:
        far = item.corners[:, 2:].max(0, initial=64) if len(item.corners) else (64, 64)
        image = np.full((math.ceil(far[1]) + 8, math.ceil(far[0]) + 8, 3), 128, np.uint8)
    paper = Image.fromarray(rgb(image).copy())
    pen = ImageDraw.Draw(paper)
    thick = max(1, round(min(paper.size) / 240))
    size = max(9, min(28, round(min(paper.size) / 24)))
    classes = {name: number for number, name in enumerate(sorted(set(item.names)))}
    for number in reversed(range(len(item.names))):  # the most certain on top
        name, score = item.names[number], item.scores[number]
        x0, y0, x1, y1 = (float(side) for side in item.corners[number])
        colour = _COLOURS[classes[name] % len(_COLOURS)]
        pen.rectangle((x0, y0, x1, y1), outline=colour, width=thick)
        text = f"{name} {100 * score:.0f} %"
        used = font(size, text)
        if used.getlength(text) <= paper.width and min(paper.size) >= 64:
            y = y0 - 1.3 * size if y0 >= 1.3 * size else y0
            pen.rectangle((x0, y, x0 + used.getlength(text) + 6, y + 1.3 * size), fill=colour)
            pen.text((x0 + 3, y + 0.05 * size), text, (255, 255, 255), used)
        for x, y in () if item.points is None else item.points[number].tolist():
            pen.ellipse((x - 2 * thick, y - 2 * thick, x + 2 * thick, y + 2 * thick), fill=colour, outline=(255, 255, 255))
    return np.asarray(paper)
