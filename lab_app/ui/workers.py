"""The processes that hold models: one for each set of variables that a task's libraries read when they are imported.

The server asks them and waits; it never imports a learning library itself. A process that is not asked for ten minutes, or
that takes longer than its time, is ended.
"""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import msgspec

from lab_app.ui.worker import Question, Reply, read, write
from lab_core.errors import LabError

IDLE = 600.0  # seconds
PATIENCE = 600.0  # seconds for an answer
_WAITING = 4  # questions that may wait for one process


class Worker:
    """One process. Questions are answered one after another."""

    def __init__(self, runs_dir: Path) -> None:
        command = [sys.executable, "-m", "lab_app.ui.worker", str(runs_dir)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_WAITING)
        self.used = time.monotonic()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def idle(self) -> bool:
        return not self._turn.locked() and time.monotonic() - self.used > IDLE

    def ask(self, question: Question) -> Reply:
        """The answer; raises LabError where too many wait, or the process ended or took too long."""
        if not self._waiting.acquire(blocking=False):
            raise LabError("The model is busy with earlier questions.", "Try again in a moment.")
        try:
            with self._turn:
                timer = threading.Timer(PATIENCE, self._process.kill)
                timer.start()
                try:
                    write(cast(IO[bytes], self._process.stdin), msgspec.msgpack.encode(question))  # pyright: ignore
                    data = read(cast(IO[bytes], self._process.stdout))  # pyright: ignore
                except OSError:
                    data = b""
                finally:
                    timer.cancel()
                    self.used = time.monotonic()
        finally:
            self._waiting.release()
        if not data:
            raise LabError("The process of the model ended before it answered.", f"It may take {PATIENCE:.0f} s and has to fit.")
        return msgspec.msgpack.decode(data, type=Reply)

    def close(self) -> None:
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast(IO[bytes], stream).close()


class Workers:
    """The workers of one server, by the variables that their tasks need."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._workers: dict[str, Worker] = {}
        self._lock = threading.Lock()

    def ask(self, question: Question, *, environment: str) -> Reply:
        """Ask the worker of an environment, started when it isn't there; raises LabError for what the model refuses, too."""
        with self._lock:
            worker = self._workers.get(environment)
            if worker is None or not worker.alive:
                worker = self._workers[environment] = Worker(self._runs_dir)
        reply = worker.ask(question)
        if reply.error:
            raise LabError(reply.error, reply.hint or None)
        return reply

    def tidy(self) -> None:
        """End the processes that nobody has asked for a while."""
        with self._lock:
            for name, worker in list(self._workers.items()):
                if worker.idle or not worker.alive:
                    worker.close()
                    del self._workers[name]

    def close(self) -> None:
        with self._lock:
            for worker in self._workers.values():
                worker.close()
            self._workers.clear()
