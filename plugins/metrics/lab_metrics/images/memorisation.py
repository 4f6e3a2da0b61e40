"""Does a model repeat its training images? Distances in pixels from samples to their nearest training image.

A held-out real image has a nearest training image too, at some distance. Samples that lie much nearer than held-out images do
are copies. The scale differs between kinds of images (a 1 is close to every other 1), so each sample is measured against the
held-out images whose nearest training image has the same class, where classes are known.

``near_copies``     share of samples that lie nearer than all but 1 % of those held-out images; about 0.01 for honest samples
``distance_ratio``  median distance of samples over that of held-out images; smooth pictures have less than 1 without copying

Decision rule: **memorised** where near_copies is above 0.05, five times what chance gives. The ratio is shown beside it and
decides nothing, because a blurred or average picture is near to many. Held-out images that duplicate a training image are no
measure and are left out. Meehan et al. 2020 compare the same two sets of distances.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_metrics.images.neighbours import squared_distances

CLOSEST = 0.01
LIMIT = 0.05
DUPLICATE = 0.05  # of the median distance: a held-out image that lies nearer is a training image saved again
Floats = NDArray[Any]


class Nearest(NamedTuple):
    """Euclidean distance [n] to the nearest training image, and that image's number [n]."""

    distance: Floats
    place: NDArray[np.intp]


class Memorisation(NamedTuple):
    distance_ratio: float
    near_copies: float

    @property
    def memorised(self) -> bool:
        return self.near_copies > LIMIT


def nearest(images: Floats, train: Floats, *, skip_equal_place: bool = False) -> Nearest:
    """The nearest of ``train`` [m, ...] for each of ``images`` [n, ...], pixels in units of the full range (0 to 1).

    With ``skip_equal_place`` the i-th image doesn't count as its own neighbour: for a set against itself.
    """
    if not len(images) or not len(train):
        raise LabError(f"Nearest neighbours need both sets; there are {len(images)} and {len(train)} images.")
    rows, all_rows = (np.asarray(side, np.float32).reshape(len(side), -1) for side in (images, train))
    if rows.shape[1] != all_rows.shape[1]:
        raise LabError(f"Images of {list(images.shape[1:])} can't be compared with {list(train.shape[1:])}.")
    distance, place = np.empty(len(rows)), np.empty(len(rows), np.intp)
    for start, squared in squared_distances(rows, all_rows, block=256):
        if skip_equal_place:
            squared[np.arange(len(squared)), start + np.arange(len(squared))] = np.inf
        found = squared.argmin(axis=1)
        place[start : start + len(squared)] = found
        # the shortcut through the products loses what matters for a copy: a distance near 0
        distance[start : start + len(squared)] = np.linalg.norm(rows[start : start + len(squared)] - all_rows[found], axis=1)
    return Nearest(distance, place)


def memorisation(samples: Nearest, held_out: Nearest, labels: NDArray[Any] | None = None) -> Memorisation:
    """Both figures, from the neighbours of samples and of held-out real images in the same training images.

    ``labels`` [m] of the training images make each sample be measured within the class of its neighbour.
    """
    median = float(np.median(held_out.distance))
    single = held_out.distance > DUPLICATE * median  # a few duplicates would make the limit 0 and the check blind
    if single.any():
        held_out = Nearest(held_out.distance[single], held_out.place[single])
    ratio = float(np.median(samples.distance) / max(median, 1e-12))
    if labels is None:
        return Memorisation(ratio, float((samples.distance <= np.quantile(held_out.distance, CLOSEST)).mean()))
    labels = np.asarray(labels)
    mine, theirs = labels[samples.place], labels[held_out.place]
    overall = np.quantile(held_out.distance, CLOSEST)
    close = np.zeros(len(mine), np.bool_)
    for label in np.unique(mine):
        known = held_out.distance[theirs == label]
        limit = np.quantile(known, CLOSEST) if len(known) >= 1 / CLOSEST else overall
        close |= (mine == label) & (samples.distance <= limit)
    return Memorisation(ratio, float(close.mean()))
