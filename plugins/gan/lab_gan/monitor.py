"""Tells a person in plain words when a game goes wrong: a discriminator that has won, classes never drawn, a collapse.

Each is said once, and again only after it has changed. Samples are looked at every ``LOOK_EVERY`` grids, which costs well
below a hundredth of the training; what the monitor remembers is part of the saved state.

classes_drawn   how many of the data set's classes the shipped classifier sees among the samples
diversity       how far a sample is from its nearest fellow, against the same of real images: about 1, and 0 where all are one
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_gan.images import Images

SAMPLES = 500
LOOK_EVERY = 4  # grids
WON, LOST = 0.985, 0.95  # accuracy on both kinds of images from which a discriminator has won, below which no longer
WON_UPDATES = 500
COLLAPSED, RECOVERED = 0.3, 0.4  # diversity

Scalars = dict[str, float]


class Monitor:
    """Watches one training. ``loss`` is the game's name: a Wasserstein critic is meant to win, so nothing is said of it."""

    def __init__(self, images: Images, *, data: str, loss: str) -> None:
        self._images, self._data, self._silent = images, data, loss == "wasserstein"
        self._real: float | None = None
        self._won_since: int | None = None
        self._told_won = False
        self._missing: tuple[str, ...] = ()
        self._collapsed = False

    # --- the discriminator

    def after(self, step: int, updates: int, scalars: Mapping[str, float]) -> list[str]:
        """What there is to say after a slice of ``updates`` that ended at ``step``."""
        real, fake = scalars.get("real_accuracy"), scalars.get("fake_accuracy")
        if self._silent or real is None or fake is None:
            return []
        worst = min(real, fake)
        if worst < WON:
            ended = self._told_won and worst < LOST
            self._told_won = self._told_won and not ended
            self._won_since = None
            return [f"The discriminator no longer wins: it is right about {_both(real, fake)}."] if ended else []
        if self._won_since is None:
            self._won_since = step - updates
        lasting = step - self._won_since
        if self._told_won or lasting < WON_UPDATES:
            return []
        self._told_won = True
        return [
            f"The discriminator has won for {lasting:,} updates (right about {_both(real, fake)}): the generator learns little. "
            "Lower critic_learning_rate, or take critic_norm=spectral."
        ]

    # --- the samples

    def due(self, before: int, step: int, grid_every: int) -> bool:
        """Whether samples are to be looked at between two steps."""
        every = LOOK_EVERY * grid_every
        return bool(every) and step // every != before // every

    def look(self, items: Sequence[NDArray[np.uint8]]) -> tuple[Scalars, list[str]]:
        """Figures of samples uint8 [height, width, channels] each, and what there is to say about them."""
        samples = np.stack(items)
        scalars: Scalars = {"diversity": self._diversity(samples)}
        notes = self._collapse(scalars["diversity"])
        missing = self._not_drawn(samples)
        if missing is not None:
            classes, absent = missing
            scalars["classes_drawn"] = float(classes - len(absent))
            notes += self._absent(classes, absent, len(samples))
        return scalars, notes

    def _diversity(self, samples: NDArray[np.uint8]) -> float:
        if self._real is None:
            self._real = _apart(self._images.pixels[:: max(1, len(self._images.pixels) // SAMPLES)][:SAMPLES])
        return _apart(samples) / self._real if self._real else 1.0

    def _collapse(self, diversity: float) -> list[str]:
        if self._collapsed and diversity > RECOVERED:
            self._collapsed = False
            return [f"The samples differ again: diversity {diversity:.2f} of real images' 1."]
        if self._collapsed or diversity > COLLAPSED:
            return []
        self._collapsed = True
        return [
            f"The samples collapse: each is {diversity:.0%} as far from the one most like it as real images are. "
            "Lower learning_rate, or give the discriminator more to learn from (batch_size, critic_steps)."
        ]

    def _not_drawn(self, samples: NDArray[np.uint8]) -> tuple[int, tuple[str, ...]] | None:
        """How many classes there are and which of them no sample shows; None where no classifier is at hand."""
        from lab_metrics.images import extractors

        if not extractors.has(self._data):
            return None
        try:
            judge = extractors.extractor(self._data)
        except LabError:
            return None
        _, probabilities = judge.features(samples)
        sure = probabilities.argmax(axis=1)[probabilities.max(axis=1) > 0.5]
        drawn = set(sure.tolist())
        return len(judge.classes), tuple(name for place, name in enumerate(judge.classes) if place not in drawn)

    def _absent(self, classes: int, absent: tuple[str, ...], samples: int) -> list[str]:
        if absent == self._missing:
            return []
        self._missing = absent
        if not absent:
            return [f"All {classes} classes are generated now."]
        verb = "is" if len(absent) == 1 else "are"
        return [f"{len(absent)} of {classes} classes {verb} never generated: {', '.join(absent)} ({samples} samples)."]

    # --- state

    @property
    def state(self) -> dict[str, Any]:
        """What it remembers, ready for JSON."""
        return {
            "won_since": self._won_since,
            "told_won": self._told_won,
            "missing": list(self._missing),
            "collapsed": self._collapsed,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back what :attr:`state` gave; raises KeyError or TypeError for anything else."""
        since = state["won_since"]
        self._won_since = None if since is None else int(since)
        self._told_won, self._collapsed = bool(state["told_won"]), bool(state["collapsed"])
        self._missing = tuple(str(name) for name in state["missing"])


def _both(real: float, fake: float) -> str:
    return f"{real:.0%} of real and {fake:.0%} of generated images"


def _apart(images: NDArray[np.uint8]) -> float:
    """Median distance of an image [n, ...] to the nearest other one, as pixels' root mean square."""
    rows = images.reshape(len(images), -1).astype(np.float32) / 255
    squares = np.einsum("ij,ij->i", rows, rows)
    distances = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    np.fill_diagonal(distances, np.inf)
    return float(np.sqrt(np.median(np.maximum(distances.min(axis=1), 0)) / rows.shape[1]))
