"""The benchmarks of sequence classification: registered sets, and the user's own. Data only."""

from lab_core.benchmark import Benchmark
from lab_core.model import Kind
from lab_core.score import Score

# Accuracy of always naming the largest class of the training data, on the test data.
REGISTERED = {
    "linear-or-random": ("Linear or random numbers", 0.5),
    "japanese-vowels": ("Japanese vowels: which speaker", 1 / 9),
}


def benchmarks() -> list[Benchmark]:
    """A benchmark for each registered set, and the template of all others."""
    found = [_benchmark(data, title, data, chance) for data, (title, chance) in REGISTERED.items()]
    return [*found, _benchmark("{data}", "{data}", "{data_path}", None)]


def _benchmark(name: str, title: str, data: str, chance: float | None) -> Benchmark:
    return Benchmark(
        id=f"sequences/{name}",
        title=f"{title}: the class of a sequence",
        needs="apply",
        consumes=Kind.SERIES,
        produces=Kind.LABELS,
        unit="sequence",
        score=Score(
            "accuracy",
            random=chance,
            reference=None if chance is None else 1.0,
            reference_name="" if chance is None else "all right",
            digits=3,
        ),
        evaluator="lab_metrics.labels.evaluation:ClassificationEvaluator",
        protocols={
            "test": {"count": 5_000, "split": "test"},
            "validation": {"count": 1_000, "split": "validation"},
        },
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": data},
        columns={"macro_f1": "macro F1", "nll": "nll"},
    )
