"""The image once for every word of its caption, with the regions lit that the decoder looked at (figure 2 of Xu et al. 2015)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab_seq2seq.attention_picture import font

SIDE, LABEL, GAP = 128, 24, 6  # pixels


def draw(image: NDArray[np.uint8], words: Sequence[str], alignment: NDArray[Any]) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] of an image [h, w, 3] and weights [words, regions] of a square of regions, row by row."""
    large = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    picture = Image.new("RGB", ((SIDE + GAP) * (len(words) + 1) + GAP, SIDE + LABEL + GAP), "white")
    canvas = ImageDraw.Draw(picture)
    picture.paste(large, (GAP, LABEL))
    for place, word in enumerate(words, start=1):
        left = GAP + place * (SIDE + GAP)
        side = round(alignment.shape[1] ** 0.5)
        weights = alignment[place - 1].reshape(side, side)
        weights = weights / max(float(weights.max()), 1e-9)
        mask = Image.fromarray((255 * weights).astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        dark = Image.fromarray((np.asarray(large) * 0.25).astype(np.uint8))
        picture.paste(Image.composite(large, dark, mask), (left, LABEL))
        canvas.text((left, LABEL // 2), word, fill="black", font=font(), anchor="lm")
    return np.asarray(picture)
