"""Reading text files with errors that name the line: encodings, line counts, tables."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.files import read_given

MOST_BYTES = 4_000_000_000  # of one text file
TABLES = (".csv", ".tsv")
_MERGED = 0.01  # largest error of float32, in standard deviations of a column


def read_text(path: Path) -> str:
    """A UTF-8 file as text, its byte-order mark removed; raises LabError naming line and byte of what is not UTF-8."""
    data = read_given(path, limit=MOST_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise LabError(
            f"{path} is not UTF-8: byte {data[error.start]:#04x} in line {line:,}, byte {column:,} of the line.",
            "Convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
        ) from None
    if "\0" in text:
        raise LabError(f"{path} is no text: line {text.count(chr(10), 0, text.index(chr(0))) + 1:,} holds a zero byte.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file; only line feeds end a line, and the last one may lack it."""
    text = read_text(path)
    return text.removesuffix("\n").split("\n") if text else []


def first_line(path: Path) -> str:
    """The first line, "" where it can't be read as text. Reads 64 kB at most."""
    if not path.is_file():  # a pipe would be waited for without end
        return ""
    try:
        with path.open("rb") as file:
            return file.readline(65_536).decode("utf-8-sig").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


def header_of(path: Path) -> list[str]:
    """Column names of a table, lower case; empty where the first line is no header."""
    line = first_line(path)
    cells = next(csv.reader([line], delimiter=delimiter(path, line)), [])
    return [cell.strip().lower() for cell in cells]


def delimiter(path: Path, line: str) -> str:
    """Tabulator for .tsv; else the one of comma, semicolon and tabulator that is most frequent in the first line."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    return max((",", ";", "\t"), key=line.count)


def read_table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names as written and the rows as (line number, cells); blank lines are left out. Raises LabError for uneven rows."""
    text = read_text(path)
    lines = text.split("\n")
    if not text.strip():
        raise LabError(f"{path} is empty.")
    reader = csv.reader(lines, delimiter=delimiter(path, lines[0]))
    names: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [cell.strip() for cell in cells]
            elif len(cells) != len(names):
                raise LabError(f"{path}, line {reader.line_num:,}: {len(cells)} cells; the header has {len(names)}.")
            else:
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise LabError(f"{path}, line {reader.line_num:,}: {error}.") from None
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise LabError(f"{path}: two columns are called {twice!r}.")
    return names, rows


def numbers(path: Path, name: str, cells: Sequence[tuple[int, str]], *, gaps: bool = False) -> list[float]:
    """Cells of a column as numbers; raises LabError naming row and column. ``gaps``: an empty cell or NA is NaN."""
    return list(_numbers(path, name, cells, gaps))


def _numbers(path: Path, name: str, cells: Sequence[tuple[int, str]], gaps: bool) -> Iterator[float]:
    for line, cell in cells:
        if gaps and cell.lower() in ("", "na", "nan", "null", "none", "-", "?"):
            yield float("nan")
            continue
        try:
            value = float(cell)
        except ValueError:
            hint = "Decimal commas must be points." if "," in cell else None
            raise LabError(f"{path}, line {line:,}, column {name!r}: {_short(cell)!r} is not a number.", hint) from None
        if value != value or value in (float("inf"), float("-inf")):
            raise LabError(f"{path}, line {line:,}, column {name!r}: {cell} is not finite.")
        yield value


def as_float32(path: Path, values: Any, names: Sequence[str]) -> NDArray[np.float32]:
    """Numbers [n, d] as they are kept. Raises LabError, naming the column, where float32 merges what sets its values apart."""
    given = np.asarray(values)
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(given, np.float32)
    if given.dtype.itemsize > 4:
        wide = given.astype(np.float64)
        for name, column, narrow in zip(names, wide.T, found.T, strict=True):
            known = np.isfinite(column)
            error = np.abs(narrow[known].astype(np.float64) - column[known]).max(initial=0.0)
            spread = column[known].std() if error else 0.0
            if error > _MERGED * spread > 0:
                raise LabError(
                    f"{path}, column {name!r}: values about {column[known][0]:.6g} that differ by about {spread:.3g} "
                    f"are equal in float32 (steps of {np.spacing(np.float32(abs(column[known]).max())):g}).",
                    "Subtract a constant from the column first.",
                )
    return found


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
