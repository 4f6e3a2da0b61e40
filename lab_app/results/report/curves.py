"""The figures of a training as small drawings (SVG), thinned to what a page can show."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from lab_app.observers.progress import quantity
from lab_app.records.publish import SELECTION
from lab_app.results.report.escaping import escaped
from lab_core.files import decode_json

_POINTS = 200  # of a curve
_LINES = 20_000  # of metrics.jsonl that are read; of more, evenly spaced ones and every selection
_WIDTH, _HEIGHT = 320, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 8, 20  # margins for numbers


@dataclass(frozen=True)
class Curve:
    """One figure over training: in each bucket of steps, named by its last one, the mean, least and greatest value."""

    name: str
    steps: Sequence[float]
    means: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]


def read_curves(path: Path) -> list[Curve]:
    """The curves of a ``metrics.jsonl``: selection scores first, then in the order in which figures appeared."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    every = max(1, math.ceil(len(lines) / _LINES))
    found: dict[str, tuple[list[float], list[float]]] = {SELECTION: ([], [])}
    for number, raw in enumerate(lines):
        if number % every and SELECTION.encode() not in raw:
            continue
        try:
            line: Any = decode_json(raw)
            step = float(line.pop("step"))
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError):
            continue
        for name, value in line.items():
            if name != "wall_seconds" and isinstance(value, int | float) and math.isfinite(value):
                steps, values = found.setdefault(name, ([], []))
                steps.append(step)
                values.append(float(value))
    return [thinned(name, steps, values) for name, (steps, values) in found.items() if steps]


def thinned(name: str, steps: Sequence[float], values: Sequence[float]) -> Curve:
    """A curve of at most 200 buckets of as many points each."""
    buckets = min(len(steps), _POINTS)
    edges = [round(bucket * len(steps) / buckets) for bucket in range(buckets + 1)]
    spans = [slice(a, b) for a, b in pairwise(edges)]

    def mean(numbers: Sequence[float]) -> float:
        return math.fsum(numbers) / len(numbers)

    return Curve(
        name,
        [steps[span][-1] for span in spans],
        [mean(values[span]) for span in spans],
        [min(values[span]) for span in spans],
        [max(values[span]) for span in spans],
    )


def drawn(curve: Curve, end: float, unit: str) -> str:
    """A figure with the curve from step 0 to ``end``, its range in each bucket behind it, and its newest value."""
    low, high = min(curve.lows), max(curve.highs)
    ticks = nice_ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])

    def x(step: float) -> float:
        return round(_LEFT + step / max(end, 1.0) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 1)

    xs = [x(step) for step in curve.steps]
    line = " ".join(f"{a},{y(b)}" for a, b in zip(xs, curve.means, strict=True))
    upper = [f"{a},{y(b)}" for a, b in zip(xs, curve.highs, strict=True)]
    lower = [f"{a},{y(b)}" for a, b in zip(xs, curve.lows, strict=True)]
    rules = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}"/>'
        f'<text x="{_LEFT - 5}" y="{y(tick) + 3.5}" text-anchor="end">{short(tick)}</text>'
        for tick in ticks
    )
    dots = "".join(f'<circle cx="{a}" cy="{y(b)}" r="2"/>' for a, b in zip(xs, curve.means, strict=True)) if len(xs) <= 30 else ""
    points = ";".join(f"{a:g},{b:.4g}" for a, b in zip(curve.steps, curve.means, strict=True))
    name = escaped(curve.name.replace("_", " "))
    return (
        f'<figure class="curve" data-points="{points}" data-unit="{escaped(unit)}">'
        f"<figcaption><span>{name}</span><output>{quantity(curve.means[-1])}</output></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{name} over {escaped(unit)}">{rules}'
        f'<text x="{_LEFT}" y="{_HEIGHT - 5}">0</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 5}" text-anchor="end">{short(end)} {escaped(unit)}</text>'
        f'<polygon points="{" ".join([*upper, *reversed(lower)])}"/><polyline points="{line}"/>{dots}'
        f'<circle class="here" r="3.5" visibility="hidden"/></svg></figure>'
    )


def nice_ticks(low: float, high: float) -> list[float]:
    """Two to five round numbers that span a range."""
    if not high > low:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad, high + pad
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    size = next(one * power for one in (1, 2, 2.5, 5, 10, 20) if (high - low) / (one * power) <= 4)
    start = math.floor(low / size + 1e-9)
    return [number * size for number in range(start, math.ceil(high / size - 1e-9) + 1)]


def short(value: float) -> str:
    """A number in a few letters: 1.2M, 40k, 0.05."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "")):
        if abs(value) >= size and letter:
            return f"{value / size:.4g}{letter}"
        if abs(value) >= size:
            return f"{value / 1e3:.4g}k"
    return f"{round(value, 10) + 0.0:.4g}"
