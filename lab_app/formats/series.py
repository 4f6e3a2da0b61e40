"""Series in files: CSV with dates or numbers, gaps, several series; NPZ."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_app.formats.images import require_file
from lab_app.formats.tables import Table, read_table
from lab_core.errors import LabError
from lab_core.items.series import Series, time_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMES = ("time", "times", "date", "datetime", "timestamp", "ds", "t", "year", "month", "day", "week", "hour", "index", "step")
SERIES = ("series", "unique_id", "series_id", "id")
_GAPS = ("", "na", "n/a", "nan", "null", "none", "?", "-")


def read(source: Path | bytes, name: str = "") -> Iterator[tuple[str, Series]]:
    """The series of a file with their names; one that fills the file has the name "".

    CSV: a heading, a column of times (``time``, ``date``, ``year`` ... or the first one, where it holds dates), a column a
    value. With a column ``series`` each of its values is a series of its own, else the columns are one series of several values.
    NPZ: ``values`` [n] or [n, d] with ``times`` [n] and ``names`` [d], else every array is a series. Raises LabError that
    names the line.
    """
    name = name or (source.name if isinstance(source, Path) else "the series")
    if isinstance(source, Path) and source.suffix.lower() == ".npz":
        return _from_arrays(source)
    return _from_table(read_table(source, name), name)


def _from_table(table: Table, name: str) -> Iterator[tuple[str, Series]]:
    rows = table.rows
    head, *body = rows
    if all(_is_value(cell) or _is_date(cell) for cell in head):
        head, body = ["" if number == 0 and len(head) > 1 else f"value{number or ''}" for number in range(len(head))], list(rows)
    if not body:
        raise LabError(f"{name} has a header and no rows.")
    names = [cell.lower() for cell in head]
    for line, row in enumerate(body, start=len(rows) - len(body) + 1):
        if len(row) != len(head):
            raise LabError(f"{name}, line {line}: {len(row)} columns; the first line has {len(head)}.")
    group = next((place for place, cell in enumerate(names) if cell in SERIES and len(names) > 1), None)
    rest = [place for place in range(len(names)) if place != group]
    when = next((place for place in rest if names[place] in TIMES), None)
    if when is None and len(rest) > 1 and (not names[rest[0]] or _is_date(body[0][rest[0]])):
        when = rest[0]
    columns = [place for place in rest if place != when]
    if not columns:
        raise LabError(f"{name} has no column of values beside {', '.join(cell or 'its first one' for cell in head)}.")
    first = len(rows) - len(body) + 1
    numbered = [(line, row) for line, row in enumerate(body, start=first)]
    for key in dict.fromkeys("" if group is None else row[group] for row in body):
        mine = [(line, row) for line, row in numbered if group is None or row[group] == key]
        yield key, _one(mine, head, when, columns, name, comma=table.separator == ";")


def _one(
    rows: Sequence[tuple[int, Sequence[str]]],
    head: Sequence[str],
    when: int | None,
    columns: Sequence[int],
    name: str,
    *,
    comma: bool,
) -> Series:
    import numpy as np

    values = [[_value(row[place], line, head[place], name, comma) for place in columns] for line, row in rows]
    times: Any = np.arange(len(rows), dtype=np.float64)
    if when is not None:
        times = _times([(line, row[when]) for line, row in rows], name)
        falling = np.flatnonzero(np.diff(times) <= np.zeros((), np.diff(times).dtype))
        if len(falling):
            line, row = rows[int(falling[0]) + 1]
            raise LabError(f"{name}, line {line}: the time {row[when]!r} does not come after the one before.")
    return Series(times, np.array(values, np.float64), tuple(head[place] or f"value{place}" for place in columns))


def _times(cells: Sequence[tuple[int, str]], name: str) -> Any:
    import numpy as np

    dates = _is_date(cells[0][1])
    found: list[Any] = []
    for line, text in cells:
        try:
            found.append(np.datetime64(text.replace("/", "-").rstrip("Z"), "s") if dates else float(text))
        except ValueError:
            expected = "a date such as 2024-01-31 or 2024-01-31 12:00" if dates else "a number"
            raise LabError(f"{name}, line {line}: the time {text!r} can't be read; {expected} is expected.") from None
    return np.array(found, "datetime64[s]" if dates else np.float64)


def _value(text: str, line: int, column: str, name: str, comma: bool) -> float:
    if text.lower() in _GAPS:
        return float("nan")
    try:
        return float(text.replace(",", ".") if comma else text)
    except ValueError:
        raise LabError(f"{name}, line {line}: {text!r} in column {column or 'of values'} is not a number.") from None


def _is_value(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    import numpy as np

    if _is_value(text) or not text[:4].isdigit():
        return False
    try:
        return not np.isnat(np.datetime64(text.replace("/", "-").rstrip("Z"), "s"))
    except ValueError:
        return False


def _from_arrays(path: Path) -> Iterator[tuple[str, Series]]:
    arrays = read_arrays(path)
    if "values" not in arrays:
        for name, values in arrays.items():
            yield name, _of_array(values, None, None, f"{path.name}: {name}")
        return
    yield "", _of_array(arrays["values"], arrays.get("times", arrays.get("time")), arrays.get("names"), path.name)


def read_arrays(path: Path) -> dict[str, "NDArray[Any]"]:
    """The arrays of an .npz file, which hold numbers, dates or texts and no objects; raises LabError otherwise."""
    from lab_core.npz import read_npz

    require_file(path)
    return read_npz(path)


def _of_array(values: Any, times: Any, names: Any, what: str) -> Series:
    import numpy as np

    if values.dtype.kind not in "fiub" or values.ndim not in (1, 2) or not len(values):
        raise LabError(f"{what} is {values.dtype} {list(values.shape)}; a series is numbers [n] or [n, d].")
    table = values.astype(np.float64).reshape(len(values), -1)
    if times is None:
        times = np.arange(len(table), dtype=np.float64)
    times = times.astype("datetime64[s]" if times.dtype.kind == "M" else np.float64)
    named = [f"value{number or ''}" for number in range(table.shape[1])] if names is None else [str(one) for one in names]
    from lab_core.items.series import check

    return check(Series(times, table, tuple(named)), what)


def to_csv(items: Iterable[tuple[str, Series]]) -> str:
    """Rows of time, values, ends of intervals and part; with several items, or a named one, a first column ``series``."""
    found = list(items)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    several = len(found) > 1 or any(name for name, _ in found)
    earlier: list[str] | None = None
    for name, item in found:
        ends = [(f"{column} {end}", values[:, place]) for end, values in (("low", item.low), ("high", item.high))
                if values is not None for place, column in enumerate(item.names)]  # fmt: skip
        head = [
            *(["series"] if several else []),
            "time",
            *item.names,
            *(one for one, _ in ends),
            *(["part"] if item.parts else []),
        ]
        if head != earlier:
            writer.writerow(head)
            earlier = head
        for row, time in enumerate(time_texts(item)):
            numbers = [*item.values[row], *(values[row] for _, values in ends)]
            cells = ["" if number != number else f"{number:.10g}" for number in numbers]
            writer.writerow([*([name] if several else []), time, *cells, *(item.parts[row : row + 1])])
    return buffer.getvalue()
