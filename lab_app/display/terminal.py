"""Frames in the terminal: drawn there in place, or held for whoever owns the terminal."""

import atexit
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from lab_app.display.controls import Key
from lab_app.display.halfblocks import Colors, color_support, crop, plain
from lab_app.display.keys import Keys
from lab_app.display.picture import TerminalPicture
from lab_app.display.sink import CannotShow, Sink
from lab_app.display.text_panel import drawn_rows
from lab_core.scene import Frame

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"  # another screen, no cursor, no wrapping, empty
_LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"  # drawn at once where the terminal knows how, ignored elsewhere


class TerminalSink(Sink):
    """Half-block pictures on a terminal.

    Draws on the alternate screen, only the lines that changed; q or Esc ends it, and the screen, the cursor and the keyboard
    are put back at any exit but SIGKILL. With ``embedded`` it draws nothing itself: :meth:`renderable` is for a
    ``rich.live.Live`` that shows other things too; keys are read all the same. Raises CannotShow when ``stream`` is no terminal.
    """

    name = "terminal"
    key_releases = False

    def __init__(self, stream: TextIO | None = None, *, embedded: bool = False, colors: Colors | None = None) -> None:
        self._stream = stream or (sys.stderr if embedded else sys.stdout)
        if not self._stream.isatty():
            raise CannotShow("Output is not a terminal.")
        self._colors: Colors = color_support() if colors is None else colors
        self._picture = TerminalPicture(colors=self._colors) if embedded else None
        self._lines: list[str] = []
        self._size = (0, 0)
        self._entered = False
        self._quit = False
        self._keys: Keys | None = None
        self._pressed: list[Key] = []
        if embedded:
            self._keys = Keys(sys.stdin)
            atexit.register(self.close)

    @property
    def takes_keys(self) -> bool:
        """Whether the user's keys come here: not where the input is no terminal, or of a job in the background."""
        return self._keys is not None and self._keys.reading

    def renderable(self) -> TerminalPicture:
        """What an embedded sink shows; raises ValueError for one that draws itself."""
        if self._picture is None:
            raise ValueError("this sink draws on the terminal itself; make it with embedded=True")
        return self._picture

    def show(self, frame: Frame, caption: str) -> None:
        if self._picture is not None:
            self._picture.update(frame, caption)
        elif not self.closed:
            self._draw(frame, caption)

    @property
    def closed(self) -> bool:
        if self._keys is not None and not self._quit:
            names = self._keys.read()
            self._quit = "q" in names or "escape" in names
            self._pressed += [Key(name) for name in names]
        return self._quit

    def pressed(self) -> Sequence[Key]:
        if self.closed:
            return ()
        pressed, self._pressed = self._pressed, []
        return pressed

    def close(self) -> None:
        self._quit = True
        atexit.unregister(self.close)
        if self._keys is not None:
            self._keys.close()
        if self._entered:
            self._entered = False
            self._write(_LEAVE)

    def _draw(self, frame: Frame, caption: str) -> None:
        size = self._terminal_size()
        text = ""
        if not self._entered:
            self._enter()
        if size != self._size:
            self._size, self._lines = size, []
            text = "\x1b[0m\x1b[2J"
        columns, rows = size
        lines = [*self._render(frame, columns, max(1, rows - 1)), caption[:columns].center(columns).rstrip()]
        for number, line in enumerate(lines):
            if number >= len(self._lines) or self._lines[number] != line:
                text += f"\x1b[{number + 1};1H{line}\x1b[0m\x1b[K"
        if len(lines) < len(self._lines):
            text += f"\x1b[{len(lines) + 1};1H\x1b[J"
        self._lines = lines
        if text:
            self._write(_BEGIN + text + _END)

    def _render(self, frame: Frame, columns: int, rows: int) -> list[str]:
        if self._colors == "none" and frame.ansi is not None:
            return plain(crop(frame.ansi, columns, rows))
        drawn = drawn_rows(frame, columns, rows, self._colors)
        width = max(sum(len(text) for _, text in row) for row in drawn)
        margin = " " * ((columns - width) // 2)
        return [margin + line for line in plain(drawn)]

    def _terminal_size(self) -> tuple[int, int]:
        """(columns, lines) of the terminal that is drawn on, now."""
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            size = shutil.get_terminal_size()
        return (size.columns, size.lines) if size.columns and size.lines else (80, 24)

    def _enter(self) -> None:
        if os.name == "nt":
            os.system("")  # switches escape sequences on in old consoles
        self._entered = True
        atexit.register(self.close)
        self._keys = Keys(sys.stdin)
        self._write(_ENTER)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal has gone away
            self._quit = True
