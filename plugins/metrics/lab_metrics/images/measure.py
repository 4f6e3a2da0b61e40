"""Every figure of one set of images against the real ones, from one pass of the classifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_metrics.images.arrays import unit
from lab_metrics.images.cas import classification_accuracy
from lab_metrics.images.frechet import distance
from lab_metrics.images.kid import SIZE, SUBSETS, kernel_distance
from lab_metrics.images.memorisation import memorisation, nearest
from lab_metrics.images.neighbours import K, precision_recall
from lab_metrics.images.probabilities import class_distance, classifier_score, code_accuracy, conditional_accuracy, sure_share
from lab_metrics.images.reference import MEMORISATION_COUNT, Reference, Side
from lab_metrics.images.sampling import LABEL
from lab_metrics.images.spectrum import high_frequency_share
from lab_metrics.images.wasserstein import PROJECTIONS, sliced_wasserstein

NEIGHBOURS_COUNT = 5000

Figures = dict[str, float]


def quick(reference: Reference, fake: Side, asked: NDArray[Any] | None = None, option: str | None = None) -> Figures:
    """What a training can afford to look at: ``fcd``, ``recall``, ``class_distance``, and whether the asked class came."""
    count = min(NEIGHBOURS_COUNT, len(fake.images), len(reference.real.images))
    agreement = precision_recall(reference.real.features[:count], _some(fake.features, count))
    return {
        "fcd": distance(reference.real.moments, fake.moments),
        "precision": agreement.precision,
        "recall": agreement.recall,
        "density": agreement.density,
        "coverage": agreement.coverage,
        "class_distance": class_distance(reference.real.probabilities, fake.probabilities),
        "sure": sure_share(fake.probabilities),
        **_asked(fake, asked, option),
    }


def full(reference: Reference, fake: Side, asked: NDArray[Any] | None = None, option: str | None = None) -> Figures:
    """All figures; docs/scores.md says what each means. About ten seconds for 10,000 images."""
    real = reference.real
    kernel = kernel_distance(real.features, fake.features)
    pixels, real_pixels = unit(fake.images), unit(real.images)
    closest = nearest(_some(pixels, MEMORISATION_COUNT), unit(reference.train_images))
    copies = memorisation(closest, reference.nearest, reference.train_labels)
    figures = {
        **quick(reference, fake, asked, option),
        "kid": kernel.mean,
        "kid_sd": kernel.deviation,
        "swd": sliced_wasserstein(real_pixels, pixels),
        "classifier_score": classifier_score(fake.probabilities),
        "near_copies": copies.near_copies,
        "distance_ratio": copies.distance_ratio,
        "memorised": float(copies.memorised),
        "high_frequency": high_frequency_share(pixels) / high_frequency_share(real_pixels),
    }
    if asked is not None and option == LABEL and real.labels is not None:
        figures["cas"] = classification_accuracy(pixels, asked, real_pixels, real.labels)
    return figures


def signature(reference: Reference, count: int, *, quick: bool = False) -> str:
    """All that the figures depend on but the samples, on one line."""
    parts = {
        "fcd:clf": reference.classifier.name,
        "n": count,
        "ref": f"{reference.data}/{reference.split}",
        "refn": len(reference.real.images),
        "pr": f"k{K},n{min(NEIGHBOURS_COUNT, count, len(reference.real.images))}",
    }
    if not quick:
        parts |= {"kid": f"{SUBSETS}x{min(SIZE, count)}", "swd": PROJECTIONS, "copies": min(MEMORISATION_COUNT, count)}
    parts |= {"range": "uint8", "v": 1}
    return "|".join(f"{name}={value}" for name, value in parts.items())


def _asked(fake: Side, asked: NDArray[Any] | None, option: str | None) -> Figures:
    """A named class is held against its name; a code, and a label all the same, against the classes that fit it best."""
    if asked is None:
        return {}
    matched = {"code_accuracy": code_accuracy(fake.probabilities, asked)}
    return {"conditional_accuracy": conditional_accuracy(fake.probabilities, asked), **matched} if option == LABEL else matched


def _some(rows: NDArray[Any], count: int) -> NDArray[Any]:
    """``count`` rows spread evenly, because samples may come class by class."""
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(np.intp)] if count < len(rows) else rows
