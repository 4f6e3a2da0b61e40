"""Detection without a detector: connected bright regions, each named by the most similar digit."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.items.boxes import Boxes
from lab_core.model import Apply, Kind, Model
from lab_vision.detection.config import DetectOptions

SIDE = 16  # pixels of the squares that are compared
SMALLEST = 12  # height in pixels; what is smaller is no digit
KNOWN = 20_000  # training digits that regions are compared with


class ConnectedDigits(Model, Apply):
    """Pixels brighter than Otsu's threshold (1979), joined where they touch; the 3 nearest of 20,000 MNIST digits name each.

    Digits that touch become one box. The score is the cosine of the angle to the nearest digit.
    """

    consumes, produces = Kind.IMAGE, Kind.BOXES
    options = DetectOptions

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        return cls()

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        return cls()

    def save(self, folder: Path) -> None:
        """There is nothing to keep."""

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Boxes]:
        assert isinstance(options, DetectOptions)
        for image in items:
            yield self._found(np.asarray(image), options)

    def _found(self, image: NDArray[np.uint8], options: DetectOptions) -> Boxes:
        grey = image.mean(axis=-1)
        corners = regions(grey)
        if not len(corners):
            return Boxes(np.zeros((0, 4), np.float32), (), ())
        table, labels = known_digits()
        cut = np.stack([_square(grey[int(y0) : int(y1), int(x0) : int(x1)]) for x0, y0, x1, y1 in corners])
        near = cut @ table.T  # [regions, digits], cosines
        best = np.argsort(-near, axis=1)[:, :3]
        votes = np.array([np.bincount(labels[row], minlength=10).argmax() for row in best])
        scores = np.clip(near.max(1), 0, 1)
        order = [place for place in np.argsort(-scores, kind="stable") if scores[place] >= options.threshold][: options.most]
        names = tuple(str(votes[place]) for place in order)
        return Boxes(corners[order].reshape(-1, 4), names, tuple(float(scores[place]) for place in order))


def regions(grey: Any) -> NDArray[np.float32]:
    """Boxes float32 [n, 4] around connected regions above Otsu's threshold that are at least 12 pixels high."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    labelled: Any = ndimage.label(grey > threshold_otsu(grey), structure=np.ones((3, 3)))
    numbered, _ = labelled
    found = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(numbered) if y.stop - y.start >= SMALLEST]
    return np.array(found, np.float32).reshape(-1, 4)


@cache
def known_digits() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Training digits cut to their pixels and scaled to squares, unit length float32 [n, 256], and their classes int32 [n]."""
    from lab_datasets import load

    images, labels = load("mnist", "train")
    rows = []
    for image in images[:KNOWN, ..., 0]:
        there = image > 16
        y, x = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
        rows.append(_square(image[y[0] : y[-1] + 1, x[0] : x[-1] + 1]))
    return np.stack(rows), np.asarray(labels[:KNOWN], np.int32)


def _square(cut: Any) -> NDArray[np.float32]:
    from PIL import Image

    small = Image.fromarray(np.asarray(cut, np.float32)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    values = np.asarray(small, np.float32).reshape(-1)
    values = values - values.min()
    return values / max(float(np.linalg.norm(values)), 1e-6)
