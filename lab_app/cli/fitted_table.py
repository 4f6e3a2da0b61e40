"""Tables whose every row is one line, however narrow the terminal: what matters least gives way.

Where needed and wanted columns are too wide together, those whose cells are all the same leave the table for a line below it.
The others are shown in their order as far as they fit: first what is needed, then what is wanted, then the extras. Only where
the needed ones alone are too wide is one cut short.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab_core.errors import printable

_GAP = 2  # between columns
_LEAST = 8  # of the column that is cut short
_MANY = 200  # rows above which Rich, which looks at every cell several times, takes seconds


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
    least = width(shown) - sum(max(0, column.width - _LEAST) for column in shown if column.cut)
    cells_of = [_tails(column.cells, max(_LEAST, column.width - over)) if column.tail else column.cells for column in shown]
    faint = set(dim)
    if shown and len(cells_of[0]) > _MANY and not faint:
        _print_lines(console, shown, cells_of, over)
    else:
        _print_table(console, shown, cells_of, over, faint, least)
    if said:
        text = ", ".join(f"{column.name} {next(filter(None, column.cells))}" for column in said)
        console.print(Text(f"  in all rows: {text}", style="dim"))
    return {column.name for column in shown}


def _print_table(
    console: Console, shown: Sequence[Column], cells_of: Sequence[Sequence[str]], over: int, faint: set[int], least: int
) -> None:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in shown:
        most = max(_LEAST, column.width - over) if column.cut else None
        table.add_column(
            column.name, justify="left" if column.left else "right", no_wrap=True, overflow="ellipsis", max_width=most
        )
    for place, cells in enumerate(zip(*cells_of, strict=True)):
        table.add_row(*map(Text, cells), style="dim" if place in faint else "")
    if least > console.width:
        table.width = least  # no figure is ever cut short
    console.print(table, crop=False)


def _print_lines(console: Console, shown: Sequence[Column], cells_of: Sequence[Sequence[str]], over: int) -> None:
    """The same as :func:`_print_table` for many rows, line by line."""
    widths = [max(_LEAST, column.width - over) if column.cut and over else column.width for column in shown]
    places = list(zip(widths, (column.left for column in shown), strict=True))
    gap = " " * _GAP

    def line(cells: Iterable[str]) -> str:
        return gap.join(_padded(text, most, left) for text, (most, left) in zip(cells, places, strict=True))

    console.print(Text(line(column.name for column in shown), style="bold"), soft_wrap=True)
    console.print("\N{BOX DRAWINGS LIGHT HORIZONTAL}" * (sum(widths) + _GAP * (len(widths) - 1)), soft_wrap=True)
    console.file.write("".join(f"{line(cells)}\n" for cells in zip(*cells_of, strict=True)))


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
