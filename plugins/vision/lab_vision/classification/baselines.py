"""What a classifier has to beat: methods without a network, fitted to the training images at once.

majority      the shares of the classes
nearest-mean  the class whose mean image is nearest; distances become probabilities through a Gaussian of the classes' mean spread
knn           votes of the nearest training images (Cover and Hart 1967)
linear-svm    a linear support vector machine on standardised pixels (scikit-learn's LinearSVC, one class against the others);
              its margins become probabilities through a softmax, so that its NLL means little
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from lab_tensorflow.batching import in_batches
from lab_tensorflow.state import load_arrays, save_arrays
from numpy.typing import NDArray

from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Model
from lab_vision.classification.baseline_config import ClassifierBaselineConfig
from lab_vision.classification.model import LabelModel

Floats = NDArray[Any]
FILE, WEIGHTS = "baseline.json", "weights.npz"
BATCH = 256


class Baseline(Model, LabelModel):
    """``arrays`` are all that it has learnt; pixels are float32 [n, size * size * channels] with values 0 to 1."""

    config_type: ClassVar = ClassifierBaselineConfig

    def __init__(self, config: ClassifierBaselineConfig, classes: Iterable[str], channels: int, arrays: Mapping[str, Floats]):
        self.config, self.classes, self.channels, self.arrays = config, tuple(classes), channels, dict(arrays)

    @staticmethod
    @abstractmethod
    def fit(pixels: Floats, labels: Floats, classes: int, config: ClassifierBaselineConfig) -> Mapping[str, Floats]:
        """The arrays, from pixels float32 [n, d] and labels int32 [n]."""

    @abstractmethod
    def scores(self, pixels: Floats) -> Floats:
        """Probabilities [n, classes] of pixels [n, d]."""

    @classmethod
    def ready(cls, config: Any, *, device: str) -> Self:
        from lab_vision.classification.data import labelled_images

        found = labelled_images(config, "train")
        arrays = cls.fit(_pixels(found["image"]), found["label"], len(found.classes), config)
        return cls(config, found.classes, int(found["image"].shape[-1]), arrays)

    def save(self, folder: Path) -> None:
        info = {"config": to_dict(self.config), "classes": self.classes, "channels": self.channels}
        (folder / FILE).write_bytes(msgspec.json.encode(info))
        save_arrays(folder / WEIGHTS, self.arrays)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            info = msgspec.json.decode((folder / FILE).read_bytes())
            config = from_dict(ClassifierBaselineConfig, info["config"])
            return cls(config, info["classes"], int(info["channels"]), load_arrays(folder / WEIGHTS))
        except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from error

    def chances(self, images: Iterable[NDArray[np.uint8]]) -> Iterator[Floats]:
        for part in in_batches(images, BATCH):
            yield from self.scores(_pixels(np.stack(part)))


class Majority(Baseline):
    """The shares of the classes among the training images."""

    @staticmethod
    def fit(pixels: Floats, labels: Floats, classes: int, config: ClassifierBaselineConfig) -> Mapping[str, Floats]:
        return {"shares": np.bincount(labels, minlength=classes) / len(labels)}

    def scores(self, pixels: Floats) -> Floats:
        return np.tile(self.arrays["shares"], (len(pixels), 1))


class NearestMean(Baseline):
    """exp(-|x - mean|^2 / (2 s^2)), normalised; s^2 is the variance of a training image's distance from its class mean."""

    @staticmethod
    def fit(pixels: Floats, labels: Floats, classes: int, config: ClassifierBaselineConfig) -> Mapping[str, Floats]:
        there = np.unique(labels)
        means = np.stack(
            [pixels[labels == one].mean(0) if one in there else np.full(pixels.shape[1], np.inf) for one in range(classes)]
        )
        return {"means": means, "spread": np.mean(np.sum((pixels - means[labels]) ** 2, axis=1)) * np.ones(1)}

    def scores(self, pixels: Floats) -> Floats:
        means = self.arrays["means"].astype(np.float64)
        missing = np.isinf(means[:, 0])
        distances = squared_distances(pixels, np.where(missing[:, None], 0.0, means))
        distances[:, missing] = np.inf
        return softmax(-distances / (2 * self.arrays["spread"]))


class NearestNeighbours(Baseline):
    """Votes of the ``neighbours`` nearest training images, each weighing the same; of equal votes the nearer image decides."""

    @staticmethod
    def fit(pixels: Floats, labels: Floats, classes: int, config: ClassifierBaselineConfig) -> Mapping[str, Floats]:
        return {"pixels": np.round(pixels * 255).astype(np.uint8), "labels": labels.astype(np.int32)}

    def scores(self, pixels: Floats) -> Floats:
        if not hasattr(self, "_known"):
            self._known = self.arrays["pixels"].astype(np.float32) / 255
        distances = squared_distances(pixels, self._known)
        count = min(self.config.neighbours, len(self._known))
        near = np.argpartition(distances, count - 1, axis=1)[:, :count]
        found = np.zeros((len(pixels), len(self.classes)))
        rows = np.arange(len(pixels))
        for column in near.T:
            np.add.at(found, (rows, self.arrays["labels"][column]), 1.0)
        nearest = self.arrays["labels"][near[rows, np.take_along_axis(distances, near, 1).argmin(1)]]
        found[rows, nearest] += 1e-6  # less than a vote
        return found / found.sum(1, keepdims=True)


class LinearSvm(Baseline):
    """LinearSVC on pixels of mean 0 and deviation 1."""

    @staticmethod
    def fit(pixels: Floats, labels: Floats, classes: int, config: ClassifierBaselineConfig) -> Mapping[str, Floats]:
        from sklearn.svm import LinearSVC

        mean, deviation = pixels.mean(0), pixels.std(0) + 1e-3
        machine = LinearSVC(C=config.penalty, dual=len(pixels) < pixels.shape[1], tol=1e-2)
        machine.fit((pixels - mean) / deviation, labels)
        weights, bias = np.zeros((classes, pixels.shape[1])), np.full(classes, -1e3)
        rows = machine.coef_ if len(machine.classes_) > 2 else np.concatenate([-machine.coef_, machine.coef_])
        offsets = machine.intercept_ if len(machine.classes_) > 2 else np.concatenate([-machine.intercept_, machine.intercept_])
        weights[machine.classes_], bias[machine.classes_] = rows, offsets
        return {"mean": mean, "deviation": deviation, "weights": weights, "bias": bias}

    def scores(self, pixels: Floats) -> Floats:
        standard = (pixels - self.arrays["mean"]) / self.arrays["deviation"]
        return softmax(standard @ self.arrays["weights"].T + self.arrays["bias"])


def squared_distances(a: Floats, b: Floats) -> Floats:
    """|a_i - b_j|^2 of rows [n, d] and [m, d]: [n, m]; rounding errors below zero are cut off."""
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1)[None]
    return np.maximum(squares - 2 * a @ b.T, 0)


def softmax(logits: Floats) -> Floats:
    """exp(l_k) / sum of exp(l), row by row, [n, classes]."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _pixels(images: NDArray[np.uint8]) -> Floats:
    return images.reshape(len(images), -1).astype(np.float32) / 255
