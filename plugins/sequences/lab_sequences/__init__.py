"""Characters, sequences, words and time series with recurrent networks and their baselines."""

from typing import TYPE_CHECKING

from lab_core import Task, hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark
    from lab_core.data import DataSet


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_sequences.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    from lab_sequences.benchmarks import benchmarks

    return benchmarks()


@hookimpl
def lab_data() -> "list[DataSet]":
    from lab_sequences.data_sets import data_sets

    return data_sets()
