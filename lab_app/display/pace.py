"""When the next frame is due."""

import threading
import time

_SLOWEST = 10.0  # frames a second below which watching is no pleasure
_FORGET = 0.9


class Pace:
    """Spaces frames by their natural rate, never above ``cap``; a pause is not made up for.

    With ``share``, the calling thread's own processor time is kept to about that share of one core by spacing frames wider,
    though never below 10 a second where their natural rate is above it.
    """

    def __init__(self, *, cap: float | None = None, share: float | None = None) -> None:
        self._cap = cap
        self._share = share
        self._due: float | None = None
        self._cost = 0.0  # seconds of processor time a frame, smoothed
        self._spent: float | None = None

    def period(self, fps: float) -> float:
        """Seconds from one frame to the next at natural rate ``fps``."""
        shortest = 1 / max(0.1, min(fps, self._cap or fps))
        if self._share is None:
            return shortest
        return max(shortest, min(self._cost / self._share, 1 / _SLOWEST))

    def start(self, fps: float) -> None:
        """Say when the frame after the one just shown is due. Called from one thread, after each frame."""
        if self._share is not None:
            spent = time.thread_time()
            if self._spent is not None:
                self._cost = _FORGET * self._cost + (1 - _FORGET) * (spent - self._spent)
            self._spent = spent
        now = time.monotonic()
        period = self.period(fps)
        self._due = now + period if self._due is None else max(self._due + period, now)

    def left(self) -> float:
        """Seconds until the next frame is due; 0 or less when it is."""
        return 0.0 if self._due is None else self._due - time.monotonic()

    def wait(self, fps: float, stop: threading.Event) -> None:
        """:meth:`start`, then sleep until the next frame is due or ``stop`` is set."""
        self.start(fps)
        left = self.left()
        if left > 0:
            stop.wait(left)
