"""Two-dimensional vectors as a picture, and how compact the classes are."""

import colorsys
from typing import Any

import numpy as np

SIDE = 480


def scatter(vectors: Any, labels: Any, side: int = SIDE) -> Any:
    """Points [n, 2] on white, a colour a class, the class's number at its mean; equal scales, uint8 [side, side, 3]."""
    from PIL import Image, ImageDraw

    low, high = vectors.min(0), vectors.max(0)
    scale = (side - 40) / max(float((high - low).max()), 1e-9)
    places = (vectors - (low + high) / 2) * scale + side / 2
    names = np.unique(labels)
    paper = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(paper)
    for number, name in enumerate(names):
        red, green, blue = colorsys.hsv_to_rgb(number / len(names), 0.9, 0.85)
        colour = (int(255 * red), int(255 * green), int(255 * blue))
        for x, y in places[labels == name]:
            pen.ellipse((x - 2, side - y - 2, x + 2, side - y + 2), fill=colour)
    from lab_core.items.lettering import font

    for name in names:
        x, y = places[labels == name].mean(0)
        pen.text((x - 6, side - y - 10), str(name), (0, 0, 0), font(18, str(name)), stroke_width=2, stroke_fill=(255, 255, 255))
    return np.asarray(paper)


def compactness(vectors: Any, labels: Any) -> float:
    """Mean distance to the class's mean, divided by the mean distance between the classes' means. Less is better."""
    names = np.unique(labels)
    means = np.stack([vectors[labels == name].mean(0) for name in names])
    within = np.linalg.norm(vectors - means[np.searchsorted(names, labels)], axis=1).mean()
    apart = np.linalg.norm(means[:, None] - means[None], axis=-1)
    return float(within / apart[np.triu_indices(len(names), 1)].mean())
