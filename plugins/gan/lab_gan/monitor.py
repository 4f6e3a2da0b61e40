"""Notes on failures of adversarial training: a discriminator that has won, classes never generated, mode collapse.

Each is reported once, and again only after it has changed. Samples are checked every ``LOOK_EVERY`` grids, which costs well
below a hundredth of the training; the monitor's state is part of the saved state.

classes_generated   how many of the data set's classes the shipped classifier finds among the samples
diversity           distance of a sample to its nearest neighbour, relative to real images: about 1, and 0 where all are equal
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
    """Monitors one training. A Wasserstein critic is meant to win, so with that ``loss`` accuracies are ignored."""

    def __init__(self, images: Images, *, data: str, loss: str) -> None:
        self._images, self._data, self._silent = images, data, loss == "wasserstein"
        self._real: float | None = None
        self._won_since: int | None = None
        self._reported_won = False
        self._missing: tuple[str, ...] = ()
        self._collapsed = False

    # --- the discriminator

    def after(self, step: int, updates: int, scalars: Mapping[str, float]) -> list[str]:
        """Notes after a slice of ``updates`` that ended at ``step``."""
        real, fake = scalars.get("real_accuracy"), scalars.get("fake_accuracy")
        if self._silent or real is None or fake is None:
            return []
        worst = min(real, fake)
        if worst < WON:
            ended = self._reported_won and worst < LOST
            self._reported_won = self._reported_won and not ended
            self._won_since = None
            return [f"The discriminator no longer wins: it is right about {_both(real, fake)}."] if ended else []
        if self._won_since is None:
            self._won_since = step - updates
        lasting = step - self._won_since
        if self._reported_won or lasting < WON_UPDATES:
            return []
        self._reported_won = True
        return [
            f"The discriminator has won for {lasting:,} updates (right about {_both(real, fake)}): the generator learns little. "
            "Lower discriminator_learning_rate, or set discriminator_norm=spectral."
        ]

    # --- the samples

    def due(self, before: int, step: int, media_every: int) -> bool:
        """Whether samples are checked between two steps."""
        every = LOOK_EVERY * media_every
        return bool(every) and step // every != before // every

    def look(self, items: Sequence[NDArray[np.uint8]]) -> tuple[Scalars, list[str]]:
        """Metrics of samples uint8 [height, width, channels] each, and notes on them."""
        samples = np.stack(items)
        scalars: Scalars = {"diversity": self._diversity(samples)}
        notes = self._collapse(scalars["diversity"])
        missing = self._not_generated(samples)
        if missing is not None:
            classes, absent = missing
            scalars["classes_generated"] = float(classes - len(absent))
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
            f"The samples collapse: the distance to the nearest neighbour is {diversity:.0%} of that of real images. "
            "Lower learning_rate, or train the discriminator more (batch_size, discriminator_steps)."
        ]

    def _not_generated(self, samples: NDArray[np.uint8]) -> tuple[int, tuple[str, ...]] | None:
        """How many classes there are and which of them no sample shows; None where there is no classifier."""
        from lab_metrics.images import extractors

        if not extractors.has(self._data):
            return None
        try:
            judge = extractors.extractor(self._data)
        except LabError:
            return None
        _, probabilities = judge.features(samples)
        sure = probabilities.argmax(axis=1)[probabilities.max(axis=1) > 0.5]
        generated = set(sure.tolist())
        return len(judge.classes), tuple(name for place, name in enumerate(judge.classes) if place not in generated)

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
        """The state, ready for JSON."""
        return {
            "won_since": self._won_since,
            "reported_won": self._reported_won,
            "missing": list(self._missing),
            "collapsed": self._collapsed,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back what :attr:`state` gave; raises KeyError or TypeError for anything else."""
        since = state["won_since"]
        self._won_since = None if since is None else int(since)
        self._reported_won, self._collapsed = bool(state["reported_won"]), bool(state["collapsed"])
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
