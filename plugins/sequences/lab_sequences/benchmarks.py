"""The benchmarks of this plugin. Data only."""

from lab_core.benchmark import Benchmark
from lab_sequences.characters.benchmarks import benchmarks as characters


def benchmarks() -> list[Benchmark]:
    """Every benchmark of this plugin."""
    return [*characters()]
