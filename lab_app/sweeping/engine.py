"""The local engine: each job in a process of its own, as many side by side as there are slots.

A job is a plain description (:class:`lab_core.training.spec.JobSpec`) that ``python -m lab_app.runs.process`` carries out, so a
crash costs one run. What a sweep has done stands in the run folders; the engine keeps nothing that matters.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from lab_app.sweeping.sweep import FOLDER, Standing, Sweep, standing
from lab_core.training.spec import JobSpec

PAUSE = 0.2  # seconds between looks at the processes
PATIENCE = 120.0  # seconds that a process has to save itself
Watch = Callable[[Sequence[Standing]], None]


class Engine:
    """Carries out what is missing of a sweep. ``watch`` is called with how every job stands, about once a second."""

    def __init__(self, sweep: Sweep, runs_dir: Path, *, watch: Watch = lambda standings: None) -> None:
        self.sweep, self.runs_dir, self._watch = sweep, runs_dir, watch
        self._running: dict[int, tuple[subprocess.Popen[bytes], BinaryIO]] = {}
        self._tries = [0] * len(sweep.specs)
        self._stopping = False

    def run(self) -> list[Standing]:
        """Until every job is completed or has failed for good. Ctrl-C and SIGTERM let each process save itself, then return."""
        earlier = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._loop()
        finally:
            self._end()
            for number, handler in earlier.items():
                signal.signal(number, handler)
        return self.standings()

    @property
    def interrupted(self) -> bool:
        return self._stopping

    def standings(self) -> list[Standing]:
        """How every job stands; one whose process has only just started is running, one that was refused has failed."""
        return [self._standing(place, standing(spec)) for place, spec in enumerate(self.sweep.specs)]

    def _standing(self, place: int, one: Standing) -> Standing:
        if place in self._running:
            return msgspec.structs.replace(one, state="running")
        if one.state == "waiting" and self._tries[place] > self.sweep.retries:
            return msgspec.structs.replace(one, state="failed", error=self._last_line(place))
        return one

    def _last_line(self, place: int) -> str:
        """What the process of a job said last."""
        try:
            with self._file(place, "log").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
                lines = log.read().decode("utf-8", "replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1].removeprefix("error: ") if lines else "its process ended without a word"

    def _file(self, place: int, suffix: str) -> Path:
        return self.runs_dir / FOLDER / self.sweep.name / f"{place:03}.{suffix}"

    def _loop(self) -> None:
        looked = 0.0
        while not self._stopping:
            for place, (process, log) in list(self._running.items()):
                if process.poll() is not None:
                    log.close()
                    del self._running[place]
                    looked = 0.0
            now = time.monotonic()
            if now - looked >= 1.0:
                found = self.standings()
                waiting = [place for place, one in enumerate(found) if self._wants(place, one)]
                free = self.sweep.jobs - sum(one.state == "running" for one in found)
                for place in waiting[: max(0, free)]:
                    self._start(place, found[place])
                self._watch(self.standings())
                if not waiting and not any(one.state == "running" for one in found):
                    return
                looked = now
            time.sleep(PAUSE)

    def _wants(self, place: int, one: Standing) -> bool:
        if one.state in ("waiting", "stopped"):
            return self._tries[place] <= self.sweep.retries
        return one.state == "failed" and one.run is not None and self._tries[place] <= self.sweep.retries

    def _start(self, place: int, one: Standing) -> None:
        spec = one.spec
        if one.run is not None:
            folder = one.run.folder
            begun = one.run.record.step > 0 or one.run.record.status == "unscored"
            spec = JobSpec(resume=str(folder), seconds=_left(one)) if begun else spec
            if not begun:  # it ended before its first checkpoint: it begins again under the same name
                _remove(folder)
        self._tries[place] += 1
        path = self._file(place, "json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(spec))
        log = self._file(place, "log").open("ab")
        command = [sys.executable, "-m", "lab_app.runs.process", str(path)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._running[place] = (process, log)

    def _stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def _end(self) -> None:
        for process, _ in self._running.values():
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        for process, log in self._running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
        self._running.clear()


def _left(one: Standing) -> float | None:
    """Wall seconds that a job with a time limit still has."""
    return None if one.spec.seconds is None else max(1.0, one.spec.seconds - one.wall_seconds)


def _remove(folder: Path) -> None:
    from lab_core.files import remove_tree

    remove_tree(folder)
