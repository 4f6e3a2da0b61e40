"""The benchmark of detectors. Data only."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score


def benchmarks() -> list[Benchmark]:
    """Every record of this group."""
    return [
        _detection("digit-scenes", "Handwritten digits found on a canvas", "digit-scenes"),
        _detection("{data}", "{data}: objects found", "{data_path}"),
    ]


def _detection(name: str, title: str, data: str) -> Benchmark:
    return Benchmark(
        id=f"detection/{name}",
        title=title,
        needs="apply",
        consumes="image",  # type: ignore[arg-type]
        produces="boxes",  # type: ignore[arg-type]
        unit="image",
        score=Score("mAP", random=0.0, reference=1.0, reference_name="exact", digits=3),
        evaluator="lab_metrics.boxes.evaluation:DetectionEvaluator",
        pool="lab_metrics.boxes.average_precision:pool",
        protocols={"test": {"count": 1_000, "split": "test"}, "validation": {"count": 250, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": data},
        columns={"map50": "mAP .5", "map75": "mAP .75"},
        suites=("vision",),
    )
