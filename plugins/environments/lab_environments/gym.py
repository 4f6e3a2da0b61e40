"""Any Gymnasium environment by its id: the user's own through ``module:Env-v0``, Atari's through ``ALE/Pong-v5``.

A module is imported only if the user or an installed plugin named it (:mod:`lab_core.imports`): an id may come from a file.
"""

import os
import re
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError, UsageError, unknown
from lab_core.imports import allowed, require

if TYPE_CHECKING:
    from gymnasium import Env
    from gymnasium.envs.registration import EnvSpec
    from gymnasium.vector import VectorEnv

# What a trainer tells once, in its first slice after a load that could not go on with what was being played.
BEGUN_ANEW = "The running episodes could not be put back after the stop: new ones have begun."


def resolve_env(text: str) -> "EnvSpec":
    """The spec of an environment; an id without version means its newest one, which ``spec.id`` then names.

    Raises UsageError with the nearest ids for one that nobody registered, and for a module that isn't there or that nobody
    allowed; LabError for a module that can't be imported.
    """
    import gymnasium
    from gymnasium.envs.registration import find_highest_version, get_env_id, parse_env_id

    module, colon, name = text.rpartition(":")
    if colon and (allowed(module) or name not in gymnasium.registry):
        _import(module, text)
    if name.startswith("ALE/") or older_game(name):
        import ale_py

        gymnasium.register_envs(ale_py)
    try:
        namespace, plain, version = parse_env_id(name)
    except gymnasium.error.Error:
        raise UsageError(f"{text!r} is not an environment id.", "Example: CartPole-v1, or my_module:MyEnv-v0") from None
    newest = find_highest_version(namespace, plain)
    if version is None and newest is not None:
        version = newest
    found = get_env_id(namespace, plain, version)
    if found in gymnasium.registry:
        return gymnasium.registry[found]
    if newest is not None:
        same = [spec.id for spec in gymnasium.registry.values() if (spec.namespace, spec.name) == (namespace, plain)]
        there = " and ".join(f"{module}{colon}{one}" for one in sorted(same))
        raise UsageError(f"There is no environment {text!r}.", f"There is {there}.")
    if game := older_game(name):
        advice = f"Games are learnt by lab run dqn-atari --set game={game}; the environment is called ALE/{_camel(game)}-v5."
        raise UsageError(f"There is no environment {text!r}; that is an older name of an Atari game.", advice)
    brought = [one.id for one in gymnasium.registry.values() if colon and _module_of(one) == module]
    error = unknown("environment", text, [*gymnasium.registry, *(f"{module}:{one}" for one in brought)])
    if error.hint is None or not colon:
        more = "One of your own is named with its module: my_module:MyEnv-v0"
        error = UsageError(error.message, f"{error.hint} {more}" if error.hint else more)
    raise error


def _module_of(spec: "EnvSpec") -> str:
    """The module that holds an environment's class; "" where its registration doesn't say."""
    entry = spec.entry_point
    return entry.partition(":")[0] if isinstance(entry, str) else getattr(entry, "__module__", "")


_OLDER = re.compile(r"([A-Z][A-Za-z]+?)(?:NoFrameskip|Deterministic)?(?:-ram)?(?:NoFrameskip|Deterministic)?-v[0-5]")


def older_game(name: str) -> str:
    """The game that an id of earlier Gym versions stands for (``PongNoFrameskip-v4``); "" for any other."""
    from lab_environments.games import ANCHORS, game_id

    match = _OLDER.fullmatch(name)
    game = game_id(match[1]) if match else ""
    return game if game in ANCHORS else ""


def _camel(game: str) -> str:
    return "".join(word.capitalize() for word in game.split("-"))


def resolve_env_id(text: str) -> str:
    """The full id, with its version, that an environment's name stands for; errors as :func:`resolve_env`."""
    return resolve_env(text).id


def full_env_id(text: str) -> str:
    """What a run records of an environment: its id with its version, and the module that brings it, if one was named."""
    module, colon, _ = text.rpartition(":")
    return f"{module}{colon}{resolve_env_id(text)}"


def make_env(text: str, *, render: bool = False, **settings: Any) -> "Env[Any, Any]":
    """One environment, guarded (:mod:`lab_environments.guard`), with pictures (``rgb_array``) if ``render``.

    Seed it at ``reset(seed=...)``. Raises UsageError for an unknown id, LabError when it can't be built or drawn.
    """
    import gymnasium

    spec = resolve_env(text)
    if render:
        _quiet_pygame()
        settings["render_mode"] = "rgb_array"
    from lab_environments.guard import Guarded

    return Guarded(_built(spec.id, lambda: gymnasium.make(spec, **settings)))


def make_vector(text: str, count: int, **settings: Any) -> "VectorEnv[Any, Any, Any]":
    """``count`` environments side by side: the environment's own vector version where it has one, else one after another.

    Autoreset is NEXT_STEP in both: the step after an end only begins a new episode. ``reset(seed=s)`` gives environment i the
    seed ``s + i`` where they are stepped one after another; an environment's own vector version has one stream for all.
    """
    import gymnasium
    from gymnasium.vector import AutoresetMode

    from lab_environments.guard import Guarded, GuardedVector

    spec = resolve_env(text)
    own = spec.vector_entry_point is not None and not spec.additional_wrappers
    mode = "vector_entry_point" if own else "sync"
    vector_kwargs = {} if own else {"autoreset_mode": AutoresetMode.NEXT_STEP}
    wrappers = None if own else [Guarded]
    env = _built(spec.id, lambda: gymnasium.make_vec(spec, count, mode, vector_kwargs, wrappers, **settings))
    found = env.metadata.get("autoreset_mode")
    if found != AutoresetMode.NEXT_STEP:
        env.close()
        raise LabError(f"The vector version of {spec.id} restarts episodes by {found}; NEXT_STEP is expected.")
    return GuardedVector(env) if own else env


def _import(module: str, text: str) -> None:
    if module in sys.modules:
        return
    require(module, what=f"Environment {text!r}")
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        message = f"Environment {text!r}: the module {error.name!r} can't be found."
        if error.name and f"{module}.".startswith(f"{error.name}."):  # what was named, not what it needs
            raise UsageError(message, "Is it installed here, or spelt differently?") from error
        raise LabError(message) from error
    except (Exception, SystemExit) as error:
        raise LabError(f"Environment {text!r}: importing {module!r} failed: {type(error).__name__}: {error}.") from error


def _quiet_pygame() -> None:
    """Pictures need neither a screen nor a sound card; without this pygame complains of their absence on standard error."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)


def _built(env_id: str, build: Any) -> Any:
    """What ``build`` makes; an environment's own errors named, Gymnasium's advice to programmers left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return build()
        except (Exception, SystemExit) as error:
            missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
            reason = f"the module {missing!r} is not installed" if missing else f"{type(error).__name__}: {error}"
            raise LabError(f"Environment {env_id} can't be built: {reason}.") from error
