"""Keys in the terminal display of a training: read one by one, and none is left for the shell."""

import os
import pty
import select
import sys
import time

import pytest

SCRIPT = """
import os, select, sys, time
from lab_app.display.terminal import TerminalSink

sink = TerminalSink(sys.stdout, embedded=True)
print("READY", sink.takes_keys, flush=True)
names = []
while not sink.closed:
    names += [key.name for key in sink.pressed()]
    time.sleep(0.01)
print("KEYS", *names, flush=True)
print("TYPE", flush=True)
time.sleep(0.5)
sink.close()
print("LEFT", bool(select.select([0], [], [], 0.2)[0]), flush=True)
"""


def until(terminal: int, word: str, seconds: float = 60) -> str:
    """What the terminal shows up to the end of the line that begins with ``word``."""
    text, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            text += part.decode(errors="replace")
        if word in text and "\n" in text.split(word, 1)[1]:
            return text
    raise AssertionError(f"{word} is missing in {text!r}")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_keys_are_read_without_enter_and_none_reaches_the_shell() -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", SCRIPT])
    try:
        assert "READY True" in until(terminal, "READY")
        os.write(terminal, b"h ")
        time.sleep(0.3)
        os.write(terminal, b"q")
        assert "KEYS h space" in until(terminal, "TYPE")
        os.write(terminal, b"rm -rf x\n")  # typed after the picture was closed, before the training has ended
        assert "LEFT False" in until(terminal, "LEFT")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
