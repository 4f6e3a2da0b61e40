"""Processes that this server started: trainings, sweeps, displays of models. Each ends as Ctrl-C ends it: saved.

A training or sweep is the same description that the command line carries out (:mod:`lab_app.ui.child`), in a process of its own;
how it stands is read from its run's folder, whoever started it.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from lab_app.ui.forms import Planned
from lab_core.errors import UsageError
from lab_core.training.spec import JobSpec

What = Literal["run", "sweep", "play"]
PATIENCE = 120.0  # seconds that a process has to save itself
MOST = 16  # processes at a time
UNWATCHED = 60.0  # seconds after which a display that nobody looks at ends
_ADDRESS = re.compile(r"Watch it at http://127\.0\.0\.1:(\d{1,5})/([\w-]{8,64})/")
_LOG = 200_000  # bytes of a log that are looked through


class Child:
    """One process: ``what`` it does to ``name`` (a run's id, a sweep's name, a model)."""

    def __init__(self, what: What, name: str, process: "subprocess.Popen[bytes]", log: Path, opened: BinaryIO) -> None:
        self.what, self.name, self.process, self.log = what, name, process, log
        self._opened = opened
        self.viewers = 0
        self.seen = time.monotonic()  # when somebody last looked at its display
        self.stopping = False
        self._display: tuple[int, str] | None = None

    @property
    def running(self) -> bool:
        if self.process.poll() is None:
            return True
        self._opened.close()
        return False

    def stop(self) -> None:
        """Ask it to save and end, as Ctrl-C does."""
        if self.process.poll() is None:
            self.stopping = True
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGINT)

    def text(self) -> str:
        """The end of what it has printed."""
        with suppress(OSError), self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG))
            return file.read(_LOG).decode("utf-8", "replace")
        return ""

    def display(self) -> tuple[int, str] | None:
        """Port and token of the page on which it shows a model at work; None before there is one."""
        if self._display is None:
            with suppress(OSError), self.log.open("rb") as file:
                found = _ADDRESS.search(file.read(_LOG).decode("utf-8", "replace"))
                self._display = (int(found[1]), found[2]) if found else None
        return self._display


class Children:
    """The processes of one server. ``close`` stops them all and waits until they have saved themselves."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir = runs_dir
        self._folder = tempfile.TemporaryDirectory(prefix="lab-ui-")
        self._children: list[Child] = []
        self._lock = threading.Lock()

    def train(self, spec: JobSpec, run_id: str, *, display: bool) -> Child:
        """Train or go on with one run."""
        with self._lock:
            path = Path(self._folder.name) / f"{len(self._children):03}.json"
            path.write_bytes(msgspec.json.encode(spec))
            return self._start("run", run_id, ["train", str(path), *(["--display"] if display else [])])

    def sweep(self, name: str, planned: Planned | None = None) -> Child:
        """Carry out what is missing of a sweep, or one that is only planned."""
        with self._lock:
            more: list[str] = []
            if planned is not None:
                path = Path(self._folder.name) / f"{len(self._children):03}.json"
                path.write_bytes(msgspec.json.encode(planned))
                more = [str(path)]
            return self._start("sweep", name, ["sweep", name, str(self.runs_dir), *more])

    def play(self, name: str, target: str) -> Child:
        """Show the model that ``target`` opens at work; the process that shows it already, if there is one."""
        with self._lock:
            found = self._find("play", name)
            return found or self._start("play", name, ["play", target, str(self.runs_dir)])

    def find(self, what: What, name: str) -> Child | None:
        """The newest process of a run, sweep or model, also one that has ended."""
        return next((one for one in reversed(self._children) if (one.what, one.name) == (what, name)), None)

    def running(self) -> list[Child]:
        return [one for one in self._children if one.running]

    def tidy(self) -> None:
        """End displays that nobody looks at."""
        for one in self.running():
            if one.viewers:
                one.seen = time.monotonic()
            elif one.what == "play" and time.monotonic() - one.seen > UNWATCHED:
                one.stop()

    def close(self) -> None:
        """Stop all and wait until they have ended; one that doesn't within two minutes is killed."""
        left = self.running()
        for one in left:
            one.stop()
        until = time.monotonic() + PATIENCE
        for one in left:
            try:
                one.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
        self._folder.cleanup()

    def _find(self, what: What, name: str) -> Child | None:
        return next((one for one in self.running() if (one.what, one.name) == (what, name)), None)

    def _start(self, what: What, name: str, arguments: list[str]) -> Child:
        if self._find(what, name) is not None:
            raise UsageError(f"{name} has a process already.")
        if len(self.running()) >= MOST:
            raise UsageError(f"{MOST} processes are running already.", "Stop one of them first.")
        log = Path(self._folder.name) / f"{len(self._children):03}.log"
        opened = log.open("ab")
        command = [sys.executable, "-m", "lab_app.ui.child", *arguments]
        # Its own session: Ctrl-C in the server's terminal reaches the server only, which then stops each in turn.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=opened, stderr=opened, start_new_session=True)
        child = Child(what, name, process, log, opened)
        self._children.append(child)
        return child
