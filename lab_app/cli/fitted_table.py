"""Tables whose every row is one line, however narrow the terminal: what matters least gives way.

Where needed and wanted columns are too wide together, those whose cells are all the same leave the table for a line below it.
The others are shown in their order as far as they fit: first what is needed, then what is wanted, then the extras. Only where
the needed ones alone are too wide is one cut short.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

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

    @property
    def width(self) -> int:
        return max(cell_len(text) for text in (self.name, *self.cells))


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
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in shown:
        most = max(_LEAST, column.width - over) if column.cut else None
        table.add_column(
            column.name, justify="left" if column.left else "right", no_wrap=True, overflow="ellipsis", max_width=most
        )
    faint = set(dim)
    cells_of = [_tails(column.cells, max(_LEAST, column.width - over)) if column.tail else column.cells for column in shown]
    for place, cells in enumerate(zip(*cells_of, strict=True)):
        table.add_row(*map(Text, cells), style="dim" if place in faint else "")
    if least > console.width:
        table.width = least  # no figure is ever cut short
    console.print(table, crop=False)
    if said:
        text = ", ".join(f"{column.name} {next(filter(None, column.cells))}" for column in said)
        console.print(Text(f"  in all rows: {text}", style="dim"))
    return {column.name for column in shown}


def _tails(cells: Sequence[str], most: int) -> list[str]:
    """The cells, of those that are too wide the end."""
    return [text if cell_len(text) <= most else "\N{HORIZONTAL ELLIPSIS}" + text[1 - most :] for text in cells]
