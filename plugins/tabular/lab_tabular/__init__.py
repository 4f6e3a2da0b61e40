"""Tabular reinforcement learning: mazes, Q-learning, SARSA, value iteration."""

from typing import TYPE_CHECKING

from lab_core import hookimpl

if TYPE_CHECKING:
    from lab_core import Benchmark, Task


@hookimpl
def lab_tasks() -> "list[Task]":
    from lab_tabular.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    from lab_tabular.benchmarks import benchmarks

    return benchmarks()
