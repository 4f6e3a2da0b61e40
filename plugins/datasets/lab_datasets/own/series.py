"""Time series: a CSV with a row for each time, or an NPZ with ``time`` and ``values``. Split in time.

CSV: a header, one column of times (called time, date, ... or holding dates; without one, row numbers), columns of numbers. Empty
cells and NA are gaps. Dates as 2024-01-31 or 2024-01-31T12:00, or numbers. Times must rise. With a column ``series`` (or
unique_id, series_id) each of its values is a series of its own, split in time; the column ``group`` names the series of each row.

The options ``time`` and ``columns`` name the column of times and those of values where the names don't say it.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.data import Examination, Role
from lab_core.errors import LabError, unknown
from lab_datasets.columns import Columns
from lab_datasets.layout import walk
from lab_datasets.own.packed import names_of, read_npz
from lab_datasets.own.reading import TABLES, as_float32, header_of, numbers, read_table
from lab_datasets.splits import by_position, parts_of, spans

KINDS = ("series",)
GROUPS = ("series", "unique_id", "series_id")
TIMES = ("time", "times", "date", "datetime", "timestamp", "ds", "day", "month", "year", "t", "hour")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?)?$")
_FEWEST = 20  # rows
_GAPS = 0.5  # share of a column that may be missing


class Table(NamedTuple):
    """time datetime64[s] or float64 [n], values float32 [n, d], names of the columns; name -> rows of each of several series."""

    time: NDArray[Any]
    values: NDArray[np.float32]
    names: tuple[str, ...]
    groups: dict[str, NDArray[np.intp]] = {}


def recognise(path: Path) -> str | None:
    file = file_of(path)
    if file is None:
        return None
    if file.suffix.lower() == ".npz":
        return "series (NPZ)" if "values" in names_of(file) else None
    return "series (CSV)" if header_of(file) else None


def file_of(path: Path) -> Path | None:
    """The table itself, or the only table of a folder that holds nothing else."""
    if path.is_file():
        return path if path.suffix.lower() in (*TABLES, ".npz") else None
    inside = walk(path) if path.is_dir() else []
    return inside[0] if len(inside) == 1 and inside[0].suffix.lower() in (*TABLES, ".npz") else None


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """The rows of a split, in time. Raises LabError for text in a number column, for times that don't rise, for too few rows."""
    table = load(path, time=options.time, columns=options.columns)
    count = len(table.time)
    groups = table.groups or {"": np.arange(count)}
    for name, rows in groups.items():
        if len(rows) < _FEWEST:
            which = f"series {name!r} of {path}" if name else str(path)
            raise LabError(f"{which} holds {len(rows)} rows; at least {_FEWEST} are expected.")
    chosen: list[NDArray[np.intp]] = []
    of: list[str] = []
    for name, rows in groups.items():
        cut = by_position(len(rows), validation=options.validation, test=options.test)
        mine = np.concatenate([rows[one] for one in spans("+".join(parts_of(split)), cut)])
        chosen.append(mine)
        of += [name] * len(mine)
    places = np.concatenate(chosen)
    if not len(places):
        raise LabError(f"{path} holds no row for split {split}.", "Set validation or test above 0.")
    columns: dict[str, Any] = {"time": table.time[places], "values": table.values[places]}
    roles: dict[str, Role] = {"time": "time", "values": "input"}
    if table.groups:
        columns["group"], roles["group"] = of, "group"
    made = Columns(columns, roles, kind="series", data=str(path), value_names=table.names)
    return made, count


def load(path: Path, *, time: str = "", columns: str = "") -> Table:
    """The whole series, checked; raises LabError naming line and column, UsageError for an unknown column."""
    file = file_of(path)
    assert file is not None
    wanted = [one.strip() for one in columns.split(",") if one.strip()]
    if file.suffix.lower() != ".npz":
        return _from_csv(file, time, wanted)
    table = _from_npz(file)
    for one in wanted:
        if one not in table.names:
            raise unknown(f"column of {path}", one, table.names)
    places = [table.names.index(one) for one in wanted] or range(len(table.names))
    return table._replace(values=table.values[:, list(places)], names=tuple(table.names[one] for one in places))


def _from_csv(path: Path, time_name: str, wanted: list[str]) -> Table:
    names, rows = read_table(path)
    if not rows:
        raise LabError(f"{path} holds a header and no rows.")
    for one in [*wanted, *([time_name] if time_name else [])]:
        if one not in names:
            raise unknown(f"column of {path}", one, names)
    group = next((at for at, name in enumerate(names) if name.lower() in GROUPS and name not in (*wanted, time_name)), None)
    place = names.index(time_name) if time_name else time_column(names, rows[0][1])
    time = np.arange(len(rows), dtype=np.float64) if place is None else read_times(path, names[place], rows, place)
    others = [names.index(one) for one in wanted] or [at for at in range(len(names)) if at not in (place, group)]
    if not others:
        raise LabError(f"{path} holds times and no column of numbers.")
    try:
        values = [numbers(path, names[one], [(line, cells[one]) for line, cells in rows], gaps=True) for one in others]
    except LabError as error:
        hint = error.hint or (None if wanted else "columns=NAME,NAME names the columns to use.")
        raise LabError(error.message, hint) from None
    groups: dict[str, list[int]] = {}
    for row, (_, cells) in enumerate(rows):
        groups.setdefault("" if group is None else cells[group], []).append(row)
    for members in groups.values():
        check_times(path, time[members], [rows[row][0] for row in members])
    found = {} if group is None else {name: np.array(members) for name, members in groups.items()}
    chosen = tuple(names[one] for one in others)
    return Table(time, as_float32(path, np.array(values).T, chosen), chosen, found)


