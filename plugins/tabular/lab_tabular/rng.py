"""xoshiro256++ as an array, so that a compiled loop can draw from it and a checkpoint can hold it to the bit.

Blackman and Vigna, "Scrambled linear pseudorandom number generators" (ACM TOMS 47, 2021). State: uint64 [4].
"""

import numpy as np

from lab_core.context import Context
from lab_tabular.compiling import helper

POLICY, ENVIRONMENT = 0, 1  # rows of the state of a learner: what the agent draws never shifts what the environment draws

_11, _17, _19, _23, _32, _41, _45 = (np.uint64(shift) for shift in (11, 17, 19, 23, 32, 41, 45))


def streams(context: Context) -> np.ndarray:
    """Fresh states uint64 [2, 4] of a run's two streams, ``POLICY`` and ``ENVIRONMENT``."""
    return np.stack([context.seeds(name).generate_state(4, np.uint64) for name in ("policy", "environment")])


def stream(seed: int | np.random.SeedSequence) -> np.ndarray:
    """The state uint64 [2, 4] of two streams from one seed."""
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.stack([child.generate_state(4, np.uint64) for child in sequence.spawn(2)])


@helper
def next_word(state: np.ndarray) -> np.uint64:
    """The next 64 random bits."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    total = s0 + s3
    word = ((total << _23) | (total >> _41)) + s0
    shifted = s1 << _17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    state[0], state[1], state[2] = s0, s1, s2
    state[3] = (s3 << _45) | (s3 >> _19)
    return word


@helper
def uniform(state: np.ndarray) -> float:
    """A number in [0, 1) with 53 random bits."""
    return np.float64(next_word(state) >> _11) * (1.0 / 9007199254740992.0)


@helper
def below(state: np.ndarray, limit: int) -> int:
    """A whole number in [0, limit), limit < 2**32; a value's probability is off by less than 2**-32."""
    return np.int64(((next_word(state) >> _32) * np.uint64(limit)) >> _32)


def word(state: np.ndarray) -> np.uint64:
    """:func:`next_word` for Python, where a compiled function hands its word back as a plain whole number."""
    return np.uint64(next_word(state))
