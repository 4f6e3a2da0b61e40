"""What a model says it wants to see, checked against what an environment shows.

    {"kind": "frames", "size": 84, "stack": 4, "grey": True, "layout": "first"}      Atari; "atari" means the same
    {"kind": "vector", "shape": [4]}                                                 a Box; "box" means the same
    {"kind": "discrete", "n": 45}                                                    numbered states

Optional in each: ``actions``, how many actions the model has; in the first ``frame_skip``, with which it was trained. What a
model doesn't say isn't checked. Other keys are its own affair.
"""

import sys
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

_FINE = 1 << 24  # beyond it float32 doesn't hold every whole number
_warned: set[str] = set()


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """Atari frames as a model wants them: ``layout`` "first" is [batch, stack, height, width], "last" puts the stack last.

    Colour frames (``grey`` false) have their three channels last of all, in the stack's place with ``layout`` "last":
    [batch, height, width, stack * 3].
    """

    kind: Literal["frames", "atari"] = "frames"
    size: int | tuple[int, int] = 84
    stack: int = 4
    grey: bool = True
    layout: Literal["first", "last"] = "first"
    frame_skip: int | None = None
    actions: int | None = None

    def arranged(self, observations: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Observations as the emulator gives them, [batch, stack, height, width(, 3)], in the model's layout."""
        if self.layout == "first":
            return observations
        last = np.moveaxis(observations, 1, -1 if self.grey else 3)
        return np.ascontiguousarray(last.reshape(*last.shape[:3], -1))


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Vectors or numbered states as a model wants them."""

    kind: Literal["vector", "box", "discrete"] | None = None
    shape: tuple[int, ...] | None = None
    n: int | None = None
    actions: int | None = None


def shown_space(space: Any) -> Any:
    """The space as models are shown it: several numbers side by side (Blackjack's tuple) are one row of whole numbers."""
    from gymnasium import spaces

    if isinstance(space, spaces.Tuple) and all(isinstance(one, spaces.Discrete) for one in space.spaces):
        return spaces.MultiDiscrete([one.n for one in space.spaces], start=[one.start for one in space.spaces])
    return space


def wide(observations: Any) -> NDArray[Any]:
    """Numbers in the precision in which they were shown: float64 for such and for large integers, else float32."""
    given = np.asarray(observations)
    return given.astype(np.float64 if given.dtype.itemsize > 4 or given.dtype.kind in "iu" else np.float32, copy=False)


def narrowed(observations: Any, env: str) -> NDArray[np.float32]:
    """Numbers as float32, as networks see them. Says once, on standard error, where that loses what sets them apart."""
    given = np.asarray(observations)
    found = np.asarray(given, np.float32)
    if given.dtype.itemsize > 2 and given.dtype != np.float32 and env not in _warned and needs_wide(given):
        _warned.add(env)
        worst = np.abs(found).max()
        print(
            f"{env} shows numbers of about {worst:.3g}; float32, as networks compute, has steps of {np.spacing(worst):g} there."
            " Subtract a constant in the environment, or use ppo or a2c with normalise_observations=true: they normalise first.",
            file=sys.stderr,
        )
    return found


def needs_wide(observations: Any) -> bool:
    """Whether float32 would lose whole units of these numbers."""
    given = np.asarray(observations)
    return bool(given.size) and bool(np.abs(given).max() >= _FINE) and not np.array_equal(given.astype(np.float32), given)


def wants_frames(wish: Mapping[str, Any], where: str) -> Frames:
    """The model's wish for frames; raises LabError, naming ``where`` it was to play, if it wants something else."""
    try:
        return msgspec.convert(dict(wish), Frames, strict=True)
    except msgspec.ValidationError as error:
        raise LabError(f"{where} shows game frames; the model wants to see {dict(wish)}: {error}.") from None


def wants_plain(wish: Mapping[str, Any], space: Any, where: str) -> Plain:
    """The model's wish, fit for a Gymnasium observation space; raises LabError that names both otherwise."""
    from gymnasium import spaces

    try:
        found = msgspec.convert(dict(wish), Plain, strict=True)
    except msgspec.ValidationError as error:
        raise LabError(f"{where} shows {space}; the model wants to see {dict(wish)}: {error}.") from None
    numbered = isinstance(space, spaces.Discrete)
    if not numbered and not isinstance(space, spaces.Box | spaces.MultiBinary | spaces.MultiDiscrete):
        raise LabError(f"{where} shows {space}; only arrays and numbered states can be shown to a model.")
    fits = {"discrete": numbered, "vector": not numbered, "box": not numbered, None: True}[found.kind]
    if found.shape is not None and found.shape != tuple(space.shape or ()):
        fits = False
    if numbered and found.n is not None and found.n != int(space.n):
        fits = False
    if not fits:
        raise LabError(f"{where} shows {space}; the model wants to see {dict(wish)}.")
    return found
