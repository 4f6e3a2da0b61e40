"""What a table can hold: observations and actions that can be numbered. Everything else is refused, with what can take it."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lab_core.errors import LabError, UsageError

MOST_ENTRIES = 1 << 27  # of a table of float64: 1 GB


@dataclass(frozen=True)
class Numbering:
    """Observations of several whole numbers (or one) as one number from 0 on: ``sizes`` and first values of each part."""

    sizes: tuple[int, ...]
    starts: tuple[int, ...]

    @property
    def count(self) -> int:
        return prod(self.sizes)

    def number(self, observation: Any) -> int:
        """The number of one observation: an int, or a sequence of them. Raises LabError for one outside the sizes."""
        parts = (observation,) if len(self.sizes) == 1 and np.ndim(observation) == 0 else observation
        found = 0
        for part, size, start in zip(parts, self.sizes, self.starts, strict=True):
            place = int(part) - start
            if not 0 <= place < size:  # compiled code indexes tables with it, without a check
                raise LabError(f"Observation {observation} is outside {self._text()}.")
            found = found * size + place
        return found

    def numbers(self, observations: Any) -> np.ndarray:
        """Numbers int64 [batch] of observations int [batch] or [batch, parts]. Raises LabError for one outside the sizes."""
        parts = np.asarray(observations, np.int64).reshape(-1, len(self.sizes)) - np.asarray(self.starts, np.int64)
        outside = ((parts < 0) | (parts >= np.asarray(self.sizes))).any(axis=1)
        if outside.any():
            raise LabError(f"Observation {parts[outside][0] + np.asarray(self.starts)} is outside {self._text()}.")
        found = np.zeros(len(parts), np.int64)
        for column, size in enumerate(self.sizes):
            found = found * size + parts[:, column]
        return found

    def _text(self) -> str:
        ranges = [f"{start} to {start + size - 1}" for start, size in zip(self.starts, self.sizes, strict=True)]
        return ", ".join(ranges)


def plain(count: int) -> Numbering:
    """The numbering of observations that are numbers from 0 on already."""
    return Numbering((count,), (0,))


def numberings(observation: Any, action: Any, name: str) -> tuple[Numbering, Numbering]:
    """The numberings of Gymnasium's spaces of observations and actions; raises UsageError, naming ``name``, without."""
    from lab_environments.observation import shown_space
    from lab_environments.spaces import TABULAR, check_spaces, instead

    check_spaces(name, observation, action, method="q-learning", who="a table")
    shown: Any = shown_space(observation)
    if shown.shape == ():
        states = Numbering((int(shown.n),), (int(shown.start),))
    else:
        states = Numbering(tuple(shown.nvec.tolist()), tuple(shown.start.tolist()))
    if states.count > MOST_ENTRIES:
        raise UsageError(
            f"{name} has {states.count:,} observations; a table of at most {MOST_ENTRIES:,} is held.",
            instead(name, observation, action, without=TABULAR),
        )
    return states, Numbering((int(action.n),), (int(action.start),))
