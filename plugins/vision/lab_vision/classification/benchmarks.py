"""The benchmarks of image classifiers: accuracy on the test images. Data only.

test        every test image (at most 10,000)
validation  images of the validation split: what chooses the best model
"""

from lab_core.benchmark import Benchmark
from lab_core.score import Score

CLASSES = {  # data set -> title, classes
    "mnist": ("MNIST digits", 10),
    "fashion-mnist": ("Fashion-MNIST", 10),
    "cifar10": ("CIFAR-10", 10),
    "satellite-climate": ("Climate seen from a satellite", 6),
    "icons-classes": ("Themes of icons", 8),
}


def benchmarks() -> list[Benchmark]:
    """One for each registered set, and the template for the user's own class folders."""
    found = [_benchmark(data, title, data, classes) for data, (title, classes) in CLASSES.items()]
    return [*found, _benchmark("{data}", "{data}", "{data_path}", 0)]


def _benchmark(data: str, title: str, source: str, classes: int) -> Benchmark:
    top5 = {"top5": "top 5"} if classes > 5 else {}
    return Benchmark(
        id=f"vision/{data}",
        title=f"{title}: which class an image shows",
        needs="apply",
        consumes="image",  # type: ignore[arg-type]
        produces="labels",  # type: ignore[arg-type]
        unit="image",
        score=Score(
            "accuracy",
            random=1 / classes if classes else None,
            reference=1.0 if classes else None,
            reference_name="perfect",
            digits=4,
        ),
        evaluator="lab_metrics.labels.evaluation:ClassificationEvaluator",
        protocols={"test": {"count": 10_000, "split": "test"}, "validation": {"count": 2_000, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": source},
        columns={"nll": "NLL (nats)", **top5},
        suites=("vision",),
    )
