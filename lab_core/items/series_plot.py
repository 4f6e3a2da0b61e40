"""A series as a picture: observed, fitted and forecast values, the interval, what really came."""

import math
from typing import TYPE_CHECKING, Any

from lab_core.items.series import Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_NOW = (196, 60, 60)  # the line between what was observed and what is forecast
_PAPER, _INK, _SOFT, _RULE = (250, 250, 248), (32, 34, 40), (112, 116, 126), (228, 228, 223)
_OBSERVED, _FITTED, _FORECAST, _BAND, _TARGET = (60, 64, 72), (212, 130, 40), (47, 111, 222), (206, 221, 247), (29, 127, 75)
_FINE = 2  # drawn at twice the size, then scaled down, so that lines are smooth
_MOST_PANELS = 4
_PANEL = 260  # pixels


def plot(item: Series, *, before: Series | None = None, target: Series | None = None, width: int = 720) -> "Picture":
    """uint8 [height, width, 3]: a panel for each of the first four columns."""
    import numpy as np
    from PIL import Image

    count = min(_MOST_PANELS, len(item.names))
    panels = [_panel(item, column, before, target, width) for column in range(count)]
    whole = Image.fromarray(np.concatenate(panels))
    return np.asarray(whole.resize((width, _PANEL * count), Image.Resampling.LANCZOS))


def _panel(item: Series, column: int, before: Series | None, target: Series | None, width: int) -> Any:
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import cut, font

    lines = _lines(item, column, before, target)
    size = (width * _FINE, _PANEL * _FINE)
    paper = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(paper)
    used = font(12 * _FINE, item.names[column])
    shown = [(name, times, values) for name, _, times, values, _ in lines] or [("", np.zeros(0), np.zeros(0))]
    times = np.concatenate([one for _, one, _ in shown])
    ends = [band for *_, band in lines if band is not None]
    heights = np.concatenate([*(values for _, _, values in shown), *(end for pair in ends for end in pair)])
    heights = heights[np.isfinite(heights)]
    left, right, top, bottom = 64 * _FINE, size[0] - 12 * _FINE, 34 * _FINE, size[1] - 26 * _FINE
    start, end = (times.min(), times.max()) if len(times) else (0.0, 1.0)
    low, high = (heights.min(), heights.max()) if len(heights) else (0.0, 1.0)
    margin = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    low, high = low - margin, high + margin

    def place(time: float, value: float) -> tuple[float, float]:
        return left + (right - left) * (time - start) / ((end - start) or 1.0), bottom - (bottom - top) * (value - low) / (
            high - low
        )

    for value in _ticks(low, high):
        y = place(start, value)[1]
        pen.line((left, y, right, y), _RULE, _FINE)
        pen.text((left - 6 * _FINE, y), f"{value:g}", _SOFT, used, anchor="rm")
    now = _last_observed(lines)
    if now is not None:
        x = place(now, low)[0]
        for y in range(top, bottom, 8 * _FINE):
            pen.line((x, y, x, min(y + 4 * _FINE, bottom)), _NOW, round(1.5 * _FINE))
    for _, _, moments, _, band in lines:
        if band is not None:
            _fill(pen, [(place(t, a), place(t, b)) for t, a, b in zip(moments, *band, strict=True)])
    for _, colour, moments, values, _ in lines:
        _line(pen, [place(t, v) for t, v in zip(moments, values, strict=True)], colour)
    dates = item.times.dtype.kind == "M"
    for moment, anchor in ((start, "la"), (end, "ra")):
        text = str(np.datetime64(int(moment), "s")).replace("T", " ").removesuffix(" 00:00:00") if dates else f"{moment:g}"
        pen.text((left if anchor == "la" else right, bottom + 6 * _FINE), text, _SOFT, used, anchor=anchor)
    x: float = right
    for name, colour, *_ in reversed(lines):
        x -= used.getlength(name)
        pen.text((x, 10 * _FINE), name, colour, used)
        x -= 14 * _FINE
    pen.text((left, 10 * _FINE), cut(item.names[column], used, x - left), _INK, used)
    return np.asarray(paper)


def _lines(item: Series, column: int, before: Series | None, target: Series | None) -> list[Any]:
    """Name, colour, times [n], values [n] and interval of each line; a forecast is joined to the last observed value."""
    import numpy as np

    found: list[Any] = []
    for part, colour in (("observed", _OBSERVED), ("fitted", _FITTED), ("forecast", _FORECAST)):
        mine = item.part(part)
        if not item.parts and before is not None:
            mine = item if part == "forecast" else item.rows(np.zeros(len(item.times), bool))
        if part == "observed" and not len(mine.times) and before is not None and column < len(before.names):
            mine = before
        if len(mine.times):
            band = None if mine.low is None or mine.high is None else (mine.low[:, column], mine.high[:, column])
            times, values = mine.times.astype(np.float64), mine.values[:, column]
            if part == "forecast" and found and found[0][0] == "observed" and found[0][2][-1] < times[0]:
                last = found[0][3][-1:]  # joined to the last observed value
                times, values = np.append(found[0][2][-1:], times), np.append(last, values)
                band = band and (np.append(last, band[0]), np.append(last, band[1]))
            found.append((part, colour, times, values, band))
    if target is not None and column < len(target.names):
        found.append(("target", _TARGET, target.times.astype(np.float64), target.values[:, column], None))
    return found


def _last_observed(lines: list[Any]) -> float | None:
    """The time between the past and the forecast, where a picture shows both."""
    times = {name: moments for name, _, moments, _, _ in lines}
    if "observed" not in times or "forecast" not in times or not len(times["observed"]):
        return None
    return float(times["observed"][-1])


def _line(pen: Any, points: list[tuple[float, float]], colour: Any) -> None:
    """The points joined, broken at gaps; a single value between gaps is a dot."""
    run: list[tuple[float, float]] = []
    for point in [*points, (math.nan, math.nan)]:
        if math.isfinite(point[1]):
            run.append(point)
            continue
        if len(run) == 1:
            (x, y), r = run[0], 1.5 * _FINE
            pen.ellipse((x - r, y - r, x + r, y + r), colour)
        elif run:
            pen.line(run, colour, round(1.6 * _FINE), joint="curve")
        run = []


def _fill(pen: Any, ends: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    run: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for pair in [*ends, ((math.nan, math.nan), (math.nan, math.nan))]:
        if math.isfinite(pair[0][1]) and math.isfinite(pair[1][1]):
            run.append(pair)
            continue
        if len(run) > 1:
            pen.polygon([*(a for a, _ in run), *(b for _, b in reversed(run))], _BAND)
        run = []


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values between two ends."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
