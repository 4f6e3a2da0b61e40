"""Where the jobs of a sweep run: :class:`Workers` is all that the scheduler needs of it, :class:`LocalWorkers` is this machine.

A package may bring another place (a cluster): an entry point of the group ``lab_engines`` names a class that is called like
:class:`LocalWorkers` and does the same. What a job has done stands in its run's folder, wherever it ran.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec

from lab_core.errors import LabError, unknown
from lab_core.machine import devices
from lab_core.training.spec import JobSpec

GROUP = "lab_engines"
LOCAL = "local"
PATIENCE = 120.0  # seconds that a job has to save itself


class Workers(Protocol):
    """Runs jobs, each in a process of its own. ``place`` is a job's number in its sweep."""

    def start(self, place: int, spec: JobSpec) -> None:
        """Begin a job; returns at once."""
        ...

    def running(self) -> set[int]:
        """The jobs whose process has not ended."""
        ...

    def stop(self, place: int) -> None:
        """Let a job save itself and end; returns at once."""
        ...

    def close(self) -> None:
        """Let all jobs save themselves and end; returns when they have."""
        ...

    def last_line(self, place: int) -> str:
        """What a job's process said last; empty where it said nothing."""
        ...


class LocalWorkers:
    """Processes of this machine. ``folder`` takes their descriptions and logs; each job gets the GPU that has fewest."""

    def __init__(self, folder: Path, *, jobs: int, address: str = "", gpus: Sequence[str] | None = None) -> None:
        self._folder = folder
        self._gpus = tuple(_gpus() if gpus is None else gpus)
        self._running: dict[int, tuple[subprocess.Popen[bytes], BinaryIO, str]] = {}

    def start(self, place: int, spec: JobSpec) -> None:
        spec = self._placed(spec)
        path = self._folder / f"{place:03}.json"
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(spec))
        log = self._log(place).open("ab")
        command = [sys.executable, "-m", "lab_app.runs.process", str(path)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._running[place] = (process, log, spec.device)

    def _placed(self, spec: JobSpec) -> JobSpec:
        """The job on the GPU that has fewest, where it may choose."""
        if spec.resume or spec.device not in ("auto", "gpu") or not self._gpus:
            return spec
        taken = [device for _, _, device in self._running.values()]
        return msgspec.structs.replace(spec, device=min(self._gpus, key=taken.count))

    def running(self) -> set[int]:
        for place, (process, log, _) in list(self._running.items()):
            if process.poll() is not None:
                log.close()
                del self._running[place]
        return set(self._running)

    def stop(self, place: int) -> None:
        if place in self._running:
            with suppress(OSError):
                os.killpg(self._running[place][0].pid, signal.SIGTERM)

    def close(self) -> None:
        for place in self._running:
            self.stop(place)
        until = time.monotonic() + PATIENCE
        for process, log, _ in self._running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
        self._running.clear()

    def last_line(self, place: int) -> str:
        return last_line(self._log(place))

    def _log(self, place: int) -> Path:
        return self._folder / f"{place:03}.log"


def _gpus() -> list[str]:
    """The GPUs that ``--device auto`` would use."""
    if devices.resolve_device("auto") == "cpu":
        return []
    return [one.id for one in devices.detect() if one.id != "cpu"]


def last_line(log: Path) -> str:
    """The last line of a log file."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 2000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].removeprefix("error: ") if lines else ""


def engines() -> list[str]:
    """The names of all places that are installed."""
    return sorted({LOCAL, *(one.name for one in entry_points(group=GROUP))})


def workers_of(engine: str, folder: Path, *, jobs: int, address: str = "") -> Workers:
    """The workers of an engine; raises UsageError for an unknown one, LabError where its package can't be imported."""
    if engine == LOCAL:
        return LocalWorkers(folder, jobs=jobs)
    found = [one for one in entry_points(group=GROUP) if one.name == engine]
    if not found:
        error = unknown("engine", engine, engines())
        raise type(error)(error.message, "Ray: uv pip install lab-ray" if engine == "ray" else error.hint)
    try:
        kind = found[0].load()
    except (ImportError, AttributeError) as error:
        raise LabError(f"Engine {engine} can't be loaded: {error}.") from None
    return cast(Workers, kind(folder, jobs=jobs, address=address))
