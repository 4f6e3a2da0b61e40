"""Inputs and targets that scores are measured on: pairs made from held-out images, the same ones for every model.

Everything follows from plain values, so that a benchmark's record says it all.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_image_translation import degradations
from lab_image_translation.paired.config import DetailConfig, PairsConfig
from lab_image_translation.sources import cut, load_images, load_pairs

Pixels = NDArray[np.uint8]
Pair = tuple[Pixels, Pixels]
CROP = 192  # pixels: larger images are scored by squares of this side (a multiple of 2, 3 and 4)
SHUFFLE = 20_261_129


def pairs(operation: str, values: Mapping[str, str], split: str, count: int) -> list[Pair]:
    """Up to ``count`` (input, target) of an operation with its values as text, uint8 [h, w, 1 or 3]; raises LabError."""
    if operation not in OPERATIONS:
        raise LabError(f"There is no operation {operation!r}.", f"Known: {', '.join(OPERATIONS)}.")
    return _cached(operation, tuple(sorted(values.items())), split)[:count]


@cache  # a training is scored again and again
def _cached(operation: str, values: tuple[tuple[str, str], ...], split: str) -> list[Pair]:
    return OPERATIONS[operation](dict(values), split)


def clean(data: str, split: str) -> list[Pixels]:
    """Held-out images: as they are up to CROP pixels a side, squares of CROP pixels of larger ones, in a fixed random order."""
    images = load_images(DetailConfig(data=data), split)
    if max(max(one.shape[:2]) for one in images) > CROP:
        images = list(cut(images, CROP))
    return _shuffled(images)


def stored(values: Mapping[str, str], split: str) -> list[Pair]:
    """Stored pairs in a direction."""
    config = PairsConfig(data=values["data"], size=int(values["size"]), direction=values["direction"])  # type: ignore[arg-type]
    return _shuffled(list(zip(*load_pairs(config, split), strict=True)))


def shrunk(values: Mapping[str, str], split: str) -> list[Pair]:
    """Small and full size; borders that ``scale`` doesn't divide are cut off first."""
    scale = int(values["scale"])
    found: list[Pair] = []
    for image in clean(values["data"], split):
        height, width = (side - side % scale for side in image.shape[:2])
        whole = np.ascontiguousarray(image[:height, :width])
        found.append((degradations.shrink(whole, scale), whole))
    return found


def noisy(values: Mapping[str, str], split: str) -> list[Pair]:
    """Noisy and clean; the noise's seed is the image's place."""
    deviation = float(values["noise"])
    return [(degradations.add_noise(one, deviation, place), one) for place, one in enumerate(clean(values["data"], split))]


def blanked(values: Mapping[str, str], split: str) -> list[Pair]:
    """With a white square in the middle, and whole."""
    share = float(values["hole"])
    return [
        (degradations.blank(one, degradations.square_hole(*one.shape[:2], share)), one) for one in clean(values["data"], split)
    ]


def greyed(values: Mapping[str, str], split: str) -> list[Pair]:
    """The grey of sRGB with the same lightness L, as a camera would give it, and colour."""
    return [(degradations.equally_light_grey(one), one) for one in clean(values["data"], split)]


def pasted(values: Mapping[str, str], split: str) -> list[Pair]:
    """Icons on photographs, and their masks (255 inside)."""
    from lab_image_translation.paired.composites import composites

    return composites(values["data"], split)


def _shuffled(items: list[Any]) -> list[Any]:
    return [items[place] for place in np.random.default_rng(SHUFFLE).permutation(len(items))]


OPERATIONS: dict[str, Callable[[Mapping[str, str], str], list[Pair]]] = {
    "pairs": stored,
    "shrink": shrunk,
    "noise": noisy,
    "hole": blanked,
    "grey": greyed,
    "mask": pasted,
}
