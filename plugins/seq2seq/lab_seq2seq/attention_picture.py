"""An alignment as a picture: source tokens above, target tokens at the left, the darker the larger the weight."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CELL, TEXT, GAP = 26, 15, 6  # pixels
FONT_VARIABLE = "LAB_FONT"
_FONTS = (  # the first that is installed; those with Chinese characters go first
    "wqy-microhei.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "uming.ttc",
    "ukai.ttc",
    "DroidSansFallbackFull.ttf",
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
)
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


def draw(source: Sequence[str], target: Sequence[str], alignment: NDArray[Any]) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] of an alignment [target, source] between 0 and 1.

    The font is that of the variable LAB_FONT, else one of the system's with Chinese characters where there is one.
    """
    letters = font()
    columns, rows = [_label(token) for token in source], [_label(token) for token in target]
    measure = ImageDraw.Draw(Image.new("L", (1, 1)))
    left = int(max((measure.textlength(row, letters) for row in rows), default=0)) + 2 * GAP
    top = int(max((measure.textlength(column, letters) for column in columns), default=0)) + 2 * GAP
    width, height = left + CELL * len(columns) + GAP, top + CELL * len(rows) + GAP
    picture = Image.new("RGB", (width, height), "white")
    canvas = ImageDraw.Draw(picture)
    for y, row in enumerate(rows):
        canvas.text((left - GAP, top + CELL * y + CELL // 2), row, fill="black", font=letters, anchor="rm")
        for x in range(len(columns)):
            shade = int(255 * (1.0 - float(np.clip(alignment[y, x], 0.0, 1.0))))
            corner = (left + CELL * x, top + CELL * y)
            canvas.rectangle((*corner, corner[0] + CELL - 2, corner[1] + CELL - 2), fill=(shade, shade, shade))
    for x, column in enumerate(columns):
        label = Image.new("RGB", (top, CELL), "white")
        ImageDraw.Draw(label).text((GAP, CELL // 2), column, fill="black", font=letters, anchor="lm")
        picture.paste(label.rotate(90, expand=True), (left + CELL * x, 0))
    return np.asarray(picture)


def _label(token: str) -> str:
    return token.replace("▁", " ").strip() or "·"


@cache
def font() -> Any:
    chosen = os.environ.get(FONT_VARIABLE)
    names = ([chosen] if chosen else []) + [*_installed()]
    for name in names:
        try:
            return ImageFont.truetype(name, TEXT)
        except OSError:
            continue
    return ImageFont.load_default(TEXT)


def _installed() -> list[str]:
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        for path in Path(folder).expanduser().rglob("*.?t?"):
            found.setdefault(path.name, str(path))
    return [found[name] for name in _FONTS if name in found]
