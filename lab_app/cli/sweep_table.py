"""How a sweep under way is shown: a live table in a terminal, a line at every change elsewhere."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from lab_app.cli.common import say
from lab_app.sweeping import report
from lab_app.sweeping.sweep import Standing

_COLUMNS = ("run", "device", "state", "step", "rate", "selection", "left")


class Progress:
    """Called with how every job stands."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._shown = ""
        self._live: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, standings: Sequence[Standing]) -> None:
        text = report.line(standings, self._jobs)
        if self._live is not None:
            self._live.update(_table(text, standings), refresh=True)
        elif text.partition("  about")[0] != self._shown:
            say(text)
        self._shown = text.partition("  about")[0]


def _table(line: str, standings: Sequence[Standing]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption=Text(line), caption_justify="left"
    )
    for name in _COLUMNS:
        left = name in ("run", "device", "state")
        table.add_column(name, justify="left" if left else "right", no_wrap=True, overflow="ellipsis")
    for row in report.rows(standings):
        table.add_row(*map(Text, row))
    return table
