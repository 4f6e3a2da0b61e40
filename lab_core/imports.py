"""Importing what a record names, and which modules a setting may name.

A record of an installed plugin holds texts such as ``"module:Class"``: :func:`load_object` imports what they name. A setting may
name only modules that the user typed or that an installed plugin's record names.

A run's record, a settings file and a model folder hold names too (``env=my_package.module:MyEnv-v0``), but may come from anyone,
so what they name is not imported on their word. Whoever imports a module that a setting names asks :func:`require` first.

The allowed names stand in an environment variable, so that processes started from here know them as well. An allowed module is
found in the working folder, too, where no other has its name.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from importlib import import_module, util
from typing import Any

from lab_core import guard
from lab_core.errors import LabError, UsageError

VARIABLE = "LAB_IMPORTS"


def allow(*modules: str) -> None:
    """Let these modules, not those inside them, be imported here and in processes started from here; UsageError for no name."""
    for module in modules:
        if not _is_name(module):
            raise UsageError(f"{module!r} is not the name of a module.", "Example: my_package.module")
    if modules:
        os.environ[VARIABLE] = ",".join(dict.fromkeys([*_names(), *modules]))


def allowed(module: str) -> bool:
    """Whether a user or an installed plugin has named this module."""
    return module in _names()


def require(module: str, *, what: str) -> None:
    """Raise UsageError, saying how to allow it, for a module that nobody has named; ``what`` begins the sentence."""
    if not _is_name(module):
        raise UsageError(f"{what}: {module!r} is not the name of a module.")
    if not allowed(module):
        reason = f"would import the module {module!r}, and a stored setting alone may not run code"
        raise UsageError(f"{what} {reason}.", f"If you trust it, add: --import {module}")
    _reach(module)


def load_object(text: str, *, what: str) -> Any:
    """Import ``"module:name"``; raises LabError that names what was being loaded and which dependency is missing."""
    module, _, name = text.partition(":")
    place = working_folder()
    _reach(module)
    try:
        with nullcontext() if module in sys.modules else guard.current().importing(module):
            found = import_module(module)
        return getattr(found, name)
    except ModuleNotFoundError as error:
        raise LabError(f"{what} needs {text!r}, and the module {error.name!r} is not installed.") from error
    except SystemExit as error:
        raise LabError(f"{what} could not load {text!r}: it calls sys.exit({error.code!r}) when it is imported.") from error
    except Exception as error:
        plain = isinstance(error, (LabError, ImportError, AttributeError))
        reason = str(error) if plain else " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise LabError(f"{what} could not load {text!r}: {reason.rstrip('.')}.") from error
    finally:  # relative paths (the runs folder) rest on the working folder, which a module may have changed
        if place is not None and working_folder() != place:
            os.chdir(place)


def working_folder() -> str | None:
    """The working folder, or None where it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return None


def _reach(module: str) -> None:
    """Find an allowed module in the working folder as well, after all other places; not under ``python -P``."""
    top, place = module.partition(".")[0], working_folder()
    if allowed(module) and place and not sys.flags.safe_path and top not in sys.modules and util.find_spec(top) is None:
        sys.path.append(place)


def named_in(values: Iterable[object]) -> list[str]:
    """The modules of all texts of the form ``module:name`` among some settings."""
    modules = [value.rpartition(":")[0] for value in values if isinstance(value, str)]
    return list(dict.fromkeys(module for module in modules if _is_name(module)))


def flags(settings: Mapping[str, object]) -> str:
    """``--import`` for each module that stored settings name: what a command on their run must have."""
    return "".join(f" --import {module}" for module in named_in(settings.values()))


def typed_in(overrides: Iterable[str]) -> list[str]:
    """The modules that ``KEY=module:name`` texts name."""
    return named_in(text.partition("=")[2].strip() for text in overrides)


def _names() -> list[str]:
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


def _is_name(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))
