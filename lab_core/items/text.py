"""Texts: ``str``, or an iterator of ``str`` pieces where a model streams its result."""

from collections.abc import Iterable, Iterator
from typing import Any

from lab_core.errors import LabError

SUFFIXES = (".txt", ".md", ".text")


def check(item: Any, what: str) -> str:
    """The whole text, pieces put together; raises LabError that begins with ``what`` for anything else."""
    return "".join(pieces(item, what))


def pieces(item: Any, what: str) -> Iterator[str]:
    """A text, or a stream of pieces as it comes; raises LabError for anything else."""
    if isinstance(item, str):
        yield item
        return
    if not isinstance(item, Iterable) or isinstance(item, bytes):
        raise LabError(f"{what} is {type(item).__name__}; a text is str or an iterator of str pieces.")
    for piece in item:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(piece, str):
            raise LabError(f"{what} has a piece that is {type(piece).__name__}; pieces of a text are str.")  # pyright: ignore[reportUnknownArgumentType]
        yield piece


def to_text(item: str) -> str:
    """The text itself."""
    return item
