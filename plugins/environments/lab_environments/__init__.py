"""Gymnasium and Atari for the lab: building, vectors, protocols, scenes, benchmarks and their evaluator."""

from typing import TYPE_CHECKING

from lab_core.hooks import hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    """57 Atari games and the template for any other, CartPole, and the template for any Gymnasium environment."""
    from lab_environments.benchmarks import benchmarks

    return benchmarks()
