"""What is watched is what is scored."""

from itertools import islice

import numpy as np
import pytest
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.overlay import with_panel
from lab_environments.scene import AtariScene, GymScene

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.score import Score

RECORDS = {record.id: record for record in benchmarks()}


def episodes(scene, model, number, **options):
    """The frames of the first episodes, one list each."""
    found, frames = [[]], scene.frames(model, seed=8, options=options)
    for frame in frames:
        found[-1].append(frame)
        if frame.last:
            if len(found) == number:
                frames.close()
                return found
            found.append([])
    raise AssertionError("the scene ended")


def test_games_watched_are_the_games_scored(still):
    record = RECORDS["atari/breakout"]
    result = EpisodeEvaluator(record).evaluate(still, protocol="dqn-classic", count=2, seed=8)
    watched = episodes(AtariScene(record), still, 2)
    for game, score, length in zip(watched, result.scores, result.details["length"], strict=True):
        assert len(game) == length
        assert game[-1].caption == f"score {score:g} · lives 0 · step {length:g} · over"
        assert "lives 5 · step 1" in game[0].caption
    frame = watched[0][30]
    assert frame.image.shape == (210, 160, 3)
    assert frame.image.dtype == np.uint8
    assert len({tuple(color) for color in frame.image.reshape(-1, 3)}) > 6
    assert frame.fps == 15
    assert not np.array_equal(watched[0][5].image, watched[0][20].image)


def test_the_protocol_may_be_another_and_epsilon_too(still):
    frames = islice(
        AtariScene(RECORDS["atari/breakout"]).frames(still, seed=0, options={"protocol": "machado-2018", "epsilon": 0}), 90
    )
    assert [frame.caption for frame in frames][-1] == "score 0 · lives 5 · step 90"  # nobody serves


def test_values_are_drawn_beside_the_picture(player):
    model = player({"kind": "frames"}, lambda frames, rng: [2] * len(frames), values=[0.0, 1.0, 4.0, 2.0])
    (frame,) = islice(AtariScene(RECORDS["atari/breakout"]).frames(model, seed=0, options={"overlay": True}), 1)
    assert frame.image.shape == (420, 320 + 240, 3)
    flat = with_panel(np.zeros((300, 100, 3), np.uint8), ["a", "b"], 0, None)
    assert flat.shape == (600, 440, 3)
    equal = with_panel(np.zeros((400, 100, 3), np.uint8), ["a", "b"], 0, [1.0, 1.0])
    assert equal[:, 100:].any()


def test_bars_are_as_long_as_values_are_great():
    panel = with_panel(np.zeros((400, 10, 3), np.uint8), ["", "", ""], 1, [0.0, 1.0, 0.5])[:, 10:]
    lengths = [int((panel[44 * row + 35] != panel[-1, -1]).any(axis=1).sum()) for row in range(3)]
    assert lengths[0] <= 1
    assert lengths[1] == 225
    assert lengths[2] == pytest.approx(113, abs=1)


def test_cartpole_draws_itself_and_ends_as_scored(player):
    balance = player({"kind": "vector"}, lambda seen, rng: (seen[:, 2] > 0).astype(int))
    result = EpisodeEvaluator(RECORDS["gym/cartpole"]).evaluate(balance, protocol="greedy", count=2, seed=8)
    watched = episodes(GymScene(RECORDS["gym/cartpole"]), balance, 2)
    assert [len(one) for one in watched] == list(result.details["length"])
    assert watched[0][0].image.shape == (400, 600, 3)
    assert watched[0][0].fps == 50
    assert watched[1][-1].caption.endswith("over")


def test_an_environment_without_pictures_is_named(player):
    record = Benchmark(id="env/Clock", title="Clock", needs="act", score=Score("return"), evaluator="-:-", default_protocol="p",
                       protocols={"p": {"count": 1}}, parameters={"env": "lab-test/Clock-v0"})  # fmt: skip
    with pytest.raises(LabError, match=r"lab-test/Clock-v0 draws no pictures"):
        next(GymScene(record).frames(player({"kind": "vector"}, lambda seen, rng: [0]), seed=0, options={}))
