"""What stands around the code of plugins while it is imported. The core lets everything pass; an application may watch.

``use(guard)`` sets the one of this process, before plugins are loaded.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple


class Owner(NamedTuple):
    """A plugin's name, its distribution and that one's version."""

    name: str
    distribution: str
    version: str


class TooLong(BaseException):
    """A plugin takes too long to load; the text says how long. Not an Exception, so that few handlers swallow it."""


class Guard:
    """Called for each plugin that isn't the lab's own, and for each module that a record of one names."""

    def refusal(self, owner: Owner) -> str | None:
        """Why a plugin must not be loaded in this process, one line; None where nothing is known against it."""

    def loading(self, owner: Owner) -> AbstractContextManager[object]:
        """Around the loading of a plugin; may raise TooLong."""
        return nullcontext()

    def loaded(self, owner: Owner, modules: frozenset[str]) -> list[str]:
        """A plugin was loaded, and its records name these modules; lines about those that must not be imported."""
        return []

    def importing(self, module: str) -> AbstractContextManager[object]:
        """Around the import of a module that a record names; may raise LabError."""
        return nullcontext()


_current = Guard()


def use(guard: Guard) -> None:
    """Let this guard watch the plugins of the process."""
    global _current
    _current = guard


def current() -> Guard:
    return _current
