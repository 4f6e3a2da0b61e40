"""The scheduler of a sweep: starts what is missing as places get free, tries failed jobs again, ends hopeless ones.

A job is a plain description (:class:`lab_core.training.spec.JobSpec`) that ``python -m lab_app.runs.process`` carries out, so a
crash costs one run. What a sweep has done stands in the run folders; the scheduler keeps nothing that matters.
"""

import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from lab_app.sweeping.pruning import Courses, hopeless
from lab_app.sweeping.sweep import FOLDER, Standing, Sweep, save, standing
from lab_app.sweeping.workers import Workers, workers_of
from lab_core.files import remove_tree, write_atomic
from lab_core.training.spec import JobSpec

PAUSE = 0.2  # seconds between looks at the processes
Watch = Callable[[Sequence[Standing]], None]
More = Callable[[Sweep, Sequence[Standing]], Sweep | None]


class Engine:
    """Carries out what is missing of a sweep.

    watch    is called with how every job stands, about once a second
    more     is asked for further jobs when there is room and nothing waits: the sweep with jobs added at its end, or None
    workers  where jobs run; what the sweep says, unless given
    """

    def __init__(
        self,
        sweep: Sweep,
        runs_dir: Path,
        *,
        watch: Watch = lambda standings: None,
        more: More = lambda sweep, standings: None,
        workers: Workers | None = None,
    ) -> None:
        self.sweep, self.runs_dir = sweep, runs_dir
        self._watch, self._more = watch, more
        self._folder = runs_dir / FOLDER / sweep.name
        self._workers = workers or workers_of(sweep.engine, self._folder, jobs=sweep.jobs, address=sweep.address)
        self._running: set[int] = set()
        self._tries = [0] * len(sweep.specs)
        self._courses = Courses()
        self._stopping = False

    def run(self) -> list[Standing]:
        """Until every job is completed or has failed for good. Ctrl-C and SIGTERM let each process save itself, then return."""
        earlier = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._loop()
        finally:
            self._workers.close()
            self._running.clear()
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
        if one.state == "stopped" and self._pruned(place).is_file():
            return msgspec.structs.replace(one, state="pruned")
        if one.state == "waiting" and self._tries[place] > self.sweep.retries:
            error = self._workers.last_line(place) or "its process ended without a word"
            return msgspec.structs.replace(one, state="failed", error=error)
        return one

    def _pruned(self, place: int) -> Path:
        return self._folder / f"{place:03}.pruned"

    def _loop(self) -> None:
        looked = 0.0
        while not self._stopping:
            running = self._workers.running()
            if self._running - running:
                looked = 0.0
            self._running = running
            now = time.monotonic()
            if now - looked >= 1.0:
                if self._step():
                    return
                looked = now
            time.sleep(PAUSE)

    def _step(self) -> bool:
        """Look at every job and start what there is room for; whether all is done."""
        found = self.standings()
        waiting = [place for place, one in enumerate(found) if self._wants(place, one)]
        free = self.sweep.jobs - sum(one.state == "running" for one in found)
        if free > 0 and not waiting and (longer := self._more(self.sweep, found)) is not None:
            save(longer, self.runs_dir, again=True)
            waiting = list(range(len(self.sweep.specs), len(longer.specs)))
            self.sweep = longer
            self._tries += [0] * len(waiting)
            found = self.standings()
        for place in waiting[: max(0, free)]:
            self._start(place, found[place])
        if self.sweep.prune:
            self._prune(found)
        found = self.standings()
        self._watch(found)
        return not waiting and not any(one.state == "running" for one in found)

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
                remove_tree(folder)
        self._tries[place] += 1
        self._workers.start(place, spec)
        self._running.add(place)

    def _prune(self, found: Sequence[Standing]) -> None:
        """Stop running jobs whose selections are worse than the median of the completed ones of their task."""
        for place, one in enumerate(found):
            if one.state != "running" or one.run is None or place not in self._running or self._pruned(place).is_file():
                continue
            others = [other for other in found if other.state == "completed" and other.spec.task == one.spec.task]
            mine = self._courses.of(one)
            if mine and hopeless(mine, [self._courses.of(other) for other in others], higher_is_better=one.higher_is_better):
                write_atomic(self._pruned(place), b"{}\n")  # before it ends: from then on it counts as pruned
                self._workers.stop(place)

    def _stop(self, number: int, frame: object) -> None:
        self._stopping = True


def _left(one: Standing) -> float | None:
    """Wall seconds that a job with a time limit still has."""
    return None if one.spec.seconds is None else max(1.0, one.spec.seconds - one.wall_seconds)
