"""The line of text under a picture, drawn with Pillow at the size at which it is seen."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

_PAPER = (16, 18, 24)
_INK = (225, 228, 235)
_FONT_SHARE = 0.62  # of the bar's height
_SMALLEST = 9


def bar_height(height: int) -> int:
    """How tall the bar under a picture of ``height`` pixels is; even."""
    return max(22, round(height * 0.055 / 2) * 2)


def caption_bar(width: int, height: int, text: str) -> "Image.Image":
    """An RGB picture [height, width] with ``text`` on one line: smaller, then cut, where it doesn't fit."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(image)
    margin = max(2, height // 4)
    room = width - 2 * margin
    size = max(_SMALLEST, round(height * _FONT_SHARE))
    while size > _SMALLEST and _font(size).getlength(text) > room:
        size -= 1
    font = _font(size)
    if font.getlength(text) > room:
        while text and font.getlength(text + "…") > room:
            text = text[:-1]
        text += "…"
    draw.text((margin, height / 2), text, fill=_INK, font=font, anchor="lm")
    return image


@lru_cache(maxsize=32)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
