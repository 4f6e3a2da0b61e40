"""Whether an environment's transition table is what an agent would meet by stepping through it.

A table ``P`` describes the class that made it. A wrapper around it, or a subclass that overrides ``step`` or ``reset``, may pay
other rewards or begin elsewhere: learning from the table would then solve another problem than the one that was named.
"""

from typing import Any

import numpy as np

STEPS = 2_000  # random steps that are compared with the table: some ten milliseconds
_CLOSE = 1e-6


def reason_to_step(environment: Any) -> str:
    """Why the table can't stand for the environment, in a few words; "" where it can."""
    raw = environment.unwrapped
    kind = type(raw)
    if not hasattr(raw, "P") or not hasattr(raw, "initial_state_distrib"):
        return f"{kind.__name__} exposes no transition table"
    if why := changed_outside(environment):
        return why
    if int(getattr(raw.observation_space, "start", 0)) or int(getattr(raw.action_space, "start", 0)):
        return f"{kind.__name__} numbers its states or actions from another number than 0"
    maker = _maker(kind)
    for name in ("step", "reset"):
        owner = next(one for one in kind.__mro__ if name in vars(one))
        if maker is None or not issubclass(maker, owner):
            return f"{owner.__name__} has a {name} of its own, and the transition table is another class's"
    return ""


def changed_outside(environment: Any) -> str:
    """What stands around the class of an environment, or in place of its methods, and may change what it does; "" for nothing."""
    from gymnasium import Wrapper
    from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit
    from lab_environments.guard import Guarded

    raw = environment.unwrapped
    name = type(raw).__name__
    layer = environment
    while isinstance(layer, Wrapper):
        if type(layer) not in (Guarded, OrderEnforcing, PassiveEnvChecker, TimeLimit):
            return f"{type(layer).__name__} stands around {name}, and its transition table knows nothing of that"
        layer = layer.env
    replaced = [method for method in ("step", "reset") if method in vars(raw)]
    return f"{replaced[0]} of this {name} was replaced, and its transition table knows nothing of that" if replaced else ""


def disagreement(environment: Any) -> str:
    """What random steps through an environment bring that its table doesn't have, in a few words; "" for nothing.

    For environments that show their state. A table may be right for the class and wrong for these arguments.
    """
    raw = environment.unwrapped
    rng = np.random.default_rng(0)
    state, _ = environment.reset(seed=0)
    for _ in range(STEPS):
        action = int(rng.integers(raw.action_space.n))
        following, reward, terminated, truncated, _ = environment.step(action)
        known = raw.P[int(state)][action]
        if not any(
            chance > 0 and to == following and abs(gain - reward) < _CLOSE and bool(end) == bool(terminated)
            for chance, to, gain, end in known
        ):
            return (
                f"{type(raw).__name__} went from state {state} by action {action} to {following} with reward {reward:g},"
                " which its transition table doesn't have"
            )
        state = environment.reset()[0] if terminated or truncated else following
    return ""


def _maker(kind: type) -> type | None:
    """The class that makes ``P``: the most derived one that has it as a property or sets it in ``__init__``."""
    for one in kind.__mro__:
        own = vars(one)
        start = own.get("__init__")
        if "P" in own or (start is not None and "P" in getattr(getattr(start, "__code__", None), "co_names", ())):
            return one
    return None
