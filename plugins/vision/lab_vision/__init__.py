"""Classification, fine-tuning, deep dream, detection and faces."""

from typing import TYPE_CHECKING

from lab_core import Task, hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_vision.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    from lab_vision.benchmarks import benchmarks

    return benchmarks()
