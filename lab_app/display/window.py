"""Frames in a window of their own process: a screen that goes away, or a toolkit that crashes, never ends a training."""

import io
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from lab_app.display.controls import Key, is_key
from lab_app.display.sink import CannotShow, Sink, pixels
from lab_app.extras import need_extra
from lab_core.scene import Frame

HEADER = struct.Struct("!III")  # width, height, bytes of the caption; then the caption, then width * height * 3 bytes
_PATIENCE = 20.0  # seconds for a window to open


def has_screen() -> bool:
    """Whether there seems to be a screen to open windows on."""
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class WindowSink(Sink):
    """A resizable window, enlarged without blur; Esc, q or its close button end showing, nothing else.

    Raises CannotShow when there is no screen, no pygame, or the window doesn't open.
    """

    name = "window"

    def __init__(self, title: str = "lab") -> None:
        need_extra("A window", "pygame", "PIL")
        if not has_screen():
            raise CannotShow("There is no screen to open a window on.")
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lab_app.display.window_process", title],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the training; the window ends when its pipe does
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="lab-window", daemon=True).start()
        try:
            answer = self._lines.get(timeout=_PATIENCE)
        except queue.Empty:
            answer = ""
        if answer != "open":
            self.close()
            raise CannotShow(f"The window did not open: {answer or 'no answer'}.")

    def show(self, frame: Frame, caption: str) -> None:
        if self.closed:
            return
        image, text = pixels(frame), caption.encode()
        try:
            for part in (HEADER.pack(image.shape[1], image.shape[0], len(text)) + text, image.tobytes()):
                self._send(part)
        except (OSError, ValueError):  # closed meanwhile
            return

    @property
    def closed(self) -> bool:
        return self._process.poll() is not None

    def pressed(self) -> Sequence[Key]:
        found: list[Key] = []
        with suppress(queue.Empty):
            while True:
                what, _, name = self._lines.get_nowait().partition(" ")
                if what in ("down", "up") and is_key(name):
                    found.append(Key(name, what == "down"))
        return found

    def close(self) -> None:
        self._process.kill()  # the window keeps nothing, and a show() that waits on its pipe is freed
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        view = memoryview(data)
        while len(view):
            view = view[self._process.stdin.write(view) :]

    def _read(self) -> None:
        """Lines of the window's process: first whether it opened, then keys."""
        assert self._process.stdout is not None
        reader = io.BufferedReader(cast(io.RawIOBase, self._process.stdout))
        with suppress(OSError, ValueError), reader as pipe:  # the pipe is closed with the window
            for line in pipe:
                self._lines.put(line.decode(errors="replace").strip())
        self._lines.put("")
