"""The scene: frames of a walk from start to treasure."""

from itertools import islice, pairwise

import numpy as np
from lab_tabular.benchmarks import benchmarks
from lab_tabular.maze import load_maze
from lab_tabular.model import TabularModel
from lab_tabular.painting import Painter
from lab_tabular.scene import MazeScene
from lab_tabular.view import View, heat, is_light, short
from PIL import Image

from lab_app.display.halfblocks import strip_escapes

BENCHMARK = next(benchmark for benchmark in benchmarks() if benchmark.id == "maze/plain")


def right_then_down() -> TabularModel:
    q = np.zeros((45, 4))
    q[10:15, 3] = 50.0
    q[15, 1] = 100.0
    return TabularModel(q, random_ties=False)


def test_an_episode_glides_to_the_treasure_and_holds_its_last_frame():
    frames = []
    for frame in MazeScene(BENCHMARK).frames(right_then_down(), seed=0, options={"protocol": "source-start"}):
        frames.append(frame)
        if frame.last:
            break
    assert len(frames) == 1 + 6 * 4 + 16
    assert {frame.image.shape for frame in frames} == {(240, 432, 3)}
    assert frames[0].caption == "move 0   reward 0"
    assert frames[-1].caption == "move 6   reward 100   treasure found"
    assert "(●)" in frames[0].ansi
    assert frames[0].fps == 20
    assert all((a.image != b.image).any() for a, b in pairwise(frames[1:25]))


def test_an_episode_without_a_way_is_cut_off_and_another_begins():
    stuck = TabularModel(np.zeros((45, 4)), random_ties=False)
    frames = list(islice(MazeScene(BENCHMARK).frames(stuck, seed=0, options={}), 2 * (1 + 30 * 4 + 16)))
    assert sum(frame.last for frame in frames) == 2
    assert frames[-1].caption == "move 30   reward 0"


def test_the_overlay_writes_the_values_out():
    def first(overlay):
        return next(iter(MazeScene(BENCHMARK).frames(right_then_down(), seed=0, options={"overlay": overlay})))

    assert (first(True).image != first(False).image).any()
    assert " 100 " in first(True).ansi
    assert "100" not in strip_escapes(first(False).ansi)
    assert "→" in first(False).ansi


def test_heat_rises_in_lightness_on_both_sides_of_zero():
    for sign in (1, -1):
        lightness = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (heat(sign * k / 20, 1.0) for k in range(21))]
        assert all(a < b for a, b in pairwise(lightness))
    assert heat(0.0, 0.0) == heat(0.0, 5.0)
    assert is_light(heat(1, 1))
    assert not is_light(heat(0, 1))


def test_values_take_at_most_five_characters():
    for value, text in ((0.04, "0"), (-0.04, "0"), (5.55, "5.5"), (99.96, "100"), (-12.3, "-12"), (123456789.0, "1e8")):
        assert short(value) == text
    assert max(len(short(sign * 10.0**power)) for power in range(-9, 30) for sign in (1, -1)) <= 5


def test_a_picture_does_not_depend_on_what_was_painted_before():
    maze = load_maze("traps")
    views = [View(maze, (1, 1), values=np.ones((45, 4))), View(maze, (1, 2)), View(maze, None, taken=frozenset({12}))]
    painter = Painter(24)
    together = [painter.paint(view) for view in views + views[::-1]]
    for image, view in zip(together, views + views[::-1], strict=True):
        np.testing.assert_array_equal(image, Painter(24).paint(view))
    assert Image.fromarray(together[0]).size == (216, 120)
