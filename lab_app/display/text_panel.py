"""What a model thinks, in characters beside a picture of half blocks: letters drawn as pixels can't be read there."""

from lab_app.display.halfblocks import RESET, Colors, Row, encode
from lab_app.display.panel import BAR, CURVE, INK, SOFT, TAKEN, TITLES, Colour, number_text, shares, short
from lab_app.display.plot import sparkline
from lab_app.display.sink import pixels
from lab_core.scene import Frame, Insight

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NARROWEST, _WIDEST = 24, 40  # columns of a panel
_LEAST_PICTURE = 24  # columns a picture keeps beside it


def drawn_rows(frame: Frame, columns: int, rows: int, colors: Colors) -> list[Row]:
    """A frame as at most ``rows`` lines of ``columns`` cells, with its panel on the right where there is room for both."""
    room = min(_WIDEST, columns // 3)
    if frame.insight is None or columns - max(room, _NARROWEST) - 2 < _LEAST_PICTURE:
        return encode(pixels(frame, panel=False), columns, rows, colors)
    width = max(room, _NARROWEST)
    drawn = encode(pixels(frame, panel=False), columns - width - 2, rows, colors)
    wide = max(sum(len(text) for _, text in row) for row in drawn)
    panel = text_panel(frame.insight, width, rows, colors)
    height = max(len(drawn), len(panel))
    reset = RESET if colors != "none" else ""
    blank: Row = [("", " " * wide)]
    joined: list[Row] = []
    for line in range(height):
        left = drawn[line] if line < len(drawn) else blank
        right = panel[line] if line < len(panel) else [("", " " * width)]
        joined.append([*left, (reset, "  "), *right])
    return joined


def text_panel(insight: Insight, width: int, rows: int, colors: Colors) -> list[Row]:
    """The panel alone, each line ``width`` cells; the least worth knowing is left out where ``rows`` are few."""
    lines: list[Row] = [[(_ink(SOFT, colors), _fitted(TITLES[insight.kind] if insight.numbers else "actions", width))]]
    texts = [number_text(insight, number) for number in insight.numbers]
    names = min(max(map(len, insight.names), default=0), width // 2)
    numbers = max(map(len, texts), default=0)
    room = max(0, width - names - numbers - 4)
    lengths = shares(insight)
    for at, name in enumerate(insight.names[: max(0, rows - 1)]):
        lit = at == insight.taken
        mark = "▸ " if lit else "  "
        row: Row = [(_ink(TAKEN if lit else SOFT, colors), mark + _fitted(name.lower(), names))]
        if texts:
            bar = _bar(lengths[at], room) if insight.kind != "action" else _gauge(lengths[at], room)
            row.append((_ink(TAKEN if lit or insight.kind == "action" else BAR, colors), f" {bar} "))
            row.append((_ink(INK if lit else SOFT, colors), texts[at].rjust(numbers)))
        else:
            row.append(("", " " * (width - names - 2)))
        lines.append(row)
    if insight.history and len(lines) + 3 <= rows:
        value = short(insight.history[-1])
        lines.append([("", " " * width)])
        lines.append([(_ink(SOFT, colors), _fitted("expected return", width - len(value))), (_ink(CURVE, colors), value)])
        lines.append([(_ink(CURVE, colors), sparkline(insight.history[-150:], width).rjust(width))])
    return lines


def _bar(share: float, room: int) -> str:
    eighths = round(share * room * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(room)[:room]


def _gauge(share: float, room: int) -> str:
    if room < 1:
        return ""
    at = round(share * (room - 1))
    return "─" * at + "●" + "─" * (room - 1 - at)


def _fitted(text: str, width: int) -> str:
    return (text if len(text) <= width else text[: max(0, width - 1)] + "…").ljust(width)


def _ink(colour: Colour, colors: Colors) -> str:
    if colors == "none":
        return ""
    if colors == "full":
        return "\x1b[0;38;2;{};{};{}m".format(*colour)
    cube = [round(part / 255 * 5) for part in colour]
    return f"\x1b[0;38;5;{16 + 36 * cube[0] + 6 * cube[1] + cube[2]}m"
