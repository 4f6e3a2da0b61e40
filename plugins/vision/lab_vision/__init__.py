"""Classification, fine-tuning, deep dream, detection and faces."""

from typing import TYPE_CHECKING

from lab_core import Task, hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark
    from lab_core.data import DataSet


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_vision.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    from lab_vision.benchmarks import benchmarks

    return benchmarks()


@hookimpl
def lab_data() -> "list[DataSet]":
    from lab_vision.detection.cards import SCENES

    return [SCENES]
