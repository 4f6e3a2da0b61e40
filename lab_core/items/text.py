"""Texts: ``str``, or an iterator of ``str`` pieces where a model streams its result."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".txt", ".md", ".text")
_PAPER, _INK = (250, 250, 248), (32, 34, 40)


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


def to_picture(item: str, *, width: int = 480, height: int = 0, size: int = 16) -> "Picture":
    """The text on paper, wrapped to ``width`` pixels; as tall as it needs, or cut off at ``height``."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import font, wrapped

    used = font(size, item)
    margin, line = size, round(1.4 * size)
    shown = list(wrapped(item[:20_000], used, width - 2 * margin))
    if height:
        shown = shown[: max(1, (height - 2 * margin) // line)]
    paper = Image.new("RGB", (width, height or max(3 * size, len(shown) * line + 2 * margin)), _PAPER)
    pen = ImageDraw.Draw(paper)
    for number, text in enumerate(shown):
        pen.text((margin, margin + number * line), text, _INK, used)
    return np.asarray(paper)
