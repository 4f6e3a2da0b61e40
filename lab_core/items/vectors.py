"""Vectors: float32 [d], the place of an item in a space of features."""

from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # [d]
    Picture = NDArray[np.uint8]

SUFFIXES = (".npz", ".tsv", ".csv")
_PAPER, _INK, _DOT = (250, 250, 248), (32, 34, 40), (47, 111, 222)


def check(item: Any, what: str) -> "Vector":
    """The item as float32 [d]; raises LabError that begins with ``what`` for anything else or a value that isn't finite."""
    import numpy as np

    vector = np.asarray(item)
    if vector.dtype != np.float32 or vector.ndim != 1 or not vector.size:
        raise LabError(f"{what} is {vector.dtype} {list(vector.shape)}; a vector is float32 [d].")
    if not np.isfinite(vector).all():
        raise LabError(f"{what} holds a value that is not finite.")
    return vector


def to_json(item: "Vector") -> list[float]:
    """The values."""
    return [float(value) for value in item]


def to_text(item: "Vector") -> str:
    """``[0.12, -1.4, 0.33, ... 128 values]``."""
    shown = ", ".join(f"{value:.3g}" for value in item[:4])
    return f"[{shown}, ... {len(item)} values]" if len(item) > 4 else f"[{shown}]"


def to_picture(item: "Vector", *, width: int = 320, height: int = 96) -> "Picture":
    """The values as bars above and below zero."""
    import numpy as np
    from PIL import Image, ImageDraw

    paper = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(paper)
    values = item[: width - 8]
    most = float(np.abs(values).max(initial=0)) or 1.0
    step = (width - 8) / len(values)
    for number, value in enumerate(values):
        x, y = 4 + number * step, height / 2 - float(value) / most * (height / 2 - 6)
        top, bottom = sorted((height / 2, y))
        pen.rectangle((x, top, x + max(1.0, step - 1), bottom), _DOT)
    return np.asarray(paper)
