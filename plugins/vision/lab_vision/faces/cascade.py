"""The cascade of MTCNN (Zhang et al. 2016, section II): a pyramid of pictures, three networks, fewer and better boxes after each.

Candidates of one image are float64 [n, 5]: x0, y0, x1, y1 in its pixels, score; best first.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from lab_metrics.boxes.overlap import suppressed
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lab_vision.faces.config import FaceOptions
from lab_vision.faces.networks import CELL, STRIDE

Floats = NDArray[Any]
MOST = 4_000  # positions of one picture of the pyramid that are looked at further, the best
WITHIN, ACROSS = 0.5, 0.7  # overlaps at which boxes of one picture of the pyramid, and of all, are suppressed


def pyramid(width: int, height: int, smallest: int, factor: float) -> list[float]:
    """Scales: the first makes a face of ``smallest`` pixels 12 high, the last leaves 12 pixels of the shorter side."""
    scales = []
    scale = CELL / smallest
    while min(width, height) * scale >= CELL:
        scales.append(scale)
        scale *= factor
    return scales


def normalised(pixels: Any) -> NDArray[np.float32]:
    """uint8 as the networks see it."""
    return (np.asarray(pixels, np.float32) - 127.5) / 128


def positions(box: Floats, face: Floats, scale: float, threshold: float) -> Floats:
    """Candidates of the first network's answer box [h, w, 4] and face [h, w, 2] on an image scaled by ``scale``."""
    rows, columns = np.nonzero(face[..., 1] > threshold)
    scores = face[rows, columns, 1].astype(np.float64)
    best = np.argsort(-scores, kind="stable")[:MOST]
    rows, columns, scores = rows[best], columns[best], scores[best]
    low = np.stack([columns, rows], 1) * STRIDE
    corners = np.concatenate([low, low + CELL], 1) + box[rows, columns] * CELL
    return np.concatenate([corners / scale, scores[:, None]], 1)


def best_of(candidates: Floats, overlap: float) -> Floats:
    """Without those that overlap a better one by more than ``overlap``; boxes that are turned inside out are left out."""
    sound = candidates[(candidates[:, 2:4] > candidates[:, :2]).all(1)]
    return sound[suppressed(sound[:, :4], sound[:, 4], overlap)]


def best_of_nested(candidates: Floats, overlap: float) -> NDArray[np.intp]:
    """Places of the candidates that stay where overlap is measured against the smaller box (a face within a face)."""
    order = np.argsort(-candidates[:, 4], kind="stable")
    area = np.prod(candidates[:, 2:4] - candidates[:, :2], axis=1)
    kept: list[int] = []
    for place in order:
        one = candidates[place]
        sides = [np.minimum(one[2:4], candidates[k, 2:4]) - np.maximum(one[:2], candidates[k, :2]) for k in kept]
        shares = [
            np.clip(side, 0, None).prod() / max(min(area[place], area[k]), 1e-9) for side, k in zip(sides, kept, strict=True)
        ]
        if not shares or max(shares) <= overlap:
            kept.append(int(place))
    return np.asarray(kept, np.intp)


def squared(candidates: Floats) -> Floats:
    """Boxes made square about their middle, with the longer side."""
    middle = (candidates[:, :2] + candidates[:, 2:4]) / 2
    half = (candidates[:, 2:4] - candidates[:, :2]).max(1, keepdims=True) / 2
    return np.concatenate([middle - half, middle + half, candidates[:, 4:]], 1)


def moved(candidates: Floats, offsets: Floats) -> Floats:
    """Corners moved by offsets [n, 4] times the sides; a box from pixel a to pixel b is b - a + 1 long."""
    sides = candidates[:, 2:4] - candidates[:, :2] + 1
    found = candidates.copy()
    found[:, :4] += offsets * np.tile(sides, 2)
    return found


def cut(picture: Image.Image, candidates: Floats, size: int) -> NDArray[np.float32]:
    """Each candidate's pixels at ``size``, normalised [n, size, size, 3]; what lies outside the image is black."""
    if not len(candidates):
        return np.zeros((0, size, size, 3), np.float32)
    low, high = candidates[:, :2].min(), (candidates[:, 2:4] - picture.size).max()
    border = max(0, int(np.ceil(max(-low, high))))
    wide = ImageOps.expand(picture, border) if border else picture
    found = [
        np.asarray(wide.resize((size, size), Image.Resampling.BILINEAR, tuple(float(side) + border for side in one[:4])))
        for one in candidates
    ]
    return normalised(np.stack(found))


def detected(picture: Image.Image, networks: Sequence[Any], options: FaceOptions) -> tuple[Floats, Floats]:
    """Faces [n, 5] and their points [n, 5, 2] (left eye, right eye, nose, left and right corner of the mouth), best first.

    ``networks`` are three functions of float32 arrays: proposal, refinement, output.
    """
    proposal, refinement, output = networks
    found = [np.zeros((0, 5))]
    for scale in pyramid(*picture.size, options.smallest, options.factor):
        size = (max(CELL, int(np.ceil(picture.width * scale))), max(CELL, int(np.ceil(picture.height * scale))))
        box, face = proposal(normalised(picture.resize(size, Image.Resampling.BOX))[None])
        found.append(best_of(positions(box[0], face[0], scale, options.proposal), WITHIN))
    candidates = squared(best_of(np.concatenate(found), ACROSS))
    if len(candidates):
        box, face = refinement(cut(picture, candidates, 24))
        candidates = np.concatenate([candidates[:, :4], face[:, 1:]], 1)
        kept = candidates[:, 4] > options.refinement
        candidates = squared(best_of(moved(candidates[kept], box[kept]), ACROSS))
    if not len(candidates):
        return np.zeros((0, 5)), np.zeros((0, 5, 2))
    box, points, face = output(cut(picture, candidates, 48))
    candidates = np.concatenate([candidates[:, :4], face[:, 1:]], 1)
    sides = candidates[:, 2:4] - candidates[:, :2] + 1
    places = points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + candidates[:, None, :2] - 1
    kept = candidates[:, 4] > options.output
    candidates, places = moved(candidates[kept], box[kept]), places[kept]
    best = best_of_nested(candidates, ACROSS)
    return candidates[best], places[best]
