"""Names of actions that environments only number, and the keys by which a user plays them."""

import re
from dataclasses import dataclass
from typing import Any

from lab_core.scene import Actions

_DIGITS = "1234567890"
_JOYSTICK = {"UP": "up", "DOWN": "down", "LEFT": "left", "RIGHT": "right", "FIRE": "space"}


@dataclass(frozen=True)
class Known:
    """Actions in the order of their numbers, each with the key for it ("": no key held); ``waits`` for turn by turn."""

    names: tuple[str, ...]
    keys: tuple[str, ...]
    waits: bool = False


# From the pages of Gymnasium's own environments; the names go by the id without namespace and version.
KNOWN: dict[str, Known] = {
    "CartPole": Known(("left", "right"), ("left", "right")),
    "MountainCar": Known(("left", "coast", "right"), ("left", "", "right")),
    "Acrobot": Known(("torque -1", "no torque", "torque +1"), ("left", "", "right")),
    "LunarLander": Known(("no engine", "left engine", "main engine", "right engine"), ("", "left", "up", "right")),
    "FrozenLake": Known(("left", "down", "right", "up"), ("left", "down", "right", "up"), waits=True),
    "FrozenLake8x8": Known(("left", "down", "right", "up"), ("left", "down", "right", "up"), waits=True),
    "CliffWalking": Known(("up", "right", "down", "left"), ("up", "right", "down", "left"), waits=True),
    "CliffWalkingSlippery": Known(("up", "right", "down", "left"), ("up", "right", "down", "left"), waits=True),
    "Taxi": Known(
        ("south", "north", "east", "west", "pick up", "drop off"), ("down", "up", "right", "left", "space", "enter"), waits=True
    ),
    "Blackjack": Known(("stick", "hit"), ("s", "h"), waits=True),
}


def gym_actions(env: Any) -> Actions | None:
    """The actions of a Gymnasium environment as a user plays them; None where they aren't numbered.

    One that isn't known here waits for the digits, the first action being 1.
    """
    from gymnasium import spaces

    if not isinstance(env.action_space, spaces.Discrete):
        return None
    count = int(env.action_space.n)
    known = _known(env)
    if known is not None and len(known.names) == count:
        return Actions(known.names, tuple(frozenset((key,) if key else ()) for key in known.keys), known.waits)
    if count > len(_DIGITS):
        return None
    return Actions(action_names(env, count), tuple(frozenset((digit,)) for digit in _DIGITS[:count]), True)


def action_names(env: Any, count: int) -> tuple[str, ...]:
    """A word for each of ``count`` actions where they are known, else their numbers."""
    known = _known(env)
    if known is not None and len(known.names) == count:
        return known.names
    start = int(getattr(env.action_space, "start", 0))
    return tuple(str(start + number) for number in range(count))


def component_names(space: Any) -> tuple[str, ...]:
    """A word for each component of a continuous action."""
    size = 1
    for side in space.shape:
        size *= int(side)
    return ("action",) if size == 1 else tuple(f"action {number + 1}" for number in range(size))


def atari_actions(names: tuple[str, ...]) -> Actions:
    """Joystick actions as arrows and the space bar: UPRIGHTFIRE is up, right and space held together."""
    keys = tuple(frozenset(key for word, key in _JOYSTICK.items() if word in _words(name)) for name in names)
    return Actions(tuple(joystick_name(name) for name in names), keys, False)


def joystick_name(name: str) -> str:
    """``UPRIGHTFIRE`` as "up right fire", ``NOOP`` as "nothing"."""
    return " ".join(word.lower() for word in _words(name)) or "nothing"


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall("|".join(_JOYSTICK), name.upper()))


def _known(env: Any) -> Known | None:
    if env.spec is None:
        return None
    return KNOWN.get(env.spec.id.rpartition("/")[2].partition("-v")[0])
