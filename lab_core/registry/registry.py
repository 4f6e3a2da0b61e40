"""Where tasks, benchmarks and data sets are looked up. First come, first served; a collision loses that record only."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.config import Config, TrainConfig
from lab_core.data import DataSet
from lab_core.errors import LabError, unknown
from lab_core.extension import Command, ObserverMaker
from lab_core.imports import allow, load_object, named_in
from lab_core.task import Task

CODE_FIELDS = ("trainer", "model", "config", "evaluator", "scene", "pool", "loader", "fetcher", "examiner")  # of any record

R = TypeVar("R", Task, Benchmark, DataSet, Command, ObserverMaker)


class Registry:
    """Tasks, benchmarks and data sets by id, each with the plugin that brought it."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[Task, str]] = {}
        self._benchmarks: dict[str, tuple[Benchmark, str]] = {}
        self._data_sets: dict[str, tuple[DataSet, str]] = {}
        self._commands: dict[str, tuple[Command, str]] = {}
        self._observers: dict[str, tuple[ObserverMaker, str]] = {}

    def add_task(self, task: Task, plugin: str) -> None:
        """Register a task; like every ``add_``, raises LabError naming the other plugin when the id is taken."""
        _add(self._tasks, "task id", task, plugin)
        for settings in (task.settings, *task.presets.values()):
            allow(*named_in(settings.values()))

    def add_benchmark(self, benchmark: Benchmark, plugin: str) -> None:
        _add(self._benchmarks, "benchmark id", benchmark, plugin)
        allow(*named_in(benchmark.parameters.values()))

    def add_data_set(self, card: DataSet, plugin: str) -> None:
        _add(self._data_sets, "data set id", card, plugin)

    def add_command(self, command: Command, plugin: str) -> None:
        _add(self._commands, "command", command, plugin)

    def add_observer(self, maker: ObserverMaker, plugin: str) -> None:
        _add(self._observers, "observer", maker, plugin)

    def commands(self) -> Iterator[tuple[Command, str]]:
        """Every command that a plugin adds, with the plugin's name."""
        return iter(self._commands.values())

    def observers(self) -> Iterator[ObserverMaker]:
        return (maker for maker, _ in self._observers.values())

    def tasks(self) -> Iterator[Task]:
        return (task for task, _ in self._tasks.values())

    def benchmarks(self) -> Iterator[Benchmark]:
        """Every benchmark, templates (ids with braces) included."""
        return (benchmark for benchmark, _ in self._benchmarks.values())

    def data_sets(self) -> Iterator[DataSet]:
        return (card for card, _ in self._data_sets.values())

    def has_data_set(self, data_id: str) -> bool:
        return data_id in self._data_sets

    def data_set(self, data_id: str) -> DataSet:
        """The data set of that id; raises UsageError with the nearest ids."""
        if data_id not in self._data_sets:
            raise unknown("data set", data_id, self._data_sets)
        return self._data_sets[data_id][0]

    def has_task(self, task_id: str) -> bool:
        return task_id in self._tasks

    def task(self, task_id: str) -> Task:
        """The task of that id; raises UsageError with the nearest ids."""
        if task_id not in self._tasks:
            raise unknown("task", task_id, self._tasks)
        return self._tasks[task_id][0]

    def stored_task(self, task_id: str, plugin: str, who: str) -> Task:
        """The task of a stored run or model; raises LabError naming ``plugin``, which brought it, where it is gone."""
        if task_id in self._tasks:
            return self._tasks[task_id][0]
        if any(name == plugin for _, name in self._tasks.values()):
            raise LabError(
                f"{who} is of task {task_id!r}, which plugin {plugin!r} doesn't have any more.", "Its files are unchanged."
            )
        raise LabError(
            f"{who} is of task {task_id!r} of plugin {plugin!r}, which is not installed or did not load.",
            "See lab plugins list; lab plugins install installs it again.",
        )

    def plugin_of(self, task_id: str) -> str:
        """The name of the plugin that registered a task."""
        return self._tasks[task_id][1]

    def modules_of(self, plugin: str) -> frozenset[str]:
        """The modules that a plugin's records name."""
        kinds = (self._tasks, self._benchmarks, self._data_sets)
        records = [record for records in kinds for record, owner in records.values() if owner == plugin]
        texts = [getattr(record, field, None) for record in records for field in CODE_FIELDS]
        return frozenset(text.partition(":")[0] for text in texts if text)

    def benchmark(self, benchmark_id: str) -> Benchmark:
        """The benchmark of exactly that id; raises UsageError with the nearest ids."""
        if benchmark_id not in self._benchmarks:
            raise unknown("benchmark", benchmark_id, self._benchmarks)
        return self._benchmarks[benchmark_id][0]

    def benchmark_of(self, task: Task, config: Config) -> Benchmark | None:
        """The benchmark that a run of ``task`` with ``config`` is scored on, its fields filled in; None if it has none.

        The benchmark registered under the filled id, else the template registered under the task's own text; but a
        registered benchmark that is the same problem as the filled template (evaluator and parameters) goes before it, so
        that ``env/{env}`` on CartPole-v1 is ``gym/cartpole``. A task whose benchmark is a field of its config may be scored
        on any: also on the template that its values fill to that id. A config may name the protocol that is its default there.
        """
        if task.benchmark is None:
            return None
        found = self._benchmark_with(task.id, task.benchmark, config.benchmark_fields())
        protocol = config.own_protocol()
        return found if protocol is None else msgspec.structs.replace(found, default_protocol=protocol)

    def _benchmark_with(self, task_id: str, text: str, values: Mapping[str, Any]) -> Benchmark:
        exact = text.format_map(values)
        if exact in self._benchmarks:
            return self._benchmarks[exact][0]
        if text in self._benchmarks:
            filled = self._benchmarks[text][0].filled(values)
            return next((other for other in self.benchmarks() if _same_problem(other, filled)), filled)
        for template in self.benchmarks():
            with suppress(KeyError):  # a template of other tasks, with fields that this config doesn't have
                if "{" in template.id and template.id.format_map(values) == exact:
                    return template.filled(values)
        raise unknown(f"benchmark for task {task_id}:", exact, self._benchmarks)


def _add(shelf: dict[str, tuple[R, str]], what: str, record: R, plugin: str) -> None:
    if record.id in shelf:
        raise LabError(f"{what} {record.id!r} is taken by plugin {shelf[record.id][1]!r}.")
    shelf[record.id] = (record, plugin)


def _same_problem(a: Benchmark, b: Benchmark) -> bool:
    return "{" not in a.id and (a.evaluator, a.parameters) == (b.evaluator, b.parameters)


def config_type(task: Task) -> type[TrainConfig]:
    """The config class of a task, imported now."""
    return load_object(task.config, what=f"Task {task.id}")
