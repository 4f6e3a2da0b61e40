"""How close results are to their targets: one number an image. Higher or lower is better as each says."""

from collections.abc import Sequence

import numpy as np
from lab_metrics.images.fidelity import WINDOW, psnr, ssim
from numpy.typing import NDArray

from lab_image_translation import degradations, vgg

Pixels = NDArray[np.uint8]
MOST = 100.0  # decibels: what equal images get
_BATCH = 16


def measure(
    name: str, made: Sequence[Pixels], targets: Sequence[Pixels], inputs: Sequence[Pixels], *, border: int = 0
) -> list[float]:
    """The measure ``name`` of each result; all sequences as long as each other, results and targets of equal shapes.

    ``border``: pixels that are cut off every side first, for psnr_y and ssim_y.
    """
    if name == "features":
        return features(made, targets)
    functions = {
        "l1": absolute,
        "psnr": lambda a, b: _psnr(a / 255, b / 255),
        "ssim": lambda a, b: _ssim(a / 255, b / 255),
        "psnr_y": lambda a, b: _psnr(*(_bordered(_luma(one), border) for one in (a, b))),
        "ssim_y": lambda a, b: _ssim(*(_bordered(_luma(one), border) for one in (a, b))),
        "chroma": chroma_kept,
        "iou": intersection_over_union,
    }
    if name == "psnr_hole":
        return [float(hole_psnr(*each)) for each in zip(made, targets, inputs, strict=True)]
    return [float(functions[name](a, b)) for a, b in zip(made, targets, strict=True)]


def absolute(made: Pixels, target: Pixels) -> float:
    """Mean absolute difference, values 0 to 1; lower is better."""
    return float(np.abs(made.astype(np.float64) - target).mean() / 255)


def chroma_kept(made: Pixels, target: Pixels) -> float:
    """Mean chroma of the result over that of the target: 0 for grey, 1 for as colourful; NaN where the target is grey."""
    real = float(degradations.chroma(target).mean())
    return float(degradations.chroma(made).mean()) / real if real > 1 else float("nan")


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
    """Distance of VGG16 features (:func:`lab_image_translation.vgg.feature_distance`); lower is better."""
    import tensorflow as tf

    found: list[float] = []
    for start in range(0, len(made), _BATCH):
        parts = [items[start : start + _BATCH] for items in (made, targets)]
        if len({one.shape[:2] for one in parts[0]}) > 1:
            groups = [([a], [b]) for a, b in zip(*parts, strict=True)]
        else:
            groups = [(parts[0], parts[1])]
        for first, second in groups:
            a, b = (tf.constant(np.stack([_colour(one) for one in part]), tf.float32) for part in (first, second))
            found += vgg.feature_distance(a, b).numpy().tolist()
    return found


def _colour(image: Pixels) -> Pixels:
    return image if image.shape[2] == 3 else np.repeat(image, 3, 2)


def _luma(image: Pixels) -> NDArray[np.float64]:
    """Y in MATLAB's studio range over 255, not rounded."""
    return degradations.luma(image) / 255


def _bordered(image: NDArray[np.float64], border: int) -> NDArray[np.float64]:
    return image[border:-border, border:-border] if border else image


def _psnr(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.minimum(psnr(a[None], b[None]), MOST)[0])


def _ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(ssim(a[None], b[None])[0]) if min(a.shape[:2]) >= WINDOW else float("nan")
