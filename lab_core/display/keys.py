"""Single key presses from a terminal, without Enter and without waiting."""

import os
import select
import time
from typing import Any, TextIO

_ESCAPE = b"\x1b"


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

    def quit_pressed(self) -> bool:
        """Whether q or a lone Esc was pressed since the last call; what arrow keys send is no Esc."""
        if self._saved is None:
            return False
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
            return False
        return pressed.endswith(_ESCAPE) or (_ESCAPE not in pressed and pressed.lower().find(b"q") >= 0)

    def close(self) -> None:
        """Put the keyboard back."""
        if self._saved is None:
            return
        import termios

        saved, self._saved = self._saved, None
        try:
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
