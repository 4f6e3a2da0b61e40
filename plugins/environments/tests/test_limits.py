"""Environments that declare no time limit: what is said before a training, and where scored episodes are cut."""

import gymnasium
import pytest
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.limits import WITHOUT_LIMIT, episode_limit, limit_remarks, unlimited
from lab_environments.protocol import episode_rules

gymnasium.register("lab-test/Capped-v0", "gymnasium:Env", max_episode_steps=7)
gymnasium.register("lab-test/Patient-v0", "gymnasium:Env", max_episode_steps=10**9)


def benchmark(env: str):
    (template,) = [one for one in benchmarks() if one.id == "env/{env}"]
    return template.filled({"env": env})


def test_a_declared_limit_is_the_environments_own():
    assert episode_limit("lab-test/Capped-v0") == 7
    assert limit_remarks("lab-test/Capped-v0") == ()
    assert episode_limit("lab-test/Levers-v0") == WITHOUT_LIMIT


@pytest.mark.parametrize("env", ["CliffWalking-v1", "Blackjack-v1", "ALE/Pong-v5", "CartPole-v1", "nothing-of-this-name"])
def test_environments_whose_end_is_known_need_no_remark(env):
    assert not unlimited(env)


def test_the_remark_names_the_environment_the_cut_and_what_changes_it():
    (line,) = limit_remarks("lab-test/Levers-v0", cut_after=50)
    assert line.startswith("lab-test/Levers-v0 declares no time limit: scored episodes are cut after 1,000 steps")
    assert "episodes of the training after 50" in line
    assert "max_episode_steps=N" in line


@pytest.mark.parametrize(
    ("env", "longest"), [("lab-test/Levers-v0", WITHOUT_LIMIT), ("lab-test/Capped-v0", 100_000), ("lab-test/Patient-v0", 100_000)]
)
def test_where_a_scored_episode_is_cut(env, longest):
    name, rules, found = episode_rules(benchmark(env), None)
    assert (name, rules.max_steps, found) == ("greedy", longest, longest)


def test_scoring_an_environment_without_an_end_ends(player):
    import numpy as np

    model = player({"kind": "discrete"}, lambda observations, rng: np.full(len(observations), 1))
    found = EpisodeEvaluator(benchmark("lab-test/Levers-v0")).evaluate(model, protocol="greedy", count=2, seed=0)
    assert found.scores == (WITHOUT_LIMIT, WITHOUT_LIMIT)
    assert found.details["truncated"] == (1.0, 1.0)
    assert found.settings["max_steps"] == WITHOUT_LIMIT
