"""What a table can hold: observations and actions that can be numbered. Everything else is refused, with what can take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lab_core.errors import UsageError

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
        """The number of one observation: an int, or a sequence of them."""
        parts = (observation,) if len(self.sizes) == 1 and np.ndim(observation) == 0 else observation
        found = 0
        for part, size, start in zip(parts, self.sizes, self.starts, strict=True):
            found = found * size + int(part) - start
        return found

    def numbers(self, observations: Any) -> np.ndarray:
        """Numbers int64 [batch] of observations int [batch] or [batch, parts]."""
        parts = np.asarray(observations, np.int64).reshape(-1, len(self.sizes)) - np.asarray(self.starts, np.int64)
        found = np.zeros(len(parts), np.int64)
        for column, size in enumerate(self.sizes):
            found = found * size + parts[:, column]
        return found


def plain(count: int) -> Numbering:
    """The numbering of observations that are numbers from 0 on already."""
    return Numbering((count,), (0,))


def of_observations(space: Any, name: str) -> Numbering:
    """The numbering of a Gymnasium observation space; raises UsageError that names ``name`` where there is none."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return _small(Numbering((int(space.n),), (int(space.start),)), name)
    if isinstance(space, spaces.Tuple) and all(isinstance(part, spaces.Discrete) for part in space.spaces):
        parts: Sequence[Any] = space.spaces
        return _small(Numbering(tuple(int(part.n) for part in parts), tuple(int(part.start) for part in parts)), name)
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return _small(Numbering(tuple(space.nvec.tolist()), tuple(space.start.tolist())), name)
    raise UsageError(f"A table needs observations that can be numbered; {name} shows {_text(space)}.", _INSTEAD)


def of_actions(space: Any, name: str) -> Numbering:
    """The numbering of a Gymnasium action space; raises UsageError that names ``name`` where there is none."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return Numbering((int(space.n),), (int(space.start),))
    raise UsageError(f"A table needs actions that can be numbered; {name} takes {_text(space)}.", _INSTEAD_CONTINUOUS)


def _small(numbering: Numbering, name: str) -> Numbering:
    if numbering.count > MOST_ENTRIES:
        raise UsageError(f"{name} has {numbering.count:,} observations; a table of at most {MOST_ENTRIES:,} is held.", _INSTEAD)
    return numbering


def _text(space: Any) -> str:
    text = " ".join(str(space).split())
    return text if len(text) <= 80 else f"a {type(space).__name__}"


_INSTEAD = "Methods with a network can: ppo, a2c, dqn (numbered actions)."
_INSTEAD_CONTINUOUS = "Methods that can: ppo, sac, td3, ddpg."
