"""How this plugin compiles: once, kept on disk where that is possible, without Python's lock."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS = {"nogil": True, "error_model": "numpy"}  # numpy: x / 0 is inf, so that a division costs no branch


def helper(function: F) -> F:
    """Compile what a loop calls at every step; nothing is kept on disk.

    A helper that was read from a cache arrives as machine code, which can't be inlined: loops then run at half their speed.
    """
    return njit(**_OPTIONS)(function)


def compiled(function: F) -> F:
    """Compile a whole loop on first call. It is kept beside its module or in the user's cache, if either can be written.

    Numba looks at a function's own file alone to see whether it is out of date: after a change of a function that is called
    from another module, delete the ``__pycache__`` folders.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # nowhere to keep it, as in a read-only installation without a home
        return njit(**_OPTIONS)(function)
