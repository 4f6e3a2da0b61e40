"""What stands between the lab and an environment, which may be a stranger's: its errors are named, what it shows is checked.

An observation outside its space would reach compiled code without a bounds check; one that isn't finite would destroy a network
in silence. So every environment that :mod:`lab_environments.gym` makes carries one of these, and no trainer checks again.
"""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from lab_core.errors import LabError
from lab_environments.observation import shown_space

_MOST = float(np.finfo(np.float32).max)  # networks compute in float32


class Guarded(gym.Wrapper[Any, Any, Any, Any]):
    """One environment. Raises LabError, naming it and the episode's step, for its exceptions and for what it may not show."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        super().__init__(env)
        self._name = env.spec.id if env.spec else type(env.unwrapped).__name__
        self._problem = problem_finder(env.observation_space)
        self._step = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self._step = 0
        observation, info = self._called("reset", lambda: self.env.reset(seed=seed, options=options), 2)
        self._check(observation)
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self._step += 1
        found = self._called("step", lambda: self.env.step(action), 5)
        self._check(found[0])
        if not _finite(found[1]):
            raise LabError(f"Environment {self._name} gave the reward {found[1]!r} in step {self._step} of an episode.")
        return found

    def _check(self, observation: Any) -> None:
        if why := self._problem(observation):
            raise LabError(f"Environment {self._name} showed {why} in step {self._step} of an episode.")

    def _called(self, what: str, call: Callable[[], Any], expected: int) -> Any:
        try:
            found = call()
        except LabError:
            raise
        except (Exception, SystemExit) as error:
            raise LabError(f"Environment {self._name} failed in {what}(): {type(error).__name__}: {error}") from error
        if not isinstance(found, tuple) or len(found) != expected:
            raise LabError(f"Environment {self._name}: {what}() returned {_short(found)}; a tuple of {expected} is expected.")
        return found


class GuardedVector(gym.vector.VectorWrapper):
    """An environment's own vector version, guarded in the same way."""

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any]) -> None:
        super().__init__(env)
        self._name = env.spec.id if env.spec else type(env.unwrapped).__name__

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        observations, info = self._called("reset", lambda: self.env.reset(**arguments))
        self._check(observations)
        return observations, info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        found = self._called("step", lambda: self.env.step(actions))
        self._check(found[0])
        if not np.isfinite(np.asarray(found[1], np.float64)).all():
            raise LabError(f"Environment {self._name} gave a reward that isn't finite: {_short(found[1])}.")
        return found

    def _check(self, observations: Any) -> None:
        shown = np.asarray(observations) if not isinstance(observations, tuple) else np.stack(observations, axis=-1)
        if np.issubdtype(shown.dtype, np.floating) and not (np.abs(shown) <= _MOST).all():
            raise LabError(f"Environment {self._name} showed an observation that isn't finite: {_short(shown)}.")

    def _called(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except LabError:
            raise
        except (Exception, SystemExit) as error:
            raise LabError(f"Environment {self._name} failed in {what}(): {type(error).__name__}: {error}") from error


def problem_finder(space: Any) -> Callable[[Any], str]:
    """A function that says what is wrong with an observation of ``space``, in a few words; "" where nothing is."""
    shown = shown_space(space)
    if isinstance(shown, spaces.Discrete):
        low, high = int(shown.start), int(shown.start + shown.n) - 1
        return lambda one: "" if _whole(one) and low <= one <= high else f"{_short(one)}, which is not in {shown}"
    if isinstance(shown, spaces.MultiDiscrete):
        first, last = shown.start, shown.start + shown.nvec - 1
        return lambda one: "" if _row(one, first, last) else f"{_short(one)}, which is not in {space}"
    if isinstance(shown, spaces.Box | spaces.MultiBinary):
        return lambda one: _array_problem(one, tuple(shown.shape))
    return lambda _: ""


def _array_problem(one: Any, shape: tuple[int, ...]) -> str:
    try:
        array = np.asarray(one)
        sound = np.issubdtype(array.dtype, np.integer) or array.dtype == np.bool_ or bool((np.abs(array) <= _MOST).all())
    except (ValueError, TypeError):
        return f"{_short(one)}, which is not an array of numbers"
    if array.shape != shape:
        return f"an observation of shape {array.shape} where {shape} is declared"
    return "" if sound else f"an observation that isn't finite: {_short(array)}"


def _whole(one: Any) -> bool:
    return isinstance(one, int | np.integer) or (isinstance(one, np.ndarray) and one.shape == () and one.dtype.kind in "iu")


def _row(one: Any, first: Any, last: Any) -> bool:
    try:
        row = np.asarray(one)
    except ValueError:
        return False
    return row.shape == first.shape and row.dtype.kind in "iub" and bool(((row >= first) & (row <= last)).all())


def _finite(reward: Any) -> bool:
    try:
        return abs(float(reward)) <= _MOST
    except (TypeError, ValueError):
        return False


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
