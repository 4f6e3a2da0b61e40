"""Scores of images, text, series, labels and boxes as pure functions, and the evaluators that measure them."""

from typing import TYPE_CHECKING

from lab_core.hooks import hookimpl

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark


@hookimpl
def lab_benchmarks() -> "list[Benchmark]":
    """New images like those of a data set or folder, and reconstructed images."""
    from lab_metrics.benchmarks import benchmarks

    return benchmarks()
