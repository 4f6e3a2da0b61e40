"""The benchmarks of classifiers of images. Data only."""

from lab_core.benchmark import Benchmark


def benchmarks() -> list[Benchmark]:
    """Every benchmark of this folder."""
    return []
