"""Scores against environments whose answers are known, and the rules that make them comparable."""

import gymnasium
import msgspec
import numpy as np
import pytest
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.match import episode_seed, renewed

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError, UsageError
from lab_core.score import Score

RECORDS = {record.id: record for record in benchmarks()}


def at(env: str, **settings) -> EpisodeEvaluator:
    record = Benchmark(
        id=f"env/{env}", title=env, needs="act", score=Score("return"), evaluator="-:-", parameters={"env": env},
        protocols={"only": {"count": 10, "epsilon": 0.0, "max_steps": 1000, **settings}}, default_protocol="only",
    )  # fmt: skip
    return EpisodeEvaluator(record)


def atari(game: str = "breakout", **settings) -> EpisodeEvaluator:
    record = RECORDS[f"atari/{game}"]
    protocols = {"only": {**record.protocols["dqn-classic"], **settings}}
    return EpisodeEvaluator(msgspec.structs.replace(record, protocols=protocols, default_protocol="only"))


@pytest.mark.parametrize("width", [1, 4, 7, 64])
def test_every_episode_is_played_to_its_end_and_none_is_favoured(counter, clock, width):
    """A policy that is right in every step scores each episode's length, which its seed decides; short ones win no place."""
    evaluator = at("lab-test/Clock-v0")
    evaluator.width = width
    ticks = []
    result = evaluator.evaluate(counter, protocol="only", count=23, seed=5, progress=lambda *tick: ticks.append(tick))
    expected = tuple(float(clock.duration(episode_seed(5, episode))) for episode in range(23))
    assert len(set(expected)) > 10
    assert result.scores == expected
    assert result.details["length"] == expected
    assert (result.value, result.steps) == (np.mean(expected), sum(expected))
    assert ticks[-1] == (23, 23, list(expected))


def test_the_first_ends_of_a_vector_favour_short_episodes_and_whole_episodes_do_not(player):
    """Episodes that score their own length, 15.5 on average, 16 of them counted from 16 slots, 40 times over."""
    lazy = player({"kind": "discrete"}, lambda observations, rng: np.zeros(len(observations), np.int64))
    vector = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("lab-test/Dice-v0")] * 16)
    first, ours = [], []
    for seed in range(40):
        vector.reset(seed=1000 * seed)
        running, ended = np.zeros(16), []
        while len(ended) < 16:  # the naive way: whatever ends first, in a vector that begins anew by itself
            _, rewards, terminated, *_ = vector.step(np.zeros(16, np.int64))
            running += rewards
            ended += running[terminated].tolist()
            running[terminated] = 0.0
        first.append(np.mean(ended[:16]))
        ours.append(at("lab-test/Dice-v0").evaluate(lazy, protocol="only", count=16, seed=seed).value)
    vector.close()
    error = np.sqrt((30**2 - 1) / 12 / 16 / 40)  # of the mean of 640 even draws from 1 to 30
    assert np.mean(ours) == pytest.approx(15.5, abs=3 * error)
    assert np.mean(first) < 15.5 - 10 * error


def test_seeds_of_episodes_do_not_depend_on_how_many_there_are(counter):
    few, many = (at("lab-test/Clock-v0").evaluate(counter, protocol="only", count=n, seed=1).scores for n in (3, 20))
    assert many[:3] == few
    assert at("lab-test/Clock-v0").evaluate(counter, protocol="only", count=20, seed=2).scores != many


def test_random_actions_come_as_often_as_the_protocol_says_and_evenly(player):
    still = player({"kind": "discrete", "n": 3}, lambda observations, rng: np.zeros(len(observations), np.int64))
    result = at("lab-test/Levers-v0", epsilon=0.2, max_steps=500).evaluate(still, protocol="only", count=20, seed=0)
    # a fifth of 500 steps pays 1.5 on average; variance a step: 0.2 * 14 / 4 - 0.3 ** 2
    assert result.value == pytest.approx(150, abs=4 * np.sqrt(500 * 0.61 / 20))
    assert set(result.details["truncated"]) == {1.0}
    assert set(result.details["length"]) == {500.0}
    assert len(set(still.batches)) == 1


def test_actions_need_not_be_numbered(player):
    push = player({"kind": "vector", "shape": [3]}, lambda observations, rng: -0.5 * observations[:, 2:])
    one, two = (at("Pendulum-v1", epsilon=0.1).evaluate(push, protocol="only", count=3, seed=0).scores for _ in range(2))
    assert one == two
    assert all(-2000 < score < 0 for score in one)


def test_cartpole_of_a_random_player_scores_its_anchor(player):
    chance = player({"kind": "vector", "shape": [4]}, lambda observations, rng: rng.integers(0, 2, len(observations)))
    record = RECORDS["gym/cartpole"]
    result = EpisodeEvaluator(record).evaluate(chance, protocol="greedy", count=1000, seed=0)
    assert result.value == pytest.approx(record.score.random, abs=4 * 12 / np.sqrt(1000))
    assert result.settings["env"] == "CartPole-v1"


