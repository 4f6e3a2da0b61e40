"""Series: values over time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Series:
    """Values over time, gaps as NaN.

    times    float64 [n], rising (numbers), or datetime64[s] [n] (dates)
    values   float64 [n, d], NaN where a value is missing
    names    one a column of ``values``
    low      lower end of each value's interval, float64 [n, d], or None
    high     upper end, or None
    parts    name of the part that each row belongs to ("observed", "fitted", "forecast"), [n], or empty
    """

    times: "np.ndarray"
    values: "np.ndarray"
    names: tuple[str, ...]
    low: "np.ndarray | None" = None
    high: "np.ndarray | None" = None
    parts: tuple[str, ...] = ()
