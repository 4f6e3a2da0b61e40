"""The benchmarks of this plugin. Data only."""

from lab_core.benchmark import Benchmark
from lab_sequences.parts import collect


def benchmarks() -> list[Benchmark]:
    """Every benchmark of this plugin."""
    return collect("benchmarks")
