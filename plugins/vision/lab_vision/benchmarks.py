"""The benchmarks of this plugin, group by group. Data only."""

from lab_core.benchmark import Benchmark
from lab_vision.classification.benchmarks import benchmarks as classification
from lab_vision.detection.benchmarks import benchmarks as detection
from lab_vision.embedding.benchmarks import benchmarks as embedding


def benchmarks() -> list[Benchmark]:
    """Every benchmark of this plugin."""
    return [*classification(), *detection(), *embedding()]
