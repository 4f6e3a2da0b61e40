"""The benchmark of embeddings. Data only."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score


def benchmarks() -> list[Benchmark]:
    """Every record of this group."""
    return [
        _verification("emoji-identities", "Two drawings of one emoji or of two", "emoji-identities"),
        _verification("{data}", "{data}: two images of one identity or of two", "{data_path}"),
    ]


def _verification(name: str, title: str, data: str) -> Benchmark:
    return Benchmark(
        id=f"verification/{name}",
        title=title,
        needs="apply",
        consumes="image",  # type: ignore[arg-type]
        produces="vectors",  # type: ignore[arg-type]
        unit="fold",
        score=Score("accuracy", random=0.5, reference=1.0, reference_name="perfect", digits=3),
        evaluator="lab_vision.embedding.evaluation:IdentityEvaluator",
        protocols={"test": {"count": 3_000, "split": "test"}, "validation": {"count": 1_000, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": data},
        columns={"deviation": "sd", "auc": "AUC", "eer": "EER", "val": "VAL at FAR .01", "nearest": "nearest"},
        suites=("vision",),
    )
