"""The panel of what a model thinks: as pixels, as characters, on every sink."""

import re

import numpy as np
import pytest

from lab_app.display import TerminalPicture
from lab_app.display.halfblocks import RESET, plain, strip_escapes
from lab_app.display.panel import BAR, CURVE, PAPER, TAKEN, beside, draw, number_text, panel_width, shares, short
from lab_app.display.sink import pixels
from lab_app.display.text_panel import drawn_rows, text_panel
from lab_core.scene import Frame, Insight

VALUES = Insight("value", ("a", "b", "c"), (0.0, 4.0, 2.0), taken=2, history=(1.0, 3.0, 2.0))
GAUGE = Insight("action", ("steer", "gas"), (0.5, -1.0), low=(-1.0, -1.0), high=(1.0, 1.0))


def image(height: int = 210, width: int = 160) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def lit(panel: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a panel has a colour, edges apart."""
    return (np.abs(panel.astype(int) - colour) < 8).all(axis=-1)


def test_small_pictures_are_enlarged_and_large_ones_left_alone() -> None:
    small = beside(image(), VALUES)
    assert small.shape == (630, 480 + panel_width(630), 3)
    assert (small[::3, :480:3] == image()).all()
    large = beside(image(400, 600), VALUES)
    assert large.shape == (400, 600 + panel_width(400), 3)


def test_bars_are_as_long_as_values_are_great() -> None:
    panel = draw(VALUES, 600)[:, 36:]  # the bars and numbers, without the names
    rows = {name: lit(panel, colour).sum(axis=1).max() for name, colour in (("others", BAR), ("taken", TAKEN))}
    assert rows["taken"] == pytest.approx(rows["others"] / 2, abs=3)  # 2 lies halfway between 0 and 4
    blue = lit(panel, BAR).sum(axis=1) > rows["others"] / 2
    assert np.flatnonzero(np.diff(blue.astype(int)) == 1).size == 1  # the least value has no bar at all
    assert lit(draw(Insight("value", ("a", "b"), (1.0, 1.0), taken=0), 600), BAR).any()


def test_bars_of_each_kind() -> None:
    assert shares(VALUES) == (0.0, 1.0, 0.5)
    assert shares(Insight("value", ("a", "b"), (-3.0, -3.0))) == (0.5, 0.5)
    assert shares(Insight("probability", ("a", "b"), (0.25, 0.75))) == (0.25, 0.75)
    assert shares(GAUGE) == (0.75, 0.0)
    assert shares(Insight("action", ("a",), (5.0,), low=(0.0,), high=(1.0,))) == (1.0,)  # out of bounds: at the edge
    assert shares(Insight("action", ("a",), low=(0.0,), high=(1.0,))) == ()


def test_numbers_are_short() -> None:
    written = [short(value) for value in (0.0, 1.234, -31.44, 2140.4, 0.00002, -1.5e7, 0.0123)]
    assert written == ["0.000", "1.23", "-31.4", "2,140", "2.0e-05", "-1.5e+07", "0.012"]
    assert number_text(Insight("probability", ("a",), (0.874,)), 0.874) == "87 %"


def test_the_curve_ends_at_the_newest_moment() -> None:
    panel = draw(Insight("value", (), history=(0.0, 0.0, 10.0)), 600)
    curve = np.argwhere(lit(panel, CURVE))
    newest = curve[curve[:, 1] > panel.shape[1] - 40]
    oldest = curve[(curve[:, 0] > 450) & (curve[:, 1] <= panel.shape[1] - 40)]
    assert newest[:, 0].min() < oldest[:, 0].max()  # it rose
    assert not lit(draw(Insight("value", ("a",), (1.0,)), 600), CURVE).any()


@pytest.mark.parametrize("insight", [VALUES, GAUGE, Insight("value", ("a",)), Insight("action", ("a",), low=(0.0,), high=(1.0,))])
@pytest.mark.parametrize("height", [40, 400, 1200])
def test_a_panel_of_anything_can_be_drawn(insight: Insight, height: int) -> None:
    panel = draw(insight, height)
    assert (panel.shape, panel.dtype) == ((height, panel_width(height), 3), np.uint8)
    assert (panel[0, 0] == PAPER).all()
    assert (panel != PAPER).any()


def test_eighteen_actions_with_long_names_fit() -> None:
    names = tuple(f"down right fire {number}" for number in range(18))
    panel = draw(Insight("value", names, tuple(float(n) for n in range(18)), taken=17), 400)
    assert lit(panel, TAKEN).any()
    assert (panel[-8:] == PAPER).all()  # nothing runs out of the bottom


def test_every_sink_gets_the_panel_and_it_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = Frame(image(), insight=VALUES)
    first = pixels(frame)
    assert first.shape[1] > 480
    assert pixels(frame) is first
    assert pixels(frame, panel=False).shape == (210, 160, 3)
    assert pixels(Frame(image())).shape == (210, 160, 3)


def test_in_a_terminal_the_panel_is_written_in_letters() -> None:
    rows = drawn_rows(Frame(image(), insight=VALUES), 80, 24, "none")
    lines = plain(rows)
    assert len(lines) == 24
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 80
    text = [line[-28:].strip() for line in lines]
    assert text[0].endswith("action values")
    assert re.search(r"  b █+ +4\.00$", lines[2])
    assert re.search(r"▸ c █+[▏▎▍▌▋▊▉]? +2\.00$", lines[3])
    assert any("expected return" in line and line.endswith("2.00") for line in lines)


@pytest.mark.parametrize("colors", ["full", "256", "none"])
def test_rows_keep_their_width_in_any_colours(colors: str) -> None:
    for insight in (VALUES, GAUGE):
        rows = plain(drawn_rows(Frame(image(), insight=insight), 100, 30, colors))  # type: ignore[arg-type]
        assert {len(strip_escapes(row)) for row in rows} == {len(strip_escapes(rows[0]))}
        assert (RESET in rows[0]) == (colors != "none")


def test_a_gauge_stands_where_the_action_is() -> None:
    (_, steer, gas) = plain(text_panel(GAUGE, 30, 10, "none"))
    track = re.search(r"[─●]+", steer)
    assert track is not None
    assert track[0].index("●") == round(0.75 * (len(track[0]) - 1))
    assert re.search(r" ●─+ ", gas)


def test_a_narrow_terminal_shows_the_picture_alone() -> None:
    with_panel = drawn_rows(Frame(image(), insight=VALUES), 40, 20, "none")
    assert plain(with_panel) == plain(drawn_rows(Frame(image()), 40, 20, "none"))


def test_the_display_beside_a_progress_bar_shows_it_too() -> None:
    from rich.console import Console

    picture = TerminalPicture(colors="none", reserve=2)
    console = Console(width=100, height=30, record=True, file=None, force_terminal=False)
    picture.update(Frame(image(), insight=VALUES), "score 3")
    with console.capture() as drawn:
        console.print(picture)
    assert "expected return" in drawn.get()
