"""Tables whose every row is one line, however narrow the terminal: what matters least gives way.

Where needed and wanted columns are too wide together, those whose cells are all the same leave the table for a line below it.
The others are shown in their order as far as they fit: first what is needed, then what is wanted, then the extras. Only where
the needed ones alone are too wide is one cut short.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lab_core.errors import printable

_GAP = 2  # between columns
_LEAST = 8  # of the column that is cut short


@dataclass(frozen=True, eq=False)
class Column:
    """``cells`` is as long as the table has rows; a column without any text isn't shown.

    keep    needed: always shown; wanted, extra: where there is room, and an extra is never worth taking a column out
    common  may be said below the table where all cells with text are the same
    cut     is cut short where nothing else helps; where ``tail`` says so its end stays, not its beginning
    """

    name: str
    cells: Sequence[str]
    left: bool = False
    keep: Literal["needed", "wanted", "extra"] = "needed"
    common: bool = False
    cut: bool = False
    tail: bool = False

    @cached_property
    def width(self) -> int:
        return max(len(text) if text.isascii() else cell_len(text) for text in (self.name, *self.cells))


def fit(columns: Iterable[Column], room: int) -> tuple[list[Column], list[Column]]:
    """Which columns are shown in ``room`` characters, in their order, and which are said below the table."""
    filled = [column for column in columns if any(column.cells)]
    kept = [column for column in filled if column.keep != "extra"]
    same = [column for column in kept if column.common and len(set(filter(None, column.cells))) == 1]
    said: list[Column] = []
    while same and width(kept) > room:
        said.append(same.pop(0))
        kept.remove(said[-1])
    shown = [column for column in kept if column.keep == "needed"]
    for keep in ("wanted", "extra"):
        for column in filled:
            if column.keep == keep and column not in said and width([*shown, column]) <= room:
                shown.append(column)
    return [column for column in filled if column in shown], said


def width(columns: Sequence[Column]) -> int:
    """Of a table of these columns, in characters."""
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1)


def print_fitted(console: Console, columns: Sequence[Column], *, dim: Iterable[int] = ()) -> set[str]:
    """Print them as wide as the console allows, ``dim`` rows fainter; returns the names of those that are shown."""
    shown, said = fit(columns, console.width)
    over = max(0, width(shown) - console.width)
    cells_of = [_tails(column.cells, max(_LEAST, column.width - over)) if column.tail else column.cells for column in shown]
    if shown:
        _print_lines(console, shown, cells_of, over, set(dim))
    if said:
        text = ", ".join(f"{column.name} {next(filter(None, column.cells))}" for column in said)
        console.print(Text(f"  in all rows: {text}", style="dim"))
    return {column.name for column in shown}


def _print_lines(
    console: Console, shown: Sequence[Column], cells_of: Sequence[Sequence[str]], over: int, faint: Set[int]
) -> None:
    """Line by line: Rich's own tables look at every cell several times, which takes seconds for thousands of rows."""
    widths = [max(_LEAST, column.width - over) if column.cut and over else column.width for column in shown]
    places = list(zip(widths, (column.left for column in shown), strict=True))
    gap = " " * _GAP

    def line(cells: Iterable[str]) -> str:
        return gap.join(_padded(text, most, left) for text, (most, left) in zip(cells, places, strict=True))

    console.print(Text(line(column.name for column in shown), style="bold"), soft_wrap=True)
    console.print("\N{BOX DRAWINGS LIGHT HORIZONTAL}" * (sum(widths) + _GAP * (len(widths) - 1)), soft_wrap=True)
    for together, rows in groupby(enumerate(map(line, zip(*cells_of, strict=True))), key=lambda row: row[0] in faint):
        text = "\n".join(row for _, row in rows)
        if together:
            console.print(Text(text, style="dim"), soft_wrap=True)
        else:
            console.file.write(f"{text}\n")


def _padded(text: str, most: int, left: bool) -> str:
    text = text if text.isprintable() else " ".join(printable(text).split())
    size = len(text) if text.isascii() else cell_len(text)
    if size > most:
        text, size = f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}", most
    blank = " " * (most - size)
    return text + blank if left else blank + text


def _tails(cells: Sequence[str], most: int) -> list[str]:
    """The cells, of those that are too wide the end."""
    return [text if cell_len(text) <= most else "\N{HORIZONTAL ELLIPSIS}" + text[1 - most :] for text in cells]
