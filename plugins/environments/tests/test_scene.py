"""What is watched is what is scored."""

from itertools import islice

import numpy as np
import pytest
from lab_environments.actions import KNOWN, gym_actions
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.gym import resolve_env_id
from lab_environments.scene import AtariScene, GymScene

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.scene import Actions, Insight
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
        assert len(game) == 1 + length  # what is seen before the first action, then one a step
        assert game[-1].caption == f"score {score:g} · lives 0 · step {length:g} · over"
        assert "lives 5 · step 0" in game[0].caption
        assert "lives 5 · step 1" in game[1].caption
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
    assert [frame.caption for frame in frames][-1] == "score 0 · lives 5 · step 89"  # nobody serves


def test_what_the_model_thinks_comes_with_the_picture(player):
    model = player({"kind": "frames"}, lambda frames, rng: [2] * len(frames), values=[0.0, 1.0, 4.0, 2.0])
    options = {"overlay": True, "epsilon": 0.0}
    frames = AtariScene(RECORDS["atari/breakout"]).frames(model, seed=0, options=options)
    first, second, third = islice(frames, 3)
    assert first.insight == Insight("value", ("nothing", "fire", "right", "left"), (0.0, 1.0, 4.0, 2.0), None, history=(4.0,))
    assert second.insight.taken == 1  # FIRE is pressed for the policy
    assert third.insight == Insight("value", ("nothing", "fire", "right", "left"), (0.0, 1.0, 4.0, 2.0), 2, history=(4.0, 4.0))
    options["overlay"] = False  # the person pressed a key
    assert next(frames).insight is None
    options["epsilon"] = 1.0
    assert len({frame.caption for frame in islice(frames, 3)}) == 3
    options["overlay"] = True
    assert {next(frames).insight.taken for _ in range(60)} == {0, 1, 2, 3}


def test_probabilities_and_expectations_are_shown_where_there_are_no_values(player):
    class Chooser(player):
        def action_probabilities(self, observations):
            return np.tile([0.25, 0.75], (len(observations), 1))

        def state_values(self, observations):
            return observations[:, 2] * 0 + 7.5

    model = Chooser({"kind": "vector"}, lambda seen, rng: [1])
    (_, frame) = islice(GymScene(RECORDS["gym/cartpole"]).frames(model, seed=0, options={"overlay": True}), 2)
    assert frame.insight == Insight("probability", ("left", "right"), (0.25, 0.75), 1, history=(7.5,))


def test_continuous_actions_are_shown_in_their_bounds(player):
    model = player({"kind": "vector"}, lambda seen, rng: np.full((len(seen), 1), 0.5, np.float32))
    record = Benchmark(id="env/Pendulum-v1", title="Pendulum", needs="act", score=Score("return"), evaluator="-:-",
                       default_protocol="p", protocols={"p": {"count": 1}}, parameters={"env": "Pendulum-v1"})  # fmt: skip
    _, frame = islice(GymScene(record).frames(model, seed=0, options={"overlay": True}), 2)
    assert frame.insight == Insight("action", ("action",), (0.5,), low=(-2.0,), high=(2.0,))


def test_actions_have_the_keys_that_a_person_expects():
    breakout = AtariScene(RECORDS["atari/breakout"]).actions()
    assert breakout.names == ("nothing", "fire", "right", "left")
    assert [set(keys) for keys in breakout.keys] == [set(), {"space"}, {"right"}, {"left"}]
    assert not breakout.waits
    full = AtariScene(RECORDS["atari/breakout"]).actions("machado-2018")
    assert len(full.names) == 18
    assert len(set(full.keys)) == 18
    assert dict(zip(full.names, full.keys, strict=True))["down left fire"] == {"down", "left", "space"}
    assert GymScene(RECORDS["gym/cartpole"]).actions().keys == (frozenset({"left"}), frozenset({"right"}))


def test_known_names_fit_the_environments_they_are_for():
    import gymnasium

    for name, known in KNOWN.items():
        assert len(known.names) == len(known.keys) == len(set(known.keys))
        try:
            env = gymnasium.make(resolve_env_id(name))
        except Exception:
            continue  # an extra of Gymnasium's (box2d) that isn't installed
        assert env.action_space.n == len(known.names), name
        env.close()


def test_an_unknown_environment_is_played_with_the_digits(levers):
    assert gym_actions(levers) == Actions(("5", "6", "7", "8"), tuple(frozenset(d) for d in "1234"), True)


def test_the_last_frame_tells_what_was_scored(player):
    balance = player({"kind": "vector"}, lambda seen, rng: (seen[:, 2] > 0).astype(int))
    record = RECORDS["gym/cartpole"]
    result = EpisodeEvaluator(record).evaluate(balance, protocol="greedy", count=2, seed=8)
    told = [episode[-1].episode for episode in episodes(GymScene(record), balance, 2)]
    assert [figures.pop("score") for figures in told] == list(result.scores)
    assert told == [{name: column[at] for name, column in result.details.items()} for at in range(2)]


def test_cartpole_draws_itself_and_ends_as_scored(player):
    balance = player({"kind": "vector"}, lambda seen, rng: (seen[:, 2] > 0).astype(int))
    result = EpisodeEvaluator(RECORDS["gym/cartpole"]).evaluate(balance, protocol="greedy", count=2, seed=8)
    watched = episodes(GymScene(RECORDS["gym/cartpole"]), balance, 2)
    assert [len(one) - 1 for one in watched] == list(result.details["length"])
    assert watched[0][0].image.shape == (400, 600, 3)
    assert watched[0][0].fps == 50
    assert watched[1][-1].caption.endswith("over")


def test_an_environment_without_pictures_is_named(player):
    record = Benchmark(id="env/Clock", title="Clock", needs="act", score=Score("return"), evaluator="-:-", default_protocol="p",
                       protocols={"p": {"count": 1}}, parameters={"env": "lab-test/Clock-v0"})  # fmt: skip
    with pytest.raises(LabError, match=r"lab-test/Clock-v0 draws no pictures"):
        next(GymScene(record).frames(player({"kind": "vector"}, lambda seen, rng: [0]), seed=0, options={}))
