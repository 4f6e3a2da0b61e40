"""The benchmarks of image makers and of what puts images back together. Data only.

``images/mnist``, ``images/fashion-mnist``    Frechet distance in the features of the data set's classifier (FCD)

``test-10k``         three sets of 10,000 samples against the 10,000 test images, with every figure
``validation-2k5``   one set of 2,500 against the 5,000 validation images, quick figures only: what chooses the best model

Anchors are measured by ``plugins/metrics/tools/ladder.py`` and stand in ``plugins/metrics/results``: uniform noise is 0, held-out
real images are 1, and ``good`` is what real images with normal noise of a tenth of the range score.
"""

from collections.abc import Mapping
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.score import Score

CLASSIFIERS = {"mnist": "mnist-cnn@d053ee26"}
ANCHORS = {"mnist": (133.88, 0.14, 9.04)}  # uniform noise, held-out real, real + N(0, .1)
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}


def benchmarks() -> list[Benchmark]:
    """Every record of this package."""
    return [_images(data) for data in CLASSIFIERS]


def _images(data: str) -> Benchmark:
    noise, floor, good = ANCHORS[data]
    return Benchmark(
        id=f"images/{data}",
        title=f"{TITLES[data]}: new images",
        needs="sample",
        score=Score(
            "FCD",
            higher_is_better=False,
            random=noise,
            reference=floor,
            reference_name="held-out real",
            good=good,
            digits=2,
        ),
        evaluator="lab_metrics.evaluation:ImageEvaluator",
        protocols=_protocols(CLASSIFIERS[data]),
        default_protocol="test-10k",
        selection_protocol="validation-2k5",
        parameters={"data": data},
    )


def _protocols(classifier: str) -> Mapping[str, Mapping[str, Any]]:
    return {
        "test-10k": {"count": 3, "n": 10_000, "split": "test", "classifier": classifier, "full": True},
        "validation-2k5": {"count": 1, "n": 2_500, "split": "validation", "classifier": classifier, "full": False},
    }
