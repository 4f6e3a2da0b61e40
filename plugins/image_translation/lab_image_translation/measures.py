"""How close results are to their targets: one number an image. Higher or lower is better as each says."""

from collections.abc import Sequence

import numpy as np
from lab_metrics.images.fidelity import WINDOW, psnr, ssim
from lab_metrics.images.perceptual import perceptual_distance
from lab_metrics.images.views import View, viewed
from numpy.typing import NDArray

from lab_image_translation import degradations

Pixels = NDArray[np.uint8]
MOST = 100.0  # decibels: what equal images get


def measure(
    name: str,
    made: Sequence[Pixels],
    targets: Sequence[Pixels],
    inputs: Sequence[Pixels],
    *,
    border: int = 0,
    real_chroma: float = 1.0,
) -> list[float]:
    """The measure ``name`` of each result; all sequences as long as each other, results and targets of equal shapes.

    border       pixels that are cut off every side first, for psnr_y and ssim_y
    real_chroma  mean chroma of all targets, for chroma
    """
    if name == "features":
        return features(made, targets)
    functions = {
        "l1": absolute,
        "psnr": lambda a, b: _psnr(a / 255, b / 255),
        "ssim": lambda a, b: _ssim(a / 255, b / 255),
        "psnr_y": lambda a, b: _psnr(_y(a, border), _y(b, border)),
        "ssim_y": lambda a, b: _ssim(_y(a, border), _y(b, border)),
        "chroma": lambda a, b: chroma(a) / real_chroma,
        "iou": intersection_over_union,
    }
    if name == "psnr_hole":
        return [float(hole_psnr(*each)) for each in zip(made, targets, inputs, strict=True)]
    return [float(functions[name](a, b)) for a, b in zip(made, targets, strict=True)]


def absolute(made: Pixels, target: Pixels) -> float:
    """Mean absolute difference, values 0 to 1; lower is better."""
    return float(np.abs(made.astype(np.float64) - target).mean() / 255)


def chroma(image: Pixels) -> float:
    """Mean distance from grey in the ab plane. Over that of all targets, its mean is the share that is kept: 0 for grey."""
    return float(degradations.chroma(image).mean())


def intersection_over_union(made: Pixels, target: Pixels) -> float:
    """Jaccard index of two masks (from 128 on: inside); 1 where both are empty; higher is better."""
    a, b = made >= 128, target >= 128
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0


def hole_psnr(made: Pixels, target: Pixels, given: Pixels) -> float:
    """PSNR in decibels of the pixels that are purely white in the input; higher is better."""
    mask = np.all(given == 255, axis=-1)
    error = float(np.mean(((made[mask].astype(np.float64) - target[mask]) / 255) ** 2)) if mask.any() else 0.0
    return min(MOST, float(-10 * np.log10(error))) if error else MOST


def features(made: Sequence[Pixels], targets: Sequence[Pixels]) -> list[float]:
    """Distance of VGG16 features (:func:`lab_metrics.images.perceptual.perceptual_distance`); lower is better."""
    if len({one.shape for one in (*made, *targets)}) == 1:
        return perceptual_distance(np.stack(made), np.stack(targets)).tolist()
    return [float(perceptual_distance(a[None], b[None])[0]) for a, b in zip(made, targets, strict=True)]


def _y(image: Pixels, border: int) -> NDArray[np.float64]:
    """Y of Rec. 601 in MATLAB's studio range over 255, not rounded, [h, w, 1], without ``border`` pixels at each edge."""
    return viewed(image[None], View(colour="y", crop=border))[0]


def _psnr(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.minimum(psnr(a[None], b[None]), MOST)[0])


def _ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(ssim(a[None], b[None])[0]) if min(a.shape[:2]) >= WINDOW else float("nan")
