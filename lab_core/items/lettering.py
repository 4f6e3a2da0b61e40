"""Text on pictures: a font that has the letters, texts that fit a width."""

from functools import lru_cache
from typing import Any

# The first that is installed is taken; Pillow's own font has the letters of English only.
_LATIN = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc", "segoeui.ttf")
_EAST_ASIAN = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "wqy-microhei.ttc", "msyh.ttc", "PingFang.ttc")
_FIRST_EAST_ASIAN = "\u2e80"


def font(size: int, text: str = "") -> Any:
    """A Pillow font of ``size`` pixels for ``text``: one with Chinese, Japanese and Korean letters where those occur."""
    return _font(size, any(letter >= _FIRST_EAST_ASIAN for letter in text))


@lru_cache(maxsize=64)
def _font(size: int, east_asian: bool) -> Any:
    from PIL import ImageFont

    for name in (*_EAST_ASIAN, *_LATIN) if east_asian else _LATIN:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return _bundled(size) or ImageFont.load_default(size)


def _bundled(size: int) -> Any:
    """The font that Matplotlib ships, where that is installed."""
    from importlib.util import find_spec
    from pathlib import Path

    from PIL import ImageFont

    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return None
    try:
        return ImageFont.truetype(str(Path(found.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"), size)
    except OSError:
        return None


def cut(text: str, used: Any, width: float) -> str:
    """The text, or as much of it as fits into ``width`` pixels, with a mark where it was cut."""
    if used.getlength(text) <= width:
        return text
    while text and used.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""
