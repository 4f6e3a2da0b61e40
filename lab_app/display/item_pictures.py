"""Items of every kind as pictures, for pages, films and scenes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lab_core.items import image
from lab_core.items.boxes import to_picture as boxes_picture
from lab_core.items.labels import Labels, percent
from lab_core.items.series import Series
from lab_core.model import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]  # [height, width, 3]

_PAPER, _INK, _BLUE, _RULE = (250, 250, 248), (32, 34, 40), (47, 111, 222), (228, 228, 223)


def picture_of(kind: Kind, item: Any, *, given: Any = None, target: Any = None) -> "Picture":
    """An item as uint8 [height, width, 3]; boxes on the image that was ``given``, a forecast behind the series that was."""
    if kind == Kind.IMAGE:
        return image.to_picture(item)
    if kind == Kind.TEXT:
        return text_picture(item)
    if kind == Kind.LABELS:
        return labels_picture(item)
    if kind == Kind.BOXES:
        return boxes_picture(item, given if getattr(given, "ndim", 0) == 3 else None)
    if kind == Kind.SERIES:
        from lab_core.items.series_plot import plot

        return plot(item, before=given if isinstance(given, Series) else None, target=target)
    return vector_picture(item)


def text_picture(item: str, *, width: int = 480, height: int = 0, size: int = 16) -> "Picture":
    """The text on paper, wrapped to ``width`` pixels; as tall as it needs, or cut off at ``height``."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import font

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


def labels_picture(item: Labels, *, width: int = 320, most: int = 5) -> "Picture":
    """A bar a label, the most probable ones."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import cut, font

    row, size, margin = 28, 14, 10
    pairs = list(zip(item.names, item.probabilities, strict=True))[:most]
    paper = Image.new("RGB", (width, len(pairs) * row + 2 * margin), _PAPER)
    pen = ImageDraw.Draw(paper)
    for number, (name, one) in enumerate(pairs):
        top = margin + number * row
        used, room = font(size, name), width - 2 * margin
        pen.text((margin, top), cut(name, used, room - 60), _INK, used)
        pen.text((width - margin, top), percent(one), _INK, used, anchor="ra")
        pen.rectangle((margin, top + 20, width - margin, top + 23), _RULE)
        pen.rectangle((margin, top + 20, margin + max(1, round(one * room)), top + 23), _BLUE)
    return np.asarray(paper)


def vector_picture(item: "NDArray[np.float32]", *, width: int = 320, height: int = 96) -> "Picture":
    """The values as bars above and below zero."""
    import numpy as np
    from PIL import Image, ImageDraw

    paper = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(paper)
    values = item[: width - 8]
    most = float(np.abs(values).max(initial=0)) or 1.0
    step = (width - 8) / len(values)
    for number, value in enumerate(values):
        x, y = 4 + number * step, height / 2 - float(value) / most * (height / 2 - 6)
        top, bottom = sorted((height / 2, y))
        pen.rectangle((x, top, x + max(1.0, step - 1), bottom), _BLUE)
    return np.asarray(paper)


def wrapped(text: str, used: Any, width: float) -> Iterator[str]:
    """The lines of ``text`` in a font, none wider than ``width`` pixels: broken at spaces, a long word anywhere."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.expandtabs(4).split(" "):
            longer = f"{line} {word}" if line else word
            if used.getlength(longer) <= width:
                line = longer
                continue
            if line:
                yield line
            while word and used.getlength(word) > width:
                fitting = max(1, int(len(word) * width / used.getlength(word)))
                yield word[:fitting]
                word = word[fitting:]
            line = word
        yield line
