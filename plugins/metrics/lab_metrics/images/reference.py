"""The real side of a comparison: images in a fixed order, their features, and what real images score among themselves.

Features are kept in ``lab/data/features`` of the user's cache under a hash of classifier and pixels, so that nothing stale is
ever read; the folder may be deleted at any time.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import data_home
from lab_core.errors import LabError
from lab_core.files import write_atomic
from lab_metrics.images.arrays import Images, unit
from lab_metrics.images.extractors import Extractor, extractor
from lab_metrics.images.frechet import Moments, distance, moments
from lab_metrics.images.memorisation import Nearest, nearest

SHUFFLE = 20261121  # MNIST's first half is the easier one: whatever looks at a part of a set looks at a random part
MEMORISATION_COUNT = 2000

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Side:
    """Images uint8 [n, ...] with their features [n, d] and probabilities [n, classes]; labels [n] where they are known."""

    images: Images
    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    labels: NDArray[Any] | None = None

    @cached_property
    def moments(self) -> Moments:
        return moments(self.features)

    def first(self, count: int) -> "Side":
        """The first ``count`` of it: a random part, because sides are shuffled."""
        labels = None if self.labels is None else self.labels[:count]
        return Side(self.images[:count], self.features[:count], self.probabilities[:count], labels)


@dataclass(frozen=True)
class Reference:
    """A split of a data set that has a classifier, and the training images beside it."""

    data: str
    split: str
    classifier: Extractor
    real: Side
    train_images: Images
    train_labels: NDArray[Any]

    def held_out_places(self, count: int) -> NDArray[np.intp]:
        """Which training images stand for real ones that are not in the split, in random order, always the same ones."""
        if count > len(self.train_images):
            raise LabError(f"{self.data} has {len(self.train_images):,} training images; {count:,} were asked for.")
        return np.random.default_rng(SHUFFLE).permutation(len(self.train_images))[:count]

    def held_out(self, count: int) -> Side:
        """``count`` real images that are not in the split."""
        some = self.held_out_places(count)
        return seen(self.classifier, self.train_images[some], self.train_labels[some], keep=True)

    def floor(self, count: int) -> float:
        """The noise floor: what ``count`` real images score against this split."""
        return distance(self.real.moments, self.held_out(count).moments)

    @cached_property
    def nearest(self) -> Nearest:
        """The nearest training images of the split's first images, for the memorisation check."""
        images = self.real.images[:MEMORISATION_COUNT]

        def find() -> Arrays:
            found = nearest(unit(images), unit(self.train_images))
            return {"distance": found.distance, "place": found.place}

        return Nearest(**kept(content("nearest", images, self.train_images), find))


@cache
def reference(data: str, split: str) -> Reference:
    """The real side of a registered data set, once a process."""
    from lab_datasets import load

    classifier = extractor(data)
    images, labels = load(data, split)
    order = np.random.default_rng(SHUFFLE).permutation(len(images))
    train_images, train_labels = load(data, "train")
    real = seen(classifier, images[order], labels[order], keep=True)
    return Reference(data, split, classifier, real, np.asarray(train_images), np.asarray(train_labels))


def seen(classifier: Extractor, images: Images, labels: NDArray[Any] | None = None, *, keep: bool = False) -> Side:
    """Images with their features; from the cache, and into it, with ``keep``."""

    def look() -> Arrays:
        features, probabilities = classifier.features(images)
        return {"features": features, "probabilities": probabilities}

    arrays = kept(content(classifier.name, images), look) if keep else look()
    return Side(images, arrays["features"], arrays["probabilities"], labels)


def content(name: str, *arrays: NDArray[Any]) -> str:
    """A name that says all that was looked at, and by what."""
    found = hashlib.sha256(name.encode())
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array))
    return f"{name}-{found.hexdigest()[:24]}"


def kept(name: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of that name from the cache; made, and written there where it can be written, the first time."""
    path = data_home() / "features" / f"{name}.npz"
    unusable = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)  # not there, or cut short
    with suppress(*unusable), np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
    arrays = make()
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with suppress(OSError, LabError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, buffer.getvalue())
    return arrays
