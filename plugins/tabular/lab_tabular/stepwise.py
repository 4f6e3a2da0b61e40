"""The same learning through any Gymnasium environment, step by step: for those that show no transition table.

A learning loop is one function. Compiled, its calls of ``begin`` and ``move`` read a table; here its source runs in Python with
``begin`` and ``move`` that ask an environment instead. So no method is written twice, and on a deterministic environment both
ways draw the same words and learn the same table to the bit.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from lab_tabular.numbering import Numbering
from lab_tabular.rng import word
from lab_tabular.tables import World


class Numbered:
    """A Gymnasium environment whose observations and actions are numbers from 0 on."""

    def __init__(self, env: Any, observations: Numbering, actions: Numbering) -> None:
        self.env, self.observations = env, observations
        self.first_action = actions.starts[0]

    def reset(self, seed: int) -> int:
        """Begin an episode; returns the number of its first observation."""
        observation, _ = self.env.reset(seed=seed)
        return self.observations.number(observation)

    def step(self, action: int) -> tuple[int, float, bool, bool]:
        """Observation, reward, terminated, truncated."""
        observation, reward, terminated, truncated, _ = self.env.step(action + self.first_action)
        return self.observations.number(observation), float(reward), bool(terminated), bool(truncated)

    def close(self) -> None:
        self.env.close()


def world(env: Any) -> World:
    """An environment (:class:`Numbered`, or what acts like one) in the place of a table."""
    return World(env, env, env)


def interpreted(loop: Any) -> Callable[..., None]:
    """A compiled learning loop as a Python function whose :class:`World` is an environment.

    What the loop calls besides ``begin``, ``move`` and ``next_word`` stays compiled.
    """
    source = loop.py_func
    names = {**source.__globals__, "begin": _begin, "move": _move, "next_word": word}
    return FunctionType(source.__code__, names, source.__name__, source.__defaults__)


def _begin(env: Any, random: np.ndarray) -> tuple[int, int]:
    """A new episode, whose seed is a word of the environment stream: going on from a checkpoint repeats and skips nothing."""
    return 0, env.reset(int(word(random)) >> 33)


def _move(env: Any, _: Any, row: int, random: np.ndarray) -> tuple[int, int, float, bool, bool]:
    """One step. The state is the environment's own affair and counts as 0, so ``row`` is the action."""
    observation, reward, terminated, truncated = env.step(row)
    return 0, observation, reward, terminated, truncated
