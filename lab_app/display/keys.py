"""Single key presses from a terminal, without Enter and without waiting."""

import os
import re
import select
import time
from typing import Any, TextIO

_ESCAPE = b"\x1b"
_SEQUENCE = re.compile(rb"\x1b[\[O][0-?]*[ -/]*([@-~])|\x1b|[^\x1b]", re.DOTALL)
_ARROWS = {b"A": "up", b"B": "down", b"C": "right", b"D": "left"}
_NAMES = {
    b"\x1b": "escape",
    b" ": "space",
    b"\r": "enter",
    b"\n": "enter",
    b"\t": "tab",
    b"\x7f": "backspace",
    b"\x08": "backspace",
}


def parse(data: bytes) -> list[str]:
    """What a terminal sends as names of keys: an escape sequence is one key, and a lone Esc is the key of that name."""
    found: list[str] = []
    for match in _SEQUENCE.finditer(data):
        text = match[0]
        if match[1]:
            name = _ARROWS.get(match[1])
        else:
            name = _NAMES.get(text) or (text.decode().lower() if b"!" <= text <= b"~" else None)
        if name is not None:
            found.append(name)
    return found


class Keys:
    """Reads keys while open and leaves the keyboard as it was. Does nothing where the input is no terminal, or on Windows."""

    def __init__(self, stream: TextIO) -> None:
        self._saved: list[Any] | None = None
        try:
            import termios
            import tty

            self._number = stream.fileno()
            if not os.isatty(self._number) or os.getpgrp() != os.tcgetpgrp(self._number):
                return  # a background job that touched the terminal would be stopped
            self._saved = termios.tcgetattr(self._number)
            tty.setcbreak(self._number)  # Ctrl-C still interrupts
        except (ImportError, OSError, ValueError, AttributeError, termios_error()):
            self._saved = None

    def read(self) -> list[str]:
        """The keys pressed since the last call, by their names; keys without a name here are left out."""
        if self._saved is None:
            return []
        pressed = b""
        try:
            while select.select([self._number], [], [], 0)[0]:
                part = os.read(self._number, 64)
                if not part:
                    break
                pressed += part
                if pressed.endswith(_ESCAPE):
                    time.sleep(0.01)  # the rest of an arrow key may be on its way
        except OSError:
            return []
        return parse(pressed)

    @property
    def reading(self) -> bool:
        """Whether keys come here."""
        return self._saved is not None

    def close(self) -> None:
        """Put the keyboard back; what was typed and not read is dropped, so that no shell takes it for a command."""
        if self._saved is None:
            return
        import termios

        saved, self._saved = self._saved, None
        try:
            termios.tcflush(self._number, termios.TCIFLUSH)
            termios.tcsetattr(self._number, termios.TCSADRAIN, saved)
        except (OSError, termios.error):
            return


def termios_error() -> type[Exception]:
    """``termios.error`` where the module exists."""
    try:
        import termios
    except ImportError:
        return OSError
    return termios.error