def time_column(names: list[str], first: list[str]) -> int | None:
    """The column of times: by its name, else by a date in the first row."""
    for place, name in enumerate(names):
        if name.lower() in TIMES:
            return place
    return next((place for place, cell in enumerate(first) if _DATE.match(cell)), None)


def read_times(path: Path, name: str, rows: list[tuple[int, list[str]]], place: int) -> NDArray[Any]:
    """Times as datetime64[s] where they are dates, else float64; raises LabError naming the line."""
    cells = [(line, row[place]) for line, row in rows]
    if not any(_DATE.match(cell) for _, cell in cells):
        try:
            return np.array(numbers(path, name, cells), np.float64)
        except LabError as error:
            raise LabError(error.message, "Times are dates as 2024-01-31, 2024-01-31T12:00, or numbers.") from None
    times: list[np.datetime64] = []
    for line, cell in cells:
        try:
            if not _DATE.match(cell):
                raise ValueError
            times.append(np.datetime64(cell.replace(" ", "T"), "s"))
        except ValueError:
            hint = "Dates are written as 2024-01-31 or 2024-01-31T12:00."
            raise LabError(f"{path}, line {line:,}, column {name!r}: {cell!r} is no date.", hint) from None
    return np.array(times)


def check_times(path: Path, time: NDArray[Any], lines: list[int] | None = None) -> None:
    """Raise LabError for the first time that is not later than the one before it."""
    wrong = np.flatnonzero(time[1:] <= time[:-1])
    if not len(wrong):
        return
    place = int(wrong[0]) + 1
    where = f"line {lines[place]:,}" if lines else f"row {place:,}"
    what = "is there twice" if time[place] == time[place - 1] else f"stands after {time[place - 1]}"
    raise LabError(
        f"{path}, {where}: the time {time[place]} {what}; times must rise.", "Sort the rows, and keep one for each time."
    )


def _from_npz(path: Path) -> Table:
    found = read_npz(path)
    values = found["values"]
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise LabError(f"{path}: values is {values.dtype} {list(values.shape)}; numbers [n] or [n, d] are expected.")
    time = next((found[name] for name in TIMES if name in found), np.arange(len(values), dtype=np.float64))
    if len(time) != len(values):
        raise LabError(f"{path}: {len(time):,} times and {len(values):,} rows of values.")
    time = time.astype("datetime64[s]") if time.dtype.kind == "M" else time.astype(np.float64)
    check_times(path, time)
    names = tuple(str(name) for name in found["names"]) if "names" in found else ()
    if len(names) != values.shape[1]:
        names = tuple(f"value{place + 1}" for place in range(values.shape[1])) if values.shape[1] > 1 else ("value",)
    return Table(time, as_float32(path, values, names), names)


def examine(path: Path) -> Examination:
    """Rows, span and step of time, gaps of each column; or the first problem."""
    layout = recognise(path) or "nothing"
    file = file_of(path)
    name = file.name if file else str(path)
    try:
        table = load(path)
    except LabError as error:
        advice = [error.hint] if error.hint else []
        return Examination(layout=layout, facts={}, problems={name: error.message}, advice=tuple(advice), usable=False)
    steps = np.diff(table.time[next(iter(table.groups.values()))] if table.groups else table.time)
    facts = {"rows": f"{len(table.time):,}", "columns": ", ".join(table.names)}
    if table.groups:
        facts["series"] = f"{len(table.groups):,}: {', '.join(list(table.groups)[:10])}"
    if len(steps):
        facts["time"] = f"{table.time[0]} to {table.time[-1]}, step {np.median(steps)}"
        if uneven := int((steps != np.median(steps)).sum()):
            facts["uneven steps"] = f"{uneven:,} of {len(steps):,}"
    missing = np.isnan(table.values).mean(axis=0)
    facts["gaps"] = ", ".join(f"{name} {share:.1%}" for name, share in zip(table.names, missing, strict=True) if share) or "none"
    cut = by_position(len(table.time), validation=0.1, test=0.1)
    facts["splits"] = ", ".join(f"{part} {one.stop - one.start:,}" for part, one in cut.items())
    advice = [
        f"{name} lacks more than half of its values." for name, share in zip(table.names, missing, strict=True) if share > _GAPS
    ]
    flat = [name for name, column in zip(table.names, table.values.T, strict=True) if np.nanstd(column) == 0]
    advice += [f"{name} never changes." for name in flat]
    usable = len(table.time) >= _FEWEST
    if not usable:
        advice.append(f"{len(table.time)} rows: at least {_FEWEST} are needed.")
    return Examination(layout=layout, facts=facts, advice=(*advice, f"Use it: --set data={path}"), usable=usable)
