"""Curves as text: a line of bars, and a plot of dots (two by four a character)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

Curve = tuple[Sequence[float], Sequence[float]]  # x, rising, and y

COLORS = ("cyan", "magenta", "green", "yellow")
_BARS = "▁▂▃▄▅▆▇█"
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of a braille character: [row, column]


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Values as one line of bars from the smallest to the largest, averaged down to at most ``width`` characters."""
    finite = np.asarray([value for value in values if np.isfinite(value)], dtype=np.float64)
    if not finite.size:
        return ""
    means = _bins(finite, min(width, finite.size))
    low, high = means.min(), means.max()
    if high == low:
        return _BARS[3] * len(means)
    return "".join(_BARS[index] for index in _scaled(means, low, high, len(_BARS) - 1).tolist())


def line_plot(curves: Mapping[str, Curve], *, width: int = 72, height: int = 12, x_label: str = "") -> Text:
    """Curves over common axes, each in a colour of its own, with their ends labelled; at most four, ``width`` characters wide.

    Where two curves share a character it is white. Raises ValueError without a finite point.
    """
    points = {name: _finite(curve) for name, curve in curves.items()}
    points = {name: xy for name, xy in points.items() if xy.shape[1]}
    if not points:
        raise ValueError("there is nothing to plot")
    left, right = min(xy[0].min() for xy in points.values()), max(xy[0].max() for xy in points.values())
    points = {name: _thin(xy, max(8, width - 10)) for name, xy in points.items()}
    bottom, top = min(xy[1].min() for xy in points.values()), max(xy[1].max() for xy in points.values())
    labels = [_number(top), _number(bottom)]
    margin = max(map(len, labels))
    columns = max(8, width - margin - 2)  # what the labels leave
    dots = np.zeros((len(points), 4 * height, 2 * columns), np.bool_)
    for layer, xy in enumerate(points.values()):
        x = _scaled(xy[0], left, right, dots.shape[2] - 1)
        y = dots.shape[1] - 1 - _scaled(xy[1], bottom, top, dots.shape[1] - 1)
        _draw(dots[layer], x, y)
    text = Text()
    for line in range(height):
        label = labels[0] if line == 0 else labels[1] if line == height - 1 else ""
        text.append(f"{label:>{margin}} ", style="dim").append("┤" if label else "│", style="dim")
        for column in range(columns):
            text.append(*_character(dots[:, 4 * line : 4 * line + 4, 2 * column : 2 * column + 2]))
        text.append("\n")
    ends = _number(left), _number(right)
    axis = f"{ends[0]}{x_label.center(columns - len(ends[0]) - len(ends[1]))}{ends[1]}"
    text.append(" " * (margin + 2) + axis + "\n", style="dim")
    for number, name in enumerate(points):
        text.append(" " * (margin + 2) if number == 0 else "   ").append("━━ ", style=COLORS[number % len(COLORS)]).append(name)
    return text


def _finite(curve: Curve) -> NDArray[np.float64]:
    """[2, points]: x and y where both are finite."""
    xy = np.asarray(curve, dtype=np.float64).reshape(2, -1)
    return xy[:, np.isfinite(xy).all(axis=0)]


def _thin(xy: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """At most ``most`` points, each the mean of its neighbours: a noisy curve drawn dot by dot is a blot."""
    return np.stack([_bins(axis, most) for axis in xy]) if xy.shape[1] > most else xy


def _bins(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Means of ``count`` parts of as equal a size as can be."""
    return np.array([part.mean() for part in np.array_split(values, count)])


def _scaled(values: NDArray[np.float64], low: float, high: float, most: int) -> NDArray[np.int64]:
    span = high - low
    share = (values - low) / span if span > 0 else np.full_like(values, 0.5)
    return np.round(share * most).astype(np.int64)


def _draw(dots: NDArray[np.bool_], x: NDArray[np.int64], y: NDArray[np.int64]) -> None:
    """Set the dots of the straight lines from point to point."""
    dots[y, x] = True
    for (x0, y0), (x1, y1) in pairwise(zip(x.tolist(), y.tolist(), strict=True)):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(1, steps):
            dots[round(y0 + (y1 - y0) * step / steps), round(x0 + (x1 - x0) * step / steps)] = True


def _character(cell: NDArray[np.bool_]) -> tuple[str, str]:
    """The braille character of a cell [curves, 4, 2] and its style."""
    layers = np.flatnonzero(cell.any(axis=(1, 2)))
    if not layers.size:
        return " ", ""
    code = int((_DOTS * cell.any(axis=0)).sum())
    return chr(0x2800 + code), COLORS[int(layers[0]) % len(COLORS)] if layers.size == 1 else "white"


def _number(value: float) -> str:
    """At most about six characters: ``1.2M``, ``350k``, ``0.031``."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            divisor = 1e3 if unit == "k" else limit
            return f"{value / divisor:.4g}{unit}"
    return f"{value:.4g}"
