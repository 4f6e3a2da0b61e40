"""Scores of a maze against exact values, and what is refused."""

import numpy as np
import pytest
from lab_tabular import planning
from lab_tabular.benchmarks import benchmarks
from lab_tabular.maze import load_maze
from lab_tabular.model import TabularModel
from lab_tabular.study.exact import anchors
from lab_tabular.tables import maze_problem

from lab_core.errors import LabError
from lab_core.model import Act, Model
from lab_core.training.evaluation import evaluate

BENCHMARKS = {benchmark.id: benchmark for benchmark in benchmarks()}


def optimal(name: str, gamma: float = 0.9) -> TabularModel:
    problem = maze_problem(load_maze(name))
    q = planning.action_values(problem.table, problem.actions, gamma, planning.optimal_values(problem, gamma))
    return TabularModel(np.round(planning.observed(problem, q), 9))


@pytest.mark.parametrize("name", ["plain", "traps"])
def test_anchors_are_the_exact_scores_of_chance_and_of_the_optimum(name):
    benchmark = BENCHMARKS[f"maze/{name}"]
    found = anchors(name)
    assert benchmark.score.random == pytest.approx(found["random"], abs=5e-4)
    assert benchmark.score.reference == pytest.approx(found["optimum"], abs=5e-4)
    assert found["random_played"] == pytest.approx(found["random"], abs=0.7)
    assert evaluate(benchmark, optimal(name)).value == pytest.approx(found["optimum"])


@pytest.mark.parametrize("name", ["plain", "traps"])
def test_the_default_count_starts_once_from_every_floor_cell(name):
    benchmark = BENCHMARKS[f"maze/{name}"]
    result = evaluate(benchmark, optimal(name), seed=3)
    assert len(result.scores) == len(load_maze(name).floor)
    values = maze_problem(load_maze(name))
    exact = planning.optimal_values(values, 0.9)[values.representative[list(load_maze(name).floor)]]
    np.testing.assert_allclose(sorted(result.scores), sorted(exact))
    assert set(result.details["found"]) == {1.0}
    assert result.steps == sum(result.details["moves"])


def test_the_start_of_the_source_and_its_plain_sum():
    by_discount = {0.9: (95.0, 6.0, 1.0), 0.99: (100.0, 8.0, 0.0)}
    for gamma, (total, moves, traps) in by_discount.items():
        result = evaluate(BENCHMARKS["maze/traps"], optimal("traps", gamma), protocol="source-start")
        assert result.scores == (total,)
        assert (result.details["moves"], result.details["traps"]) == ((moves,), (traps,))
        assert result.settings["discount"] == 1.0


def test_a_policy_that_always_walks_up_finds_the_treasure_from_below_and_is_cut_off_elsewhere():
    result = evaluate(BENCHMARKS["maze/plain"], TabularModel(np.zeros((45, 4)), random_ties=False))
    assert sorted(result.scores) == [0.0] * 19 + [100.0]
    assert sorted(result.details["moves"]) == [1.0] + [30.0] * 19
    assert sorted(result.details["found"]) == [0.0] * 19 + [1.0]


def test_same_seed_same_scores_and_a_tick():
    ticks = []
    model = TabularModel(np.zeros((45, 4)))
    first = evaluate(
        BENCHMARKS["maze/traps"],
        model,
        count=50,
        seed=1,
        progress=lambda done, total, scores: ticks.append((done, total, len(scores))),
    )
    assert first.scores == evaluate(BENCHMARKS["maze/traps"], model, count=50, seed=1).scores
    assert first.scores != evaluate(BENCHMARKS["maze/traps"], model, count=50, seed=2).scores
    assert ticks == [(50, 50, 50)]


class Stranger(Model, Act):
    """Somebody else's model: plain Python, with a memory, through the abilities alone."""

    observation = {"kind": "discrete", "n": 45}

    def __init__(self, answer=None):
        self.answer = answer

    def start(self, batch):
        return [0] * batch

    def act(self, observations, state, *, epsilon, rng):
        if self.answer is not None:
            return self.answer, state
        steps = [1, 1, 3, 3, 3, 3, 3, 0]  # the detour, counted in the memory
        return np.array([steps[min(k, 7)] for k in state]), [k + 1 for k in state]

    def save(self, folder):
        raise NotImplementedError

    @classmethod
    def load(cls, folder, *, device):
        raise NotImplementedError


def test_a_strangers_model_with_a_memory_is_scored():
    result = evaluate(BENCHMARKS["maze/traps"], Stranger(), protocol="source-start", count=3)
    assert result.scores == (100.0, 100.0, 100.0)


@pytest.mark.parametrize("answer", [np.array([4]), np.array([-1]), np.array([0.5]), np.array([[0]]), [0, 1], None])
def test_actions_that_are_none_are_refused(answer):
    if answer is None:
        model = Stranger()
        model.observation = {"kind": "discrete", "n": 46}
        part = "46 values; this maze has discrete ones of 45"
    else:
        model, part = Stranger(answer), "whole numbers from 0 to 3"
    with pytest.raises(LabError, match=part):
        evaluate(BENCHMARKS["maze/traps"], model, protocol="source-start", count=1)
