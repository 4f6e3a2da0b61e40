"""The pictures that are learnt from, in memory once, and the order in which they come."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import UsageError
from lab_gan.config import ImageConfig

Pixels = NDArray[np.uint8]


class Images:
    """Pictures uint8 [n, size, size, channels] with labels [n]; ``classes`` are their names, none where there are none."""

    def __init__(self, pixels: Pixels, labels: NDArray[Any], classes: Sequence[str]) -> None:
        self.pixels = np.ascontiguousarray(pixels)
        self.labels = labels.astype(np.int32)
        self.classes = tuple(classes)
        self.shape: tuple[int, int, int] = tuple(pixels.shape[1:])  # type: ignore[assignment]

    @property
    def sum(self) -> str:
        """A hash of pictures and labels, by which a run that goes on knows its data."""
        found = hashlib.sha256(self.pixels)
        found.update(np.ascontiguousarray(self.labels))
        return found.hexdigest()[:16]


def load_images(config: ImageConfig, split: str = "train") -> Images:
    """What ``config`` asks for, cut and coloured; raises UsageError for a set that has no single pictures."""
    from lab_datasets import card, load
    from lab_datasets.folder import load_folder
    from lab_metrics.images.pictures import picture_column

    if Path(config.data).is_absolute():
        grey = None if config.colour == "auto" else config.colour == "grey"
        found: Any = load_folder(
            config.data, split="all" if split == "train" else split, size=config.size, grey=grey, crop=config.crop
        )
        if hasattr(found, "a"):  # pairs: either side is a picture
            return Images(np.concatenate([found.a, found.b]), np.zeros(len(found.a) + len(found.b)), ())
        _enough(found.images, config)
        return Images(found.images, found.labels, found.classes if len(found.classes) > 1 else ())
    about = card(config.data)
    if about.kind not in ("images", "image pairs"):
        raise UsageError(f"{config.data} holds {about.kind}; images are expected.", "See lab data list.")
    found = load(config.data, split)
    pixels = _fitted(picture_column(found), config)
    labels = getattr(found, "labels", None)
    _enough(pixels, config)
    if labels is None or not about.classes:
        return Images(pixels, np.zeros(len(pixels)), ())
    return Images(pixels, labels, about.classes)


def need_classes(images: Images, config: ImageConfig, what: str) -> None:
    """Raise UsageError where the pictures have no classes, which ``what`` learns from."""
    if len(images.classes) < 2:
        raise UsageError(
            f"{config.data} has no classes, and {what} needs them.",
            "Use a folder with one folder a class, or a task without a condition.",
        )


class Order:
    """Which pictures come when: a new permutation every epoch, from the seed alone, so that any place can be found again."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self.seed = count, seed
        self._epoch, self._permutation = -1, np.arange(0)

    def indices(self, start: int, count: int) -> NDArray[np.int32]:
        """The places of pictures number ``start`` to ``start + count`` since training began."""
        parts: list[NDArray[Any]] = []
        while count:
            epoch, at = divmod(start, self._count)
            taken = self._shuffled(epoch)[at : at + count]
            parts.append(taken)
            start, count = start + len(taken), count - len(taken)
        return np.concatenate(parts).astype(np.int32)

    def _shuffled(self, epoch: int) -> NDArray[Any]:
        if epoch != self._epoch:
            self._epoch, self._permutation = epoch, np.random.default_rng([self.seed, epoch]).permutation(self._count)
        return self._permutation


def _enough(pixels: Any, config: ImageConfig) -> None:
    if len(pixels) < 2:
        raise UsageError(f"{config.data} holds {len(pixels)} image; at least 2 are expected, and hundreds to learn from.")


def _fitted(pixels: Any, config: ImageConfig) -> Pixels:
    """Embedded pictures at the asked size and number of channels."""
    if isinstance(pixels, list):  # photographs of many sizes
        from lab_datasets.pictures import patches

        pixels = patches(pixels, config.size)
    if config.colour == "grey" and pixels.shape[-1] == 3:
        weights = np.array([0.299, 0.587, 0.114])  # Rec. 601 luma
        pixels = np.round(pixels @ weights)[..., None].astype(np.uint8)
    if config.colour == "colour" and pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    if pixels.shape[1] == config.size:
        return np.asarray(pixels)
    from PIL import Image

    wanted = (config.size, config.size)
    resized = [np.asarray(Image.fromarray(one.squeeze()).resize(wanted, Image.Resampling.LANCZOS)) for one in pixels]
    return np.stack(resized).reshape(len(pixels), *wanted, -1)
