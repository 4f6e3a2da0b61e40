"""What a model thinks, drawn beside its picture: a bar an action, the taken one lit, and what it expects as time goes on."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lab_core.scene import Insight

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]  # [height, width, 3]

Colour = tuple[int, int, int]

PAPER: Colour = (16, 18, 26)
TRACK: Colour = (32, 36, 50)
INK: Colour = (230, 233, 240)
SOFT: Colour = (139, 147, 167)
BAR: Colour = (78, 118, 196)
TAKEN: Colour = (250, 176, 62)
CURVE: Colour = (94, 214, 170)

_LEAST_HEIGHT, _ENLARGED_HEIGHT = 400, 600  # pixels: smaller pictures are enlarged, so that letters can be read
_SMOOTH = 2  # drawn so many times larger and reduced, for smooth edges
_STRIP_FROM = 150  # pixels of height from which there is room for it
_STRIP = 150  # newest moments in the strip
TITLES = {"value": "action values", "probability": "action probabilities", "action": "action"}


def beside(image: "Picture", insight: Insight) -> "Picture":
    """The picture, enlarged by a whole number if it is small, with the panel on its right."""
    import numpy as np

    scale = 1 if image.shape[0] >= _LEAST_HEIGHT else -(-_ENLARGED_HEIGHT // image.shape[0])
    large = image.repeat(scale, axis=0).repeat(scale, axis=1)
    return np.concatenate([large, draw(insight, large.shape[0])], axis=1)


def panel_width(height: int) -> int:
    """Pixels, even."""
    return 2 * round(min(420, max(250, 0.52 * height)) / 2)


def shares(insight: Insight) -> tuple[float, ...]:
    """How long each bar is, 0 to 1: probabilities as they are, values from the least to the greatest, actions in their bounds."""
    numbers = insight.numbers
    if not numbers:
        return ()
    if insight.kind == "probability":
        return tuple(min(1.0, max(0.0, number)) for number in numbers)
    if insight.kind == "action":
        return tuple(
            min(1.0, max(0.0, (number - low) / (high - low))) if high > low else 0.5
            for number, low, high in zip(numbers, insight.low, insight.high, strict=True)
        )
    least, greatest = min(numbers), max(numbers)
    return tuple((number - least) / (greatest - least) if greatest > least else 0.5 for number in numbers)


def number_text(insight: Insight, number: float) -> str:
    """``87 %`` for a probability, about three digits for anything else."""
    if insight.kind == "probability":
        return f"{100 * number:.0f} %"
    return short(number)


def short(number: float) -> str:
    """About three digits: ``1.25``, ``-31.4``, ``2,140``, ``3.1e-05``."""
    size = abs(number)
    if size and (size < 1e-3 or size >= 1e6):
        return f"{number:.1e}"
    return (
        f"{number:,.0f}"
        if size >= 1000
        else f"{number:.1f}"
        if size >= 10
        else f"{number:.2f}"
        if size >= 0.1
        else f"{number:.3f}"
    )


def draw(insight: Insight, height: int) -> "Picture":
    """The panel alone, uint8 [height, panel_width(height), 3]."""
    import numpy as np
    from PIL import Image, ImageDraw

    width = panel_width(height)
    image = Image.new("RGB", (width * _SMOOTH, height * _SMOOTH), PAPER)
    pen = _Pen(ImageDraw.Draw(image))
    margin = max(12, round(0.028 * height))
    strip = round(0.24 * height) if insight.history and height >= _STRIP_FROM else 0
    top = margin
    size = max(13, round(0.031 * height))
    pen.text(margin, top + size * 0.5, TITLES[insight.kind] if insight.numbers else "actions", SOFT, size)
    top += round(size * 1.7)
    room = height - top - margin - (strip + margin if strip else 0)
    if insight.names:
        _rows(pen, insight, margin, top, width - 2 * margin, room)
    if strip:
        _strip(pen, insight.history, margin, height - margin - strip, width - 2 * margin, strip, size)
    return np.asarray(image.reduce(_SMOOTH), np.uint8)


class _Pen:
    """Draws in pixels of the finished panel."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, *, edge: Colour | None = None) -> None:
        if right - left < 1:
            return
        corner = min((bottom - top) / 2, (right - left) / 2, 5) * _SMOOTH
        place = tuple(_SMOOTH * value for value in (left, top, right, bottom))
        self._draw.rounded_rectangle(place, radius=corner, fill=colour, outline=edge, width=_SMOOTH if edge else 0)

    def line(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        self._draw.line([(_SMOOTH * x, _SMOOTH * y) for x, y in points], fill=colour, width=round(width * _SMOOTH), joint="curve")

    def area(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([(_SMOOTH * x, _SMOOTH * y) for x, y in points], fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self._draw.ellipse([_SMOOTH * v for v in (x - radius, y - radius, x + radius, y + radius)], fill=colour)

    def text(self, x: float, y: float, text: str, colour: Colour, size: float, anchor: str = "lm") -> None:
        self._draw.text((_SMOOTH * x, _SMOOTH * y), text, fill=colour, font=_font(round(size * _SMOOTH)), anchor=anchor)


@lru_cache(maxsize=16)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _rows(pen: _Pen, insight: Insight, left: float, top: float, width: float, room: float) -> None:
    """A line an action: name, bar, number."""
    row = min(34.0, room / len(insight.names))
    size = max(8.0, min(17.0, row * 0.55))
    font = _font(round(size * _SMOOTH))
    texts = [number_text(insight, number) for number in insight.numbers]
    name_room = min(0.42 * width, max(font.getlength(name.lower()) for name in insight.names) / _SMOOTH)
    number_room = max((font.getlength(text) for text in texts), default=0) / _SMOOTH
    bar_left, bar_right = left + name_room + 12, left + width - number_room - 10
    lengths = shares(insight)
    best = max(range(len(texts)), key=lambda at: insight.numbers[at]) if texts and insight.kind != "action" else None
    for at, name in enumerate(insight.names):
        middle = top + (at + 0.5) * row
        lit = at == insight.taken or insight.kind == "action"
        if at == insight.taken:
            pen.area([(left - 9, middle - 4), (left - 9, middle + 4), (left - 3, middle)], TAKEN)
        pen.text(left, middle, _cut(name.lower(), font, name_room), TAKEN if at == insight.taken else INK if lit else SOFT, size)
        if not texts:
            continue
        thick = max(3.0, row * 0.34)
        above, below = middle - thick / 2, middle + thick / 2
        pen.box(bar_left, above, bar_right, below, TRACK, edge=SOFT if at == best and at != insight.taken else None)
        end = bar_left + lengths[at] * (bar_right - bar_left)
        if insight.kind == "action":
            zero = _zero(insight.low[at], insight.high[at])
            start = bar_left + zero * (bar_right - bar_left)
            pen.box(min(start, end), above, max(start, end), below, BAR)
            pen.line([(start, above - 2), (start, below + 2)], SOFT, 1)
            pen.disc(end, middle, thick * 0.85, TAKEN)
        else:
            pen.box(bar_left, above, end, below, TAKEN if lit else BAR)
        pen.text(left + width, middle, texts[at], INK if lit else SOFT, size, "rm")


def _zero(low: float, high: float) -> float:
    """Where zero lies between the bounds, else their middle."""
    return -low / (high - low) if low < 0 < high else 0.5 if low != 0 else 0.0


def _strip(pen: _Pen, history: tuple[float, ...], left: float, top: float, width: float, height: float, size: float) -> None:
    """What the model expected, as a curve whose newest point is at the right edge."""
    pen.text(left, top + size * 0.5, "expected return", SOFT, size)
    pen.text(left + width, top + size * 0.5, short(history[-1]), CURVE, size, "rm")
    upper, lower = top + size * 1.6, top + height
    pen.box(left, upper, left + width, lower, TRACK)
    newest = history[-_STRIP:]
    least, greatest = min(newest), max(newest)
    inner = (upper + 6, lower - 6)
    ends = (short(greatest), short(least)) if greatest > least else ()
    small = size * 0.72
    gutter = max((_font(round(small * _SMOOTH)).getlength(end) / _SMOOTH for end in ends), default=0) + 14

    def place(at: int, value: float) -> tuple[float, float]:
        share = (value - least) / (greatest - least) if greatest > least else 0.5
        x = left + width - 6 - (len(newest) - 1 - at) * (width - 12 - gutter) / max(1, _STRIP - 1)
        return x, inner[1] - share * (inner[1] - inner[0])

    points = [place(at, value) for at, value in enumerate(newest)]
    if len(points) > 1:
        pen.area([(points[0][0], lower - 2), *points, (points[-1][0], lower - 2)], (38, 66, 68))
        pen.line(points, CURVE, 1.6)
    pen.disc(*points[-1], 3.2, CURVE)
    for end, y in zip(ends, (inner[0] + small * 0.4, inner[1] - small * 0.4), strict=False):
        pen.text(left + 8, y, end, SOFT, small)


def _cut(text: str, font: Any, room: float) -> str:
    if font.getlength(text) <= room * _SMOOTH + 1:
        return text
    while text and font.getlength(text + "…") > room * _SMOOTH:
        text = text[:-1]
    return text + "…"
