"""The most confident mistakes of a classifier, as a gallery."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab_core.items.labels import percent
from lab_core.items.lettering import cut, font

TILE, LINE, GAP = 96, 14, 6  # pixels


class Mistake(NamedTuple):
    """An image with its right class, the answer, and the answer's probability."""

    image: NDArray[np.uint8]
    right: str
    answer: str
    probability: float


def mistakes(model: Any, images: Any, labels: Any, classes: Sequence[str]) -> list[Mistake]:
    """The wrongly named images, the most confident mistake first."""
    found: list[Mistake] = []
    for image, label, answer in zip(images, labels, model.apply(iter(images), model.options()), strict=True):
        right = classes[int(label)]
        if answer.names[0] != right:
            found.append(Mistake(np.asarray(image), right, answer.names[0], answer.probabilities[0]))
    return sorted(found, key=lambda one: -one.probability)


def sheet(found: Sequence[Mistake]) -> NDArray[np.uint8]:
    """Images with "right class" and "answer 97 %" below each, uint8 [height, width, 3]."""
    columns = max(1, min(8, round(np.sqrt(1.6 * len(found)))))
    width, height = TILE + GAP, TILE + 2 * LINE + GAP
    canvas = Image.new("RGB", (columns * width + GAP, -(-len(found) // columns) * height + GAP), "white")
    pen, letters = ImageDraw.Draw(canvas), font(11)
    for number, one in enumerate(found):
        left, top = GAP + number % columns * width, GAP + number // columns * height
        plain = one.image[..., 0] if one.image.shape[-1] == 1 else one.image
        picture = Image.fromarray(plain).convert("RGB").resize((TILE, TILE), Image.Resampling.NEAREST)
        canvas.paste(picture, (left, top))
        pen.text((left, top + TILE), cut(one.right, letters, TILE), "black", letters)
        pen.text((left, top + TILE + LINE), cut(f"{one.answer} {percent(one.probability)}", letters, TILE), "#b00020", letters)
    return np.asarray(canvas)
