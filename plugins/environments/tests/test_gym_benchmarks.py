"""Gymnasium's own environments as benchmarks: every id exists, anchors are what they claim, any spelling finds its column."""

import gymnasium
import numpy as np
import pytest
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.gym import full_env_id
from lab_environments.gym_benchmarks import benchmark_id, gym_benchmarks

from lab_core import imports
from lab_core.config import Config
from lab_core.model import Act, Model
from lab_core.registry.registry import Registry
from lab_core.task import Task

RECORDS = {record.id: record for record in gym_benchmarks()}


def best_return(env_id, horizon):
    """The expected return of the best player and of a random one, by backward induction on the environment's own table."""
    plain = gymnasium.make(env_id).unwrapped
    best, even = (np.zeros(plain.observation_space.n) for _ in range(2))
    for _ in range(horizon):
        q = [
            [
                [sum(p * (r + (not over) * v[s]) for p, s, r, over in plain.P[state][a]) for a in plain.P[state]]
                for state in plain.P
            ]
            for v in (best, even)
        ]
        best, even = np.max(q[0], axis=1), np.mean(q[1], axis=1)
    start = np.asarray(plain.initial_state_distrib)
    return float(start @ best), float(start @ even)


@pytest.mark.parametrize(("name", "horizon"), [("frozen-lake", 100), ("cliff-walking", 1_000)])
def test_anchors_of_tables_are_the_optimum_and_the_random_player(name, horizon):
    score = RECORDS[f"gym/{name}"].score
    best, even = best_return(RECORDS[f"gym/{name}"].parameters["env"], horizon)
    assert score.reference == pytest.approx(best, abs=5e-4)
    assert score.random == pytest.approx(even, rel=5e-3)


def test_thresholds_are_those_that_gymnasium_registers():
    for record in RECORDS.values():
        spec = gymnasium.spec(record.parameters["env"])
        assert record.score.random < record.score.reference, record.id
        if record.score.reference_name == "Gymnasium's threshold":
            assert record.score.reference == record.score.good == spec.reward_threshold, record.id


def test_a_task_of_any_environment_lands_in_its_column():
    class Playing(Config, frozen=True, kw_only=True):
        env: str = "Acrobot-v1"

    registry = Registry()
    for record in benchmarks():
        registry.add_benchmark(record, "environments")
    task = Task(id="t", title="t", family="f", method="m", config="a:B", model="a:C", benchmark="env/{env}",
                presets={"smoke": {}, "default": {}})  # fmt: skip
    assert registry.benchmark_of(task, Playing()) == RECORDS["gym/acrobot"]
    other = registry.benchmark_of(task, Playing(env="my_module:Pole-v3"))
    assert (other.id, other.parameters) == ("env/my_module:Pole-v3", {"env": "my_module:Pole-v3"})
    for env in ("Acrobot-v1", "Taxi-v4", "Reacher-v5"):
        assert benchmark_id(env) == registry.benchmark_of(task, Playing(env=env)).id


def test_what_a_run_records_keeps_the_module(tmp_path, monkeypatch):
    (tmp_path / "more_strange_things.py").write_text(
        "import gymnasium\nfrom gymnasium.envs.classic_control import CartPoleEnv\n"
        "gymnasium.register('more/Pole-v3', CartPoleEnv, max_episode_steps=7)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(imports.VARIABLE, "more_strange_things")
    assert full_env_id("more_strange_things:more/Pole") == "more_strange_things:more/Pole-v3"
    assert full_env_id("Acrobot") == "Acrobot-v1"


class Sticks(Model, Act):
    """Blackjack from 17 up; shown a row of player's sum, dealer's card, usable ace."""

    observation = {"kind": "vector", "shape": [3], "actions": 2}

    def act(self, observations, state, *, epsilon, rng):
        assert observations.shape[1:] == (3,)
        return (observations[:, 0] < 17).astype(np.int64), state

    def save(self, folder): ...

    @classmethod
    def load(cls, folder, *, device):
        return cls()


def test_blackjack_is_shown_as_a_row_and_scored_between_its_anchors():
    record = RECORDS["gym/blackjack"]
    found = EpisodeEvaluator(record).evaluate(Sticks(), protocol="greedy", count=2_000, seed=0)
    assert set(found.scores) == {-1.0, 0.0, 1.0}
    # mimicking the dealer loses 7.9 hands of 100 more than it wins, known since Thorp; 2,000 hands have an error of 2.1
    assert found.value == pytest.approx(-0.079, abs=0.07)
