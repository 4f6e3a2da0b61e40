"""How this plugin compiles: once, kept on disk where that is possible, without Python's lock."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS = {"nogil": True, "error_model": "numpy"}  # numpy: x / 0 is inf, so that a division costs no branch


def compiled(function: F) -> F:
    """Compile on first call. What was compiled is kept beside the module or in the user's cache, if either can be written.

    Numba looks at a function's own file alone to see whether it is out of date: after a change of a function that is called
    from another module, delete the ``__pycache__`` folders.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # nowhere to keep it, as in a read-only installation without a home
        return njit(**_OPTIONS)(function)
