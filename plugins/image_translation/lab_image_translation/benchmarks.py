"""The benchmarks of this plugin. Data only.

``image-pairs/...``          what a result's VGG16 features are from those of the real partner
``unpaired/...``             SSIM with the partner that training didn't know
``super-resolution/...``     PSNR of Y, border cut: the published protocol
``denoising/...``            PSNR
``inpainting/...``           PSNR inside the hole
``colourisation/...``        PSNR, with the share of chroma that is kept beside it
``segmentation/...``         intersection over union
``anomaly/...``              area under the ROC curve
``style/...``                the objective of Gatys et al. 2016
"""

from collections.abc import Mapping

from lab_core.benchmark import Benchmark
from lab_core.score import Score

TEST = {"test": {"count": 60, "split": "test"}, "validation": {"count": 10, "split": "validation"}}
PAIRS = {"test": {"count": 200, "split": "test"}, "validation": {"count": 60, "split": "validation"}}
EVALUATOR = "lab_image_translation.evaluation:TranslationEvaluator"
SCENE = "lab_image_translation.scene:TranslationScene"


def benchmarks() -> list[Benchmark]:
    """Every record of this plugin."""
    return [
        _benchmark(
            "image-pairs/{data}-{direction}-{size}",
            "{data}, {direction}, {size} pixels: image to image",
            Score("feature distance", higher_is_better=False, digits=3),
            {"operation": "pairs", "direction": "{direction}", "size": "{size}", "measure": "features", "also": "l1 psnr ssim"},
            {"l1": "L1", "psnr": "PSNR", "ssim": "SSIM"},
            PAIRS,
        ),
        _benchmark(
            "unpaired/{data}-{direction}-{size}",
            "{data}, {direction}, {size} pixels: learnt without pairs, scored against them",
            Score("SSIM", digits=3),
            {"operation": "pairs", "direction": "{direction}", "size": "{size}", "measure": "ssim", "also": "l1 features"},
            {"l1": "L1", "features": "features"},
            PAIRS,
        ),
        _benchmark(
            "super-resolution/{data}-x{scale}",
            "{data}: enlarged {scale} times",
            Score("PSNR Y", "dB", digits=2),
            {"operation": "shrink", "scale": "{scale}", "measure": "psnr_y", "also": "ssim_y psnr features", "border": "scale"},
            {"ssim_y": "SSIM Y", "psnr": "PSNR RGB", "features": "features"},
        ),
        _benchmark(
            "denoising/{data}-{noise}",
            "{data}: noise of {noise} grey levels removed",
            Score("PSNR", "dB", digits=2),
            {"operation": "noise", "noise": "{noise}", "measure": "psnr", "also": "ssim"},
            {"ssim": "SSIM"},
            {"test": {"count": 200, "split": "test"}, "validation": {"count": 60, "split": "validation"}},
        ),
        _benchmark(
            "inpainting/{data}-{hole}",
            "{data}: a blank square filled",
            Score("PSNR in the hole", "dB", digits=2),
            {"operation": "hole", "hole": "{hole}", "measure": "psnr_hole", "also": "psnr features"},
            {"psnr": "PSNR", "features": "features"},
        ),
        _benchmark(
            "colourisation/{data}",
            "{data}: coloured from their lightness",
            Score("PSNR RGB", "dB", digits=2),
            {"operation": "grey", "measure": "psnr", "also": "chroma features"},
            {"chroma": "chroma kept", "features": "features"},
        ),
        _benchmark(
            "segmentation/{data}",
            "{data} on photographs: their masks",
            Score("IoU", digits=3, random=0.0, reference=1.0, reference_name="exact"),
            {"operation": "mask", "measure": "iou"},
            {},
            PAIRS,
        ),
        Benchmark(
            id="anomaly/{data}-{anomaly}",
            title="{data}: class {anomaly} found by a model that never saw it",
            needs="apply",
            consumes="image",  # type: ignore[arg-type]
            produces="labels",  # type: ignore[arg-type]
            unit="image",
            score=Score("AUC", digits=3, random=0.5, reference=1.0, reference_name="perfect"),
            evaluator="lab_image_translation.anomaly.evaluation:AnomalyEvaluator",
            pool="lab_image_translation.anomaly.evaluation:auc",
            protocols={"test": {"count": 1_900, "split": "test"}, "validation": {"count": 600, "split": "validation"}},
            default_protocol="test",
            selection_protocol="validation",
            parameters={"data": "{data_path}", "anomaly": "{anomaly}", "size": "{size}"},
            suites=("image-translation",),
        ),
        Benchmark(
            id="style/{data}-{style}",
            title="{data} painted in the style {style}",
            needs="apply",
            consumes="image",  # type: ignore[arg-type]
            produces="image",  # type: ignore[arg-type]
            unit="image",
            score=Score("style objective", higher_is_better=False, digits=2),
            evaluator="lab_image_translation.style.evaluation:StyleEvaluator",
            protocols={"test": {"count": 12, "split": "test"}, "validation": {"count": 6, "split": "validation"}},
            default_protocol="test",
            selection_protocol="validation",
            parameters={"data": "{data_path}", "style": "{style_path}", "style_weight": 4.0},
            columns={"content": "content", "style": "style"},
            suites=("image-translation",),
        ),
    ]


def _benchmark(
    id: str,
    title: str,
    score: Score,
    parameters: Mapping[str, str],
    columns: Mapping[str, str],
    protocols: Mapping[str, Mapping[str, object]] = TEST,
) -> Benchmark:
    return Benchmark(
        id=id,
        title=title,
        needs="apply",
        consumes="image",  # type: ignore[arg-type]
        produces="image",  # type: ignore[arg-type]
        unit="image",
        score=score,
        evaluator=EVALUATOR,
        scene=SCENE,
        protocols=protocols,
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": "{data_path}", **parameters},
        columns=columns,
        suites=("image-translation",),
    )
