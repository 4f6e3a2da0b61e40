"""Series: values over time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".csv", ".tsv", ".npz")
PARTS = ("observed", "fitted", "forecast")


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

    def part(self, name: str) -> "Series":
        """The rows of one part; all of them where no parts are named and ``name`` is "observed"."""
        import numpy as np

        if not self.parts:
            return self if name == PARTS[0] else self.rows(np.zeros(len(self.times), bool))
        return self.rows(np.array([part == name for part in self.parts], bool))

    def rows(self, chosen: "NDArray[np.bool_]") -> "Series":
        """The rows where ``chosen`` [n] is True."""
        parts = tuple(part for part, kept in zip(self.parts, chosen, strict=True) if kept) if self.parts else ()
        low, high = (None if ends is None else ends[chosen] for ends in (self.low, self.high))
        return Series(self.times[chosen], self.values[chosen], self.names, low, high, parts)


def check(item: Any, what: str) -> Series:
    """The item; raises LabError that begins with ``what`` unless its arrays fit each other and its times rise in each part."""
    import numpy as np

    if not isinstance(item, Series):
        raise LabError(f"{what} is {type(item).__name__}; a series is a lab_core.items.series.Series.")
    times, values = np.asarray(item.times), np.asarray(item.values)
    if times.ndim != 1 or values.ndim != 2 or len(times) != len(values) or values.shape[1] != len(item.names):
        shapes = f"times {list(times.shape)}, values {list(values.shape)}, {len(item.names)} names"
        raise LabError(f"{what} has {shapes}; times [n], values [n, d] and d names are expected.")
    if values.dtype != np.float64 or times.dtype.kind not in "fM":
        raise LabError(f"{what} has {times.dtype} times and {values.dtype} values; float64 or datetime64[s], and float64.")
    if item.parts and len(item.parts) != len(times):
        raise LabError(f"{what} names the parts of {len(item.parts)} rows; it has {len(times)}.")
    for ends, name in ((item.low, "low"), (item.high, "high")):
        if ends is not None and np.shape(ends) != values.shape:
            raise LabError(f"{what}: {name} is {list(np.shape(ends))}; values are {list(values.shape)}.")
    for part in set(item.parts) or {""}:
        steps = np.diff(times[[one == part for one in item.parts]] if item.parts else times)
        if np.any(np.isnat(times) if times.dtype.kind == "M" else np.isnan(times)) or np.any(steps <= steps.dtype.type(0)):
            raise LabError(f"{what} has times that don't rise{f' within {part}' if part else ''}.")
    return item


def to_json(item: Series) -> Mapping[str, Any]:
    """Plain values; a gap is None."""

    def plain(values: Any) -> list[list[float | None]]:
        return [[None if math.isnan(one) else float(one) for one in row] for row in values]

    record: dict[str, Any] = {"times": time_texts(item), "names": list(item.names), "values": plain(item.values)}
    if item.times.dtype.kind == "f":
        record["times"] = [float(time) for time in item.times]
    for name, ends in (("low", item.low), ("high", item.high)):
        if ends is not None:
            record[name] = plain(ends)
    if item.parts:
        record["parts"] = list(item.parts)
    return record


def time_texts(item: Series) -> list[str]:
    """Each time as text: a date, with the time of day where any row has one, or a number."""
    import numpy as np

    if item.times.dtype.kind == "M":
        days = item.times.astype("datetime64[D]")
        whole = bool(np.all(days == item.times))
        return [str(time).replace("T", " ") for time in (days if whole else item.times.astype("datetime64[s]"))]
    return [f"{time:.10g}" for time in item.times]


def to_text(item: Series) -> str:
    """``120 values of temp, 1999-01-01 to 2008-12-01``."""
    if not len(item.times):
        return "an empty series"
    times = time_texts(item)
    forecast = f", {item.parts.count(PARTS[2])} of them forecast" if PARTS[2] in item.parts else ""
    return f"{len(times)} values of {', '.join(item.names)}, {times[0]} to {times[-1]}{forecast}"
