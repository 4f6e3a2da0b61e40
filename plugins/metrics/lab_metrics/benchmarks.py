"""The benchmarks of image generators and of autoencoders. Data only.

``images/mnist``, ``images/fashion-mnist``    Frechet distance in the features of the data set's classifier (FCD)

``images/{data}``    any other data set or folder, without a classifier: sliced Wasserstein distance of patches (SWD), times 1,000
``reconstruction/...``    autoencoders: squared error a pixel between each image and its reconstruction

``test-10k``         three sets of 10,000 samples against the 10,000 test images, with every figure
``validation-2k5``   one set of 2,500 against the 5,000 validation images, quick figures only: what chooses the best model

Anchors are measured by ``plugins/metrics/tools/ladder.py`` and stand in ``plugins/metrics/results``: uniform noise is 0, held-out
real images are 1, and ``good`` is what real images with normal noise of a tenth of the range score.
"""

from collections.abc import Mapping
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.model import Kind
from lab_core.score import Score

CLASSIFIERS = {"mnist": "mnist-cnn@d053ee26", "fashion-mnist": "fashion-mnist-cnn@e0bbeb5c"}
ANCHORS = {"mnist": (133.88, 0.14, 9.04), "fashion-mnist": (86.58, 0.10, 16.16)}  # uniform noise, held-out real, real + N(0, .1)
RECONSTRUCTION_ANCHORS = {"mnist": (0.0675, 0.0254), "fashion-mnist": (0.0866, 0.0198)}  # mean image, 16 principal components
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}


SCENE = "lab_metrics.images.scene:SampleScene"
COLUMNS = {  # beside the score on the leaderboard: each shows a cheat that the score misses (docs/scores.md)
    "recall": "recall",
    "class_distance": "class dist.",
    "conditional_accuracy": "asked",
    "near_copies": "copies",
    "code_accuracy": "code",
}
FLOOR = "held-out real images"
PIXELS = {"pixels-2k": {"count": 3, "n": 2_000}, "pixels-500": {"count": 1, "n": 500}}
PAIRS = {"test": {"count": 2_000, "split": "test"}, "validation-1k": {"count": 1_000, "split": "validation"}}


def benchmarks() -> list[Benchmark]:
    """Every record of this package."""
    return [
        *(_images(data) for data in CLASSIFIERS),
        Benchmark(
            id="images/{data}",
            title="{data}: new images",
            needs="sample",
            produces=Kind.IMAGE,
            unit="sample set",
            score=Score("SWD", higher_is_better=False),
            evaluator="lab_metrics.images.pixel_evaluation:PixelEvaluator",
            scene=SCENE,
            protocols=PIXELS,
            default_protocol="pixels-2k",
            selection_protocol="pixels-500",
            parameters={"data": "{data_path}"},
            columns={"recall": "recall", "near_copies": "copies"},
            floor="real against real",
        ),
        *(_reconstruction(data, TITLES[data], data, RECONSTRUCTION_ANCHORS[data]) for data in TITLES),
        _reconstruction("{data}", "{data}", "{data_path}"),
    ]


def _images(data: str) -> Benchmark:
    noise, floor, good = ANCHORS[data]
    return Benchmark(
        id=f"images/{data}",
        title=f"{TITLES[data]}: new images",
        needs="sample",
        produces=Kind.IMAGE,
        unit="sample set",
        score=Score(
            "FCD",
            higher_is_better=False,
            random=noise,
            reference=floor,
            reference_name="held-out real",
            good=good,
            digits=2,
        ),
        evaluator="lab_metrics.images.evaluation:ImageEvaluator",
        scene=SCENE,
        protocols=_protocols(CLASSIFIERS[data]),
        default_protocol="test-10k",
        selection_protocol="validation-2k5",
        parameters={"data": data},
        columns=COLUMNS,
        floor=FLOOR,
    )


def _protocols(classifier: str) -> Mapping[str, Mapping[str, Any]]:
    return {
        "test-10k": {"count": 3, "n": 10_000, "split": "test", "classifier": classifier, "full": True},
        "validation-2k5": {"count": 1, "n": 2_500, "split": "validation", "classifier": classifier, "full": False},
    }


def _reconstruction(data: str, title: str, source: str, anchors: tuple[float, float] | None = None) -> Benchmark:
    mean_image, components = anchors or (None, None)
    return Benchmark(
        id=f"reconstruction/{data}",
        title=f"{title}: reconstructed images",
        needs="apply",
        consumes=Kind.IMAGE,
        produces=Kind.IMAGE,
        unit="image",
        score=Score(
            "squared error",
            higher_is_better=False,
            random=mean_image,
            reference=components,
            reference_name="16 principal components" if anchors else "",
            digits=4,
        ),
        evaluator="lab_metrics.images.reconstruction_evaluation:ReconstructionEvaluator",
        protocols=PAIRS,
        default_protocol="test",
        selection_protocol="validation-1k",
        parameters={"data": source},
        columns={"psnr": "PSNR", "ssim": "SSIM"},
    )
