"""Scores for images as pure functions, the classifiers in whose features they are measured, their benchmarks."""

from typing import TYPE_CHECKING

from lab_core.hooks import hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    """New images like those of a data set or folder, and images put back together."""
    from lab_metrics.benchmarks import benchmarks

    return benchmarks()
