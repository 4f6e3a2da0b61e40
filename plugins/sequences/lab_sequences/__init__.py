"""Characters, sequences, words and time series with recurrent networks and their baselines."""

from typing import TYPE_CHECKING

from lab_core import Task, hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_sequences.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    from lab_sequences.benchmarks import benchmarks

    return benchmarks()
