"""The hooks that a plugin may implement. One is enough.

# pyproject.toml            [project.entry-points.lab]  my-plugin = "my_plugin"
# my_plugin/__init__.py
from lab_core import Task, hookimpl

lab_interface = 1         # the version of the plugin interface that it is written for (INTERFACE below)

@hookimpl
def lab_tasks():
    return [Task(...)]
"""

from collections.abc import Iterable

import pluggy

from lab_core.benchmark import Benchmark
from lab_core.data import DataSet
from lab_core.extension import Command, ObserverMaker
from lab_core.task import Task

PROJECT = "lab"
INTERFACE = 1  # of plugins; it grows when one that is written for the version before would not work any more
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def lab_tasks() -> Iterable[Task]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """The tasks of this plugin."""


@hookspec
def lab_benchmarks() -> Iterable[Benchmark]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """The benchmarks of this plugin."""


@hookspec
def lab_data() -> Iterable[DataSet]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """The data sets of this plugin."""


@hookspec
def lab_commands() -> Iterable[Command]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """The commands of this plugin."""


@hookspec
def lab_observers() -> Iterable[ObserverMaker]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """What this plugin lets watch every training."""
