"""What the pages show: runs, the leaderboard's results, tasks. Read from folders and plugins, kept for a moment."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from lab_app.records.shipped import ShippedFile, shipped_files, shipped_results
from lab_app.results.leaderboard import Table, leaderboard
from lab_app.results.report.curves import Curve, read_curves
from lab_app.results.results import RUN, Result, find_benchmark, registered_benchmark, stored_results, untrained_runs
from lab_app.runs.store import RunRow, Store
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import LabError, UsageError
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.run import Run
from lab_core.task import Task

T = TypeVar("T")
_CURVES = 64  # runs whose curves are kept
_FRESH = 0.7  # seconds for which rows count as they were read, however many pages ask


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark on the overview of the leaderboard: how many rows and runs, and its best row by the mean of its runs."""

    benchmark: Benchmark
    families: tuple[str, ...]
    methods: int
    runs: int
    own: int
    best: str
    value: float
    mine: float | None


class Library:
    """Reads for the pages; safe to be asked from several threads."""

    def __init__(self, runs_dir: Path, registry: Registry) -> None:
        self.runs_dir = runs_dir
        self.registry = registry
        self._lock = threading.RLock()
        self._rows: tuple[float, list[RunRow]] = (0.0, [])
        self._results: tuple[object, list[Result]] = (None, [])
        self._curves: dict[Path, tuple[object, list[Curve]]] = {}
        self._tables: dict[tuple[str, bool], tuple[object, list[Table]]] = {}

    # Runs

    def rows(self) -> list[RunRow]:
        """Every run, newest first."""
        with self._lock:
            read, rows = self._rows
            if time.monotonic() - read > _FRESH:
                rows = self._ask(lambda store: store.runs())
                self._rows = (time.monotonic(), rows)
            return rows

    def _ask(self, question: Callable[[Store], list[T]]) -> list[T]:
        """Ask a store opened for it: a connection belongs to one thread."""
        if not self.runs_dir.is_dir():
            return []
        store = Store(self.runs_dir)
        try:
            return question(store)
        finally:
            store.close()

    def forget(self) -> None:
        """Read again at the next question: something has just changed."""
        with self._lock:
            self._rows = (0.0, [])

    def run(self, run_id: str) -> Run:
        """The run of an id; raises UsageError for anything that is not one below the runs folder."""
        return Run.open(self.folder(run_id))

    def curves(self, run: Run) -> list[Curve]:
        """The curves of a run, read again when its metrics have grown."""
        path = run.metrics.path
        try:
            found = path.stat()
        except OSError:
            return []
        now = (found.st_size, found.st_mtime_ns)
        kept = self._curves.get(path)
        if kept is None or kept[0] != now:
            if len(self._curves) >= _CURVES:
                self._curves.clear()
            kept = self._curves[path] = (now, read_curves(path))
        return kept[1]

    def folder(self, run_id: str) -> Path:
        """The folder of a run's id, which is never outside the runs folder, nor reached through a link."""
        parts = run_id.split("/")
        if len(parts) != 2 or any(part in ("", "..") or part.startswith(".") or "\0" in part for part in parts):
            raise UsageError(f"{run_id!r} is not the id of a run.")
        folder = self.runs_dir / parts[0] / parts[1]
        if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
            raise UsageError(f"There is no run {run_id!r}.")
        return folder

    # Leaderboard

    @cached_property
    def shipped(self) -> list[ShippedFile]:
        """The recorded runs that came with the plugins."""
        return shipped_files(self.registry)[0]

    @cached_property
    def _shipped_results(self) -> list[Result]:
        return shipped_results(self.shipped, self.registry)

    def results(self) -> list[Result]:
        """Every score on a registered benchmark: of the runs folder and of the plugins' records."""
        with self._lock:
            now = self._signature()
            if self._results[0] != now:
                stored = self._ask(lambda store: stored_results(store, self.registry))
                untrained = untrained_runs(stored, self.runs_dir, self.registry)
                every = [*(one for one in stored if one.run not in untrained), *self._shipped_results]
                known = {name for name in {one.benchmark for one in every} if registered_benchmark(name, self.registry)}
                self._results = (now, [one for one in every if one.benchmark in known])
            return self._results[1]

    def _signature(self) -> object:
        """Changes when a run is added, ends or gets a score; and every minute, for scores under other protocols."""
        return len(self.rows()), hash(tuple((row.id, row.status, row.score) for row in self.rows())), time.monotonic() // 60

    def standings(self) -> list[Standing]:
        """The benchmarks with a score under their default protocol, by name."""
        families: dict[str, set[str]] = {}
        grouped: dict[str, list[Result]] = {}
        tasks = {task.id: task.family for task in self.registry.tasks()}
        for one in self.results():
            if one.status == "completed":
                grouped.setdefault(one.benchmark, []).append(one)
                families.setdefault(one.benchmark, set()).add(tasks.get(one.task, "other"))
        found: list[Standing] = []
        for name in sorted(grouped):
            benchmark = find_benchmark(name, grouped[name][0].protocol, self.registry)
            standing = _standing(benchmark, grouped[name], tuple(sorted(families[name])))
            if standing is not None:
                found.append(standing)
        return found

    def tables(self, benchmark: str, *, everything: bool = False) -> list[Table]:
        """The leaderboard of one benchmark, a table a protocol; empty where nothing is scored."""
        with self._lock:
            mine = [one for one in self.results() if one.benchmark == benchmark]
            if not mine:
                return []
            key, now = (benchmark, everything), tuple((one.run, one.seed, one.created, one.status) for one in mine)
            kept = self._tables.get(key)
            if kept is None or kept[0] != now:
                record = find_benchmark(benchmark, mine[0].protocol, self.registry)
                kept = self._tables[key] = (now, leaderboard(mine, {benchmark: record}, everything=everything))
            return kept[1]

    # Tasks

    def benchmark_of(self, task: Task) -> Benchmark | None:
        """The benchmark of a task under its default preset; None without one, and where its settings can't be read."""
        try:
            return self.registry.benchmark_of(task, from_dict(config_type(task), task.preset("default")))
        except LabError:
            return None

    def records_of(self, task_id: str) -> list[ShippedFile]:
        """The recorded runs of a task that its plugin ships."""
        return [file for file in self.shipped if file.runs[0].task == task_id]


def _standing(benchmark: Benchmark, results: Iterable[Result], families: tuple[str, ...]) -> Standing | None:
    values: dict[tuple[object, ...], dict[str, float]] = {}
    own: set[str] = set()
    mine: list[float] = []
    for one in results:
        if one.protocol != benchmark.default_protocol or one.changed:
            continue
        row = (one.method, one.preset, one.budget, one.time_limit, one.source)
        values.setdefault(row, {})[one.run] = one.value
        if one.source == RUN:
            own.add(one.run)
            mine.append(one.value)
    if not values:
        return None
    best_of = max if benchmark.score.higher_is_better else min
    means: Mapping[tuple[object, ...], float] = {row: sum(runs.values()) / len(runs) for row, runs in values.items()}
    best = best_of(means, key=lambda row: means[row])
    return Standing(
        benchmark=benchmark,
        families=families,
        methods=len({row[0] for row in values}),
        runs=sum(len(runs) for runs in values.values()),
        own=len(own),
        best=str(best[0]),
        value=means[best],
        mine=best_of(mine) if mine else None,
    )
