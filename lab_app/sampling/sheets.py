"""Sheets: small pictures in rows with names beside them, headings over them and captions under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from lab_app.extras import need_extra
from lab_core.items.pictures import LARGEST, columns_of, enlarge, rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_PAPER, _INK, _SOFT = (250, 250, 248), (32, 34, 40), (112, 116, 126)
_TEXT, _LINE = 13, 18  # pixels: size of letters, height of a line of them
_GAP = 4  # between tiles
_NARROWEST = 40  # a tile with a caption
_TALLEST = 140  # a tile that is enlarged


@dataclass(frozen=True)
class Tile:
    """A picture uint8 [height, width, 1 or 3] with a caption; ``soft`` writes that in grey."""

    image: Any
    caption: str = ""
    soft: bool = False


@dataclass(frozen=True)
class Row:
    """Tiles from left to right (None leaves a cell empty), a name on their left.

    Headings over the columns, with ``title`` over the names, begin a new block.
    """

    tiles: Sequence[Tile | None]
    name: str = ""
    headings: Sequence[str] = ()
    title: str = ""


def sheet(rows: Sequence[Row], *, scale: int | None = None) -> "Picture":
    """The rows as one picture uint8 [height, width, 3]; all tiles must be of one size.

    ``scale`` enlarges the tiles by a whole factor: by default up to a sheet about 900 pixels wide.
    """
    need_extra("A picture with captions", "PIL")
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    font: Any = ImageFont.load_default(_TEXT)
    tiles = [tile for row in rows for tile in row.tiles if tile is not None]
    height, width = tiles[0].image.shape[:2]
    columns = max(len(row.tiles) for row in rows)
    captioned = any(tile.caption for tile in tiles)
    if scale is None:
        fitting = min((LARGEST // columns - _GAP) // width, _TALLEST // height)
        scale = max(1, fitting, ceil(_NARROWEST / width) if captioned or rows[0].headings else 1)
    cell = (width * scale + _GAP, height * scale + _GAP + (_LINE if captioned else 0))
    texts = [text for row in rows for text in (row.name, row.title) if text]
    margin = max((ceil(font.getlength(text)) for text in texts), default=0)
    left = _GAP + (margin + 2 * _GAP if margin else 0)
    tops, bottom = _tops(rows, cell[1])
    paper = Image.new("RGB", (left + columns * cell[0], bottom), _PAPER)
    pen = ImageDraw.Draw(paper)
    for row, top in zip(rows, tops, strict=True):
        for column, text in enumerate(row.headings):
            middle = left + column * cell[0] + width * scale / 2
            pen.text((middle, top - _LINE / 2), _cut(text, cell[0], font), _SOFT, font, anchor="mm")
        pen.text((left - 2 * _GAP, top - _LINE / 2), row.title, _INK, font, anchor="rm")
        pen.text((left - 2 * _GAP, top + height * scale / 2), row.name, _INK, font, anchor="rm")
        for column, tile in enumerate(row.tiles):
            if tile is None:
                continue
            place = (left + column * cell[0], top)
            paper.paste(Image.fromarray(enlarge(rgb(tile.image), scale)), place)
            middle = (place[0] + width * scale / 2, top + height * scale + _LINE / 2)
            pen.text(middle, _cut(tile.caption, cell[0], font), _SOFT if tile.soft else _INK, font, anchor="mm")
    return np.asarray(paper)


def numbered(images: Any, *, columns: int | None = None, scale: int | None = None) -> "Picture":
    """A nearly square sheet of a batch, the number of each under it, from 1."""
    columns = min(columns or columns_of(len(images)), len(images))
    tiles = [Tile(image, str(number), soft=True) for number, image in enumerate(images, start=1)]
    return sheet([Row(tiles[start : start + columns]) for start in range(0, len(tiles), columns)], scale=scale)


def _tops(rows: Sequence[Row], height: int) -> tuple[list[int], int]:
    """Where the tiles of each row begin, and where the sheet ends."""
    tops: list[int] = []
    top = _GAP
    for number, row in enumerate(rows):
        if row.headings or row.title:
            top += _LINE + (_LINE // 2 if number else 0)
        tops.append(top)
        top += height
    return tops, top


def _cut(text: str, width: int, font: Any) -> str:
    """The text, or as much of it as fits into ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""
