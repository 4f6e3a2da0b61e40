"""Continuous actions in the arena: clipped to their bounds, drawn evenly, refused where they can't be taken."""

import gymnasium
import numpy as np
import pytest
from lab_environments.arenas import GymArena, bounded
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.match import Match
from lab_environments.scene import GymScene

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.score import Score


class Pedals(gymnasium.Env):
    """Two pedals with bounds of their own; pays the second one's position, remembers all that was pressed, ends after 200."""

    observation_space = gymnasium.spaces.Box(-1, 1, (3,), np.float32)
    action_space = gymnasium.spaces.Box(np.array([-1, 2], np.float32), np.array([1, 6], np.float32))
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    pressed = []

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        self.left = 200
        return np.zeros(3, np.float32), {}

    def step(self, action):
        assert self.action_space.contains(action), action
        self.pressed.append(np.array(action))
        self.left -= 1
        return np.zeros(3, np.float32), float(action[1]), self.left == 0, False, {}

    def render(self):
        return np.zeros((20, 30, 3), np.uint8)


gymnasium.register("lab-test/Pedals-v0", Pedals)


@pytest.fixture
def pressed():
    Pedals.pressed.clear()
    return Pedals.pressed


def record(**settings) -> Benchmark:
    return Benchmark(
        id="env/Pedals", title="Pedals", needs="act", score=Score("return"), evaluator="-:-",
        parameters={"env": "lab-test/Pedals-v0"}, default_protocol="only",
        protocols={"only": {"count": 2, "epsilon": 0.0, "max_steps": 1000, **settings}},
    )  # fmt: skip


def pushing(player, *position):
    return player({"kind": "vector", "shape": [3]}, lambda seen, rng: np.tile(np.array(position), (len(seen), 1)))


def test_actions_beyond_the_bounds_are_clipped_to_them(player, pressed):
    result = EpisodeEvaluator(record()).evaluate(pushing(player, -7.5, 100.0), protocol="only", count=3, seed=0)
    assert result.scores == (1200.0,) * 3
    assert {tuple(action) for action in pressed} == {(-1.0, 6.0)}
    assert {action.dtype for action in pressed} == {np.dtype(np.float32)}


def test_random_actions_are_drawn_evenly_between_the_bounds(player, pressed):
    evaluator = EpisodeEvaluator(record(epsilon=0.5))
    first = evaluator.evaluate(pushing(player, 0.0, 2.0), protocol="only", count=20, seed=3)
    seen = np.array(pressed)
    drawn = seen[seen[:, 1] != 2.0]
    assert len(drawn) / len(seen) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(seen)))
    for column, (low, high) in enumerate(((-1, 1), (2, 6))):
        share = np.histogram(drawn[:, column], bins=8, range=(low, high))[0] / len(drawn)
        np.testing.assert_allclose(share, 1 / 8, atol=4 * np.sqrt(7 / 64 / len(drawn)))
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4 / np.sqrt(len(drawn))
    again = evaluator.evaluate(pushing(player, 0.0, 2.0), protocol="only", count=20, seed=3)
    assert again.scores == first.scores


def test_random_actions_do_not_depend_on_what_is_played_beside(player, pressed):
    scores = []
    for width in (2, 5):
        evaluator = EpisodeEvaluator(record(epsilon=0.3))
        evaluator.width = width
        scores.append(evaluator.evaluate(pushing(player, 0.0, 2.0), protocol="only", count=5, seed=1).scores)
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("choose", "pattern"),
    [
        (lambda seen, rng: np.zeros(len(seen)), r"float64 \(2,\); env/Pedals takes float32 \(2, 2\)"),
        (lambda seen, rng: np.zeros((len(seen), 3)), r"\(2, 3\)"),
        (lambda seen, rng: np.full((len(seen), 2), np.nan), "NaN"),
        (lambda seen, rng: [["?", "?"]] * len(seen), r"takes float32"),
    ],
)
def test_actions_that_can_not_be_taken_are_named(player, choose, pattern):
    model = player({"kind": "vector"}, choose)
    with pytest.raises(LabError, match=pattern):
        EpisodeEvaluator(record()).evaluate(model, protocol="only", count=2, seed=0)


def test_a_model_with_numbered_actions_is_refused(player):
    model = player({"kind": "vector", "actions": 3}, lambda seen, rng: np.zeros(len(seen), int))
    with pytest.raises(LabError, match="actions that aren't numbered; the model has 3"):
        EpisodeEvaluator(record()).evaluate(model, protocol="only", count=2, seed=0)


def test_whole_numbers_serve_as_continuous_actions(player, pressed):
    EpisodeEvaluator(record()).evaluate(pushing(player, 0, 3), protocol="only", count=1, seed=0)
    assert {tuple(action) for action in pressed} == {(0.0, 3.0)}


def test_only_finite_bounds_clip():
    box = gymnasium.spaces.Box(np.array([-np.inf, 0], np.float32), np.array([np.inf, np.inf], np.float32))
    np.testing.assert_array_equal(bounded([[-1e30, -1.0]], box, 1, "x"), np.array([[-1e30, 0]], np.float32))


def test_the_scene_shows_the_clipped_actions_at_work(player, pressed):
    frames = GymScene(record()).frames(pushing(player, 0.0, 50.0), seed=0, options={"overlay": True})
    shown = [next(frames)]
    while not shown[-1].last:
        shown.append(next(frames))
    frames.close()
    assert len(pressed) == 200
    assert shown[-1].caption.startswith("score 1200")
    assert {frame.image.dtype for frame in shown} == {np.dtype(np.uint8)}


def test_what_a_match_says_was_taken_is_what_the_environment_got(player, pressed):
    arena = GymArena("lab-test/Pedals-v0", {"kind": "vector"}, slots=2, where="here")
    match = Match(pushing(player, 9.0, 9.0), arena, seed=0, epsilon=0.0, where="here")
    match.begin(np.ones(2, bool), [0, 1])
    match.step()
    np.testing.assert_array_equal(match.taken, np.array(pressed))
    arena.close()
