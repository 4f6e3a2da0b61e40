"""Vectors: float32 [d], the place of an item in a space of features."""

from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # [d]

SUFFIXES = (".npz", ".tsv", ".csv")


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