def test_atari_scores_are_whole_games_and_the_same_at_any_width(player):
    """Follows the ball's column: a policy without chance, so that only the protocol's random actions are drawn."""

    def follow(frames, rng):
        ball = frames[:, -1, 40:74, 8:76].max(axis=1).argmax(axis=1)
        paddle = frames[:, -1, 76, 8:76].argmax(axis=1)
        return np.where(ball > paddle + 5, 2, np.where(ball < paddle + 2, 3, 0))

    results = []
    for width in (6, 4):
        evaluator = atari(epsilon=0.2)
        evaluator.width = width
        results.append(evaluator.evaluate(player({"kind": "frames"}, follow), protocol="only", count=6, seed=2))
    first, second = results
    assert first.scores == second.scores
    assert first.details == second.details
    assert len(set(first.details["length"])) == 6
    assert first.value > 5, "random players score 1.7"
    assert first.unit == "game"
    assert "ale_py" in first.settings
    assert "count" not in first.settings


def test_a_policy_that_never_serves_is_cut_and_counted(still):
    evaluator = atari(fire=False, epsilon=0.0, stall_frames=400)
    result = evaluator.evaluate(still, protocol="only", count=2, seed=0)
    assert result.details["stalled"] == (1.0, 1.0)
    assert result.details["length"] == (100.0, 100.0)
    assert result.scores == (0.0, 0.0)


def test_the_frame_cap_truncates(still):
    result = atari("pong", max_frames=240, epsilon=0.0).evaluate(still, protocol="only", count=1, seed=0)
    assert (result.details["truncated"], result.details["length"]) == ((1.0,), (60.0,))


def test_frames_come_in_the_layout_that_the_model_asks_for(player):
    for wish, shape in (
        ({"kind": "frames"}, (1, 4, 84, 84)),
        ({"kind": "atari", "size": 80, "stack": 2, "layout": "last"}, (1, 80, 80, 2)),
        ({"kind": "frames", "size": [40, 50], "stack": 1, "grey": False}, (1, 1, 40, 50, 3)),
        ({"kind": "frames", "size": 40, "stack": 2, "grey": False, "layout": "last"}, (1, 40, 40, 6)),
    ):
        one = player(wish, lambda observations, rng: [0])
        atari(max_frames=8).evaluate(one, protocol="only", count=1, seed=0)
        assert one.batches[0] == shape


def test_models_that_do_not_fit_are_refused_with_both_named(player, still):
    def fails(evaluator, model, pattern):
        with pytest.raises(LabError, match=pattern) as caught:
            evaluator.evaluate(model, protocol=evaluator.benchmark.default_protocol, count=1, seed=0)
        assert evaluator.benchmark.id in str(caught.value)

    cartpole, breakout = EpisodeEvaluator(RECORDS["gym/cartpole"]), atari()
    fails(cartpole, still, "frames")
    fails(cartpole, player({"kind": "vector", "shape": [5]}, None), r"\(4,\).*5")
    fails(cartpole, player({"kind": "discrete"}, None), "discrete")
    fails(breakout, player({"kind": "vector"}, None), "vector")
    fails(breakout, player({"kind": "frames", "frame_skip": 2}, None), "trained with 2")
    fails(breakout, player({"kind": "frames", "actions": 18}, None), "has 4 actions; the model has 18")
    fails(breakout, player({"kind": "frames"}, lambda seen, rng: [0] * len(seen), values=[0.0] * 6), "the model has 6")
    fails(breakout, player({"kind": "frames"}, lambda seen, rng: [7] * len(seen)), "action 7")
    fails(breakout, player({"kind": "frames"}, lambda seen, rng: seen @ np.zeros(3)), "could not act")
    fails(
        atari(actions="full"),
        player({"kind": "frames", "actions": 4}, None),
        "has 18 actions; the model has 4. Choose a protocol",
    )
    fails(cartpole, object(), "can act")


def test_an_environment_that_breaks_is_named(player):
    class Broken(gymnasium.Wrapper):
        def step(self, action):
            raise RuntimeError("no luck")

    gymnasium.register("lab-test/Broken-v0", lambda render_mode=None: Broken(gymnasium.make("CartPole-v1").unwrapped))
    with pytest.raises(LabError, match=r"lab-test/Broken-v0 failed in step\(\): RuntimeError: no luck"):
        at("lab-test/Broken-v0").evaluate(
            player({"kind": "vector"}, lambda seen, rng: [0] * len(seen)), protocol="only", count=1, seed=0
        )


def test_requests_that_make_no_sense_are_refused(still):
    with pytest.raises(UsageError, match="0 episodes"):
        atari().evaluate(still, protocol="only", count=0, seed=0)
    with pytest.raises(UsageError, match="dqn-classic"):
        EpisodeEvaluator(RECORDS["atari/pong"]).evaluate(still, protocol="nips", count=1, seed=0)
    with pytest.raises(UsageError, match="CartPole"):
        at("CratPole-v1").evaluate(still, protocol="only", count=1, seed=0)


def test_only_the_rows_of_new_episodes_are_renewed():
    state = {"h": np.arange(6.0).reshape(3, 2), "t": (np.array([4, 5, 6]), None)}
    fresh = {"h": np.zeros((3, 2)), "t": (np.zeros(3, np.int64), None)}
    new = renewed(state, fresh, np.array([False, True, False]))
    assert new["h"].tolist() == [[0, 1], [0, 0], [4, 5]]
    assert new["t"][0].tolist() == [4, 0, 6]
    assert state["h"][1].tolist() == [2, 3]
    with pytest.raises(LabError, match="memory"):
        renewed(object(), object(), np.array([True]))
