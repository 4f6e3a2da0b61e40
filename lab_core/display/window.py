"""Frames in a window of their own process: a screen that goes away, or a toolkit that crashes, never ends a training."""

import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from lab_core.display.sink import CannotShow, Sink, need_extra, pixels
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
            [sys.executable, "-P", "-m", "lab_core.display.window_process", title],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the training; the window ends when its pipe does
        )
        answer = self._answer()
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

    def close(self) -> None:
        self._process.kill()  # the window keeps nothing, and a show() that waits on its pipe is freed
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        view = memoryview(data)
        while len(view):
            view = view[self._process.stdin.write(view) :]

    def _answer(self) -> str:
        lines: list[bytes] = []
        pipe = self._process.stdout
        assert pipe is not None
        reader = threading.Thread(target=lambda: lines.append(pipe.readline()), daemon=True)
        reader.start()
        reader.join(_PATIENCE)
        return lines[0].decode(errors="replace").strip() if lines else ""
