"""The newest frame as something that Rich can draw, so that a picture and a progress bar share one terminal."""

import threading
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.measure import Measurement
from rich.segment import ControlType, Segment
from rich.text import Text

from lab_app.display.halfblocks import RESET, Colors, Row, color_support, crop
from lab_app.display.text_panel import drawn_rows
from lab_core.scene import Frame

_MARK = [(ControlType.CARRIAGE_RETURN,)]  # any non-empty list: Rich then passes the text through and counts no width


class TerminalPicture:
    """A Rich renderable that holds one frame and its caption; :meth:`update` may be called from any thread.

    ``reserve`` lines of the terminal are left to whatever else is drawn; the picture is never taller than ``max_rows``.
    The frame is turned into text in the thread that calls :meth:`update`, once a frame, not in the one that draws.
    """

    def __init__(self, *, reserve: int = 8, max_rows: int = 40, max_columns: int = 100, colors: Colors | None = None) -> None:
        self.reserve = reserve
        self.max_rows = max_rows
        self.max_columns = max_columns
        self._colors: Colors = color_support() if colors is None else colors
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._caption = ""
        self._drawn: list[Row] = []
        self._size = (80, 16)

    def update(self, frame: Frame, caption: str = "") -> None:
        """Hold a new frame."""
        rows = self._draw(frame, self._size)
        with self._lock:
            self._frame, self._caption, self._drawn = frame, caption, rows

    def _draw(self, frame: Frame, size: tuple[int, int]) -> list[Row]:
        columns, lines = size
        if self._colors == "none" and frame.ansi is not None:
            return crop(frame.ansi, columns, lines)
        return drawn_rows(frame, columns, lines, self._colors)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = min(options.max_width, self.max_columns)
        lines = max(2, min(console.size.height - self.reserve, self.max_rows))
        with self._lock:
            if self._frame is None:
                return
            if (columns, lines) != self._size:
                self._size = (columns, lines)
                self._drawn = self._draw(self._frame, self._size)
            rows, caption = self._drawn, self._caption
        for row in rows:
            yield from _segments(row)
        yield Text(caption, no_wrap=True, overflow="ellipsis")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = min(options.max_width, self.max_columns)
        return Measurement(width, width)


def _segments(row: Row) -> Iterable[Segment | Control]:
    for code, text in row:
        if code:
            yield Segment(code, None, _MARK)
        yield Segment(text)
    yield Segment(RESET, None, _MARK)
    yield Segment.line()
