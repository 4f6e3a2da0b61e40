"""Steps through a world, compiled: where an episode begins, and what follows an action.

The learning loops of this package call :func:`begin` and :func:`move` and nothing else of their surroundings, so the same
loops also run through any Gymnasium environment, where :mod:`lab_tabular.stepwise` puts its own two in their place.

Why these functions look as they do: Numba counts references to an array or a record that is kept or passed on, and removes the
counting only from functions that use each to its single end. So fields are read in place, again where they are needed again;
branches choose between plain numbers alone.
"""

import numpy as np

from lab_tabular.compiling import helper
from lab_tabular.rng import uniform


@helper
def begin(starts: np.ndarray, random: np.ndarray) -> tuple[int, int]:
    """State and observation in which an episode begins. A start that is certain draws no random number."""
    count = len(starts)
    number = uniform(random) if count > 1 else 0.0
    scaled = number * count
    drawn = int(scaled)
    other = starts[drawn].other
    slot = drawn if scaled - drawn < starts[drawn].keep else other
    return starts[slot].next, starts[slot].observation


@helper
def move(first: np.ndarray, outcomes: np.ndarray, row: int, random: np.ndarray) -> tuple[int, int, float, bool, bool]:
    """What follows ``row = state * actions + action``: state, observation, reward, terminal, and cut off (never, by itself).

    Drawn by the alias method from one number; an outcome that is certain draws none.
    """
    slot = first[row]
    count = first[row + 1] - slot
    number = uniform(random) if count > 1 else 0.0
    scaled = number * count
    away = int(scaled)
    drawn = slot + away
    slot = drawn if scaled - away < outcomes[drawn].keep else slot + outcomes[drawn].other
    return outcomes[slot].next, outcomes[slot].observation, outcomes[slot].reward, outcomes[slot].terminal, False
