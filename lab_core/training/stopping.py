"""Stopping a run from outside: Ctrl-C, SIGTERM and a closed terminal (SIGHUP) mean the same in every phase."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


class Stop:
    """A request to stop, made by a signal or another thread; ``reason`` says which.

    While a training is between its slices (:meth:`gently`), a signal only asks: the loop saves and ends. A second SIGINT, and
    any signal at another time (start-up, scoring), raises KeyboardInterrupt where the program is.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._gentle = False
        self._installed = False

    def request(self, reason: str) -> None:
        self.reason = reason

    @contextmanager
    def gently(self) -> Generator[None]:
        """While open, a signal sets ``reason`` and interrupts nothing."""
        earlier, self._gentle = self._gentle, True
        try:
            yield
        finally:
            self._gentle = earlier

    @contextmanager
    def on_signals(self) -> Generator[None]:
        """While open, the signals ask for a stop. Does nothing outside the main thread or inside another one of these."""
        if self._installed or threading.current_thread() is not threading.main_thread():
            yield
            return
        # a program started with nohup ignores SIGHUP, and goes on doing so
        wanted = [number for number in _NAMES if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
        earlier = {number: signal.signal(number, self._handle) for number in wanted}
        self._installed = True
        try:
            yield
        finally:
            self._installed = False
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        again = self.reason is not None and number == signal.SIGINT
        self.request(_NAMES[signal.Signals(number)])
        if again or not self._gentle:
            raise KeyboardInterrupt
