"""Pictures as text: two pixels a character cell, the upper one in the ink of a half block, the lower one in its paper."""

import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Colors = Literal["full", "256", "none"]
Run = tuple[str, str]  # what sets the colours (an SGR sequence, "" to keep them), and the characters drawn in them
Row = list[Run]

RESET = "\x1b[0m"
_RAMP = " .:-=+*#%@"
_NO_COLOR = ("", "dumb", "unknown", "vt52", "vt100", "vt102", "vt220", "ansi-m", "emacs")
_LIGHT = np.arange(256, dtype=np.uint32) ** 2  # a gamma of 2; whole numbers add up exactly, and fast
_LEVELS = np.array([0, 95, 135, 175, 215, 255])  # the six levels a channel has in the cube of 256 colours


def color_support(environment: Mapping[str, str] | None = None) -> Colors:
    """What the terminal shows, as far as its environment tells: 24-bit colour, 256 colours or none (``NO_COLOR``)."""
    env = os.environ if environment is None else environment
    term = env.get("TERM", "").lower()
    if env.get("NO_COLOR"):
        return "none"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or "WT_SESSION" in env:
        return "full"
    if any(name in term for name in ("direct", "kitty", "ghostty", "alacritty", "wezterm", "foot")):
        return "full"
    return "none" if term in _NO_COLOR else "256"


def fit(height: int, width: int, columns: int, rows: int) -> tuple[int, int]:
    """The largest (height, width) in half-cells for a picture that keeps its shape; enlarged by whole factors only."""
    scale = min(columns / width, 2 * rows / height)
    if scale >= 1:
        return height * int(scale), width * int(scale)
    return max(1, int(height * scale + 1e-9)), max(1, int(width * scale + 1e-9))


def resize(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """[h, w, 3] to [height, width, 3] by area, in amounts of light: a small ball on black stays bright."""
    if image.shape[:2] == (height, width):
        return image
    light = _means(_means(_LIGHT[image], height, axis=0), width, axis=1)
    return (np.sqrt(np.clip(light, 0, 65025)) + 0.5).astype(np.uint8)


def encode(image: NDArray[np.uint8], columns: int, rows: int, colors: Colors) -> list[Row]:
    """A picture of at most ``rows`` lines of ``columns`` cells; without colours in characters of rising darkness."""
    height, width = fit(image.shape[0], image.shape[1], columns, rows)
    small = resize(image, height, width)
    if height % 2:
        small = np.concatenate([small, np.zeros((1, width, 3), np.uint8)])
    if colors == "none":
        return _ramp(small)
    codes = _codes(small, colors)
    upper, lower = codes[0::2], codes[1::2]
    return [_row(upper[line], lower[line], colors) for line in range(len(upper))]


def plain(rows: Sequence[Row]) -> list[str]:
    """Rows as lines of text that colour themselves."""
    return ["".join(code + text for code, text in row) + (RESET if any(code for code, _ in row) else "") for row in rows]


def crop(text: str, columns: int, rows: int) -> list[Row]:
    """A scene's own text, cut to size. Escape sequences are dropped: this is for terminals without colour."""
    return [[("", line[:columns])] for line in strip_escapes(text).splitlines()[:rows]]


def strip_escapes(text: str) -> str:
    """Text without terminal control sequences and other control characters but line ends and tabs."""
    import re

    text = re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])", "", text)
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())


def _means(values: NDArray[Any], wanted: int, axis: int) -> NDArray[np.float64]:
    """Means over ``wanted`` equal stretches of an axis, from running sums: a matrix product would wake BLAS's threads."""
    size: int = values.shape[axis]
    shape = list(values.shape)
    shape[axis] += 1
    sums = np.zeros(shape, values.dtype)
    after_first = tuple(slice(1, None) if k == axis else slice(None) for k in range(values.ndim))
    np.cumsum(values, axis=axis, dtype=values.dtype, out=sums[after_first])
    edges: NDArray[np.float64] = np.linspace(0, size, wanted + 1)
    whole = np.minimum(edges.astype(np.int64), size - 1)
    part = (edges - whole).reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    at_edges = np.take(sums, whole, axis=axis) * (1 - part) + np.take(sums, whole + 1, axis=axis) * part
    return np.diff(at_edges, axis=axis) * (wanted / size)


def _codes(image: NDArray[np.uint8], colors: Colors) -> NDArray[np.int64]:
    """One number a pixel: 0xRRGGBB, or an index into the 256 colours."""
    rgb = image.astype(np.int64)
    if colors == "full":
        return (rgb[..., 0] << 16) | (rgb[..., 1] << 8) | rgb[..., 2]
    level = np.where(rgb < 48, 0, np.where(rgb < 115, 1, (rgb - 35) // 40))
    cube = 16 + 36 * level[..., 0] + 6 * level[..., 1] + level[..., 2]
    step = np.clip((rgb.mean(axis=-1) - 3) // 10, 0, 23).astype(np.int64)
    miss_cube = ((_LEVELS[level] - rgb) ** 2).sum(axis=-1)
    miss_grey = (((8 + 10 * step)[..., None] - rgb) ** 2).sum(axis=-1)
    return np.where(miss_grey < miss_cube, 232 + step, cube)


def _row(upper: NDArray[np.int64], lower: NDArray[np.int64], colors: Colors) -> Row:
    change = (np.diff(upper) != 0) | (np.diff(lower) != 0)
    starts = [0, *(np.flatnonzero(change) + 1).tolist(), len(upper)]
    tops, bottoms = upper.tolist(), lower.tolist()
    row: Row = []
    ink = paper = -1
    for start, end in pairwise(starts):
        top, bottom = tops[start], bottoms[start]
        parts: list[str] = []
        if bottom != paper:
            parts.append(_color(48, bottom, colors))
            paper = bottom
        if top != bottom and top != ink:
            parts.append(_color(38, top, colors))
            ink = top
        code = f"\x1b[{';'.join(parts)}m" if parts else ""
        row.append((code, (" " if top == bottom else "▀") * (end - start)))
    return row


def _color(ground: int, code: int, colors: Colors) -> str:
    if colors == "256":
        return f"{ground};5;{code}"
    return f"{ground};2;{code >> 16};{code >> 8 & 255};{code & 255}"


def _ramp(image: NDArray[np.uint8]) -> list[Row]:
    grey = image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    cells = (grey[0::2] + grey[1::2]) / 2
    index = (cells / 256 * len(_RAMP)).astype(np.int64)
    return [[("", "".join(_RAMP[k] for k in line))] for line in index.tolist()]
