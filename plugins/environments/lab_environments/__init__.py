"""Gymnasium and Atari for the lab: building, vectors, protocols, scenes, benchmarks and their evaluator."""

from typing import TYPE_CHECKING

from lab_core.hooks import hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    """57 Atari games, those of Gymnasium's environments that have anchors, and a template for any other of both."""
    from lab_environments.benchmarks import benchmarks

    return benchmarks()
