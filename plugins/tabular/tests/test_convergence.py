"""Every method learns what dynamic programming knows: optimal values for control, values of the policy for prediction.

Tolerances. A mean of n returns of standard deviation s errs by s / sqrt(n); constant step sizes end where nothing is left to
chance exactly at the optimum. Where chance remains the bounds are twice the largest error that five seeds showed.
"""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import learners, planning, predictors
from lab_tabular.config import (
    DynaConfig,
    LearnerConfig,
    MonteCarloConfig,
    MonteCarloPredictionConfig,
    NStepConfig,
    NStepTdConfig,
    PlannerConfig,
    PolicyIterationConfig,
    PredictionConfig,
    TdLambdaConfig,
    TraceConfig,
)
from lab_tabular.planner import PolicyIteration, ValueIteration
from lab_tabular.tables import build, from_environment
from lab_tabular.tasks import tasks

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.errors import UsageError

TASK = tasks()[0]
EXPLORE = {"epsilon": 1.0, "epsilon_final": None}

CONTROL = {
    "q-learning": (learners.QLearning, LearnerConfig, {}),
    "double-q": (learners.DoubleQ, LearnerConfig, {}),
    "dyna-q": (learners.DynaQ, DynaConfig, {"planning": 5}),
    "q-lambda": (learners.QLambda, TraceConfig, {"trace_lambda": 0.5}),
    "tree-backup": (learners.NStep, NStepConfig, {"backup": "tree"}),
}
ON_POLICY = {
    "sarsa": (learners.Sarsa, LearnerConfig, {}),
    "expected-sarsa": (learners.ExpectedSarsa, LearnerConfig, {}),
    "sarsa-lambda": (learners.SarsaLambda, TraceConfig, {"trace_lambda": 0.5}),
    "n-step-sarsa": (learners.NStep, NStepConfig, {}),
    "n-step expected": (learners.NStep, NStepConfig, {"backup": "expected"}),
    "monte-carlo": (learners.MonteCarlo, MonteCarloConfig, {"alpha": 0.02}),
    "every-visit": (learners.MonteCarlo, MonteCarloConfig, {"alpha": 0.02, "learning": "every-visit"}),
}


def trained(kind, config_type, seed=0, **settings):
    """A trainer after all its episodes and what its last slice reported."""
    config = resolve(config_type, settings)
    trainer = kind(TASK, config, Context(seed=seed))
    progress = trainer.advance(config.steps)
    while progress.step < config.steps and not progress.done:
        progress = trainer.advance(config.steps - progress.step)
    return trainer, progress.scalars


@pytest.mark.parametrize("env", ["CliffWalking", "maze"])
@pytest.mark.parametrize("method", CONTROL)
def test_off_policy_methods_find_the_optimum_from_random_play_alone(method, env):
    """Nothing is left to chance here, so with a constant step every value comes to ``v*`` itself."""
    kind, config, settings = CONTROL[method]
    where = {"env": env, "gamma": 0.9, "alpha": 0.5, "steps": 10_000, "slice_episodes": 10_000, "max_steps": 100}
    _, scalars = trained(kind, config, **where, **EXPLORE, **settings)
    assert scalars["value_error"] < 1e-3


@pytest.mark.parametrize("method", ["q-learning", "double-q", "q-lambda", "tree-backup"])
def test_off_policy_methods_find_the_optimum_on_ice(method):
    kind, config, settings = CONTROL[method]
    where = {"env": "FrozenLake", "gamma": 0.9, "alpha": 1.0, "alpha_decay": 0.7, "steps": 300_000, "slice_episodes": 300_000}
    _, scalars = trained(kind, config, **where, **EXPLORE, **settings)
    assert scalars["value_error"] < 0.02
    assert scalars["greedy_return"] > 0.68  # gamma 0.9 prefers speed; 0.6862 is what its optimum gets in 100 steps


@pytest.mark.parametrize("method", ON_POLICY)
def test_on_policy_methods_come_close_to_the_optimum_as_exploration_ends(method):
    """From every kind of SARSA and Monte Carlo the policy that value iteration finds; their values are those with exploration."""
    kind, config, settings = ON_POLICY[method]
    where = {"env": "maze", "steps": 20_000, "slice_episodes": 20_000, "alpha": 0.2, "epsilon_final": 0.02, "max_steps": 60}
    _, scalars = trained(kind, config, **{**where, **settings})
    assert scalars["greedy_return"] == pytest.approx(100)
    assert scalars["value_error"] < 6  # of 100; random play is worth 35 less


@pytest.mark.parametrize("method", ["monte-carlo", "off-policy"])
def test_monte_carlo_plays_blackjack_as_well_as_can_be(method):
    """The best game is worth -0.0431; after two million games at most 0.002 is lost, which a broken rule exceeds by far."""
    settings = {"env": "Blackjack", "gamma": 1.0, "steps": 2_000_000, "slice_episodes": 2_000_000}
    settings |= {"epsilon": 0.1, "epsilon_final": None, "learning": "off-policy" if method == "off-policy" else "first-visit"}
    _, scalars = trained(learners.MonteCarlo, MonteCarloConfig, alpha=1.0, alpha_decay=1.0, **settings)
    assert scalars["greedy_return"] == pytest.approx(-0.0431, abs=0.002)


PREDICTION = {
    "td": (predictors.Td, PredictionConfig, {}),
    "td-lambda": (predictors.TdLambda, TdLambdaConfig, {}),
    "td-lambda replacing": (predictors.TdLambda, TdLambdaConfig, {"traces": "replacing"}),
    "n-step-td": (predictors.NStepTd, NStepTdConfig, {}),
    "monte-carlo": (predictors.MonteCarloPrediction, MonteCarloPredictionConfig, {"alpha": 1.0, "alpha_decay": 1.0}),
    "every-visit": (
        predictors.MonteCarloPrediction,
        MonteCarloPredictionConfig,
        {"alpha": 1.0, "alpha_decay": 1.0, "learning": "every-visit"},
    ),
}


@pytest.mark.parametrize("policy_epsilon", [1.0, 0.2])
@pytest.mark.parametrize("method", PREDICTION)
def test_prediction_comes_to_the_linear_solution(method, policy_epsilon):
    """100,000 episodes on ice: returns differ by at most 0.5, so a mean over the rarest state's visits errs by under 0.01."""
    kind, config, settings = PREDICTION[method]
    where = {"env": "FrozenLake", "gamma": 0.95, "steps": 100_000, "slice_episodes": 100_000, "alpha": 0.5, "alpha_decay": 0.7}
    _, scalars = trained(kind, config, **{**where, "policy_epsilon": policy_epsilon, "max_steps": 1000, **settings})
    assert scalars["value_error"] < 0.01


@pytest.mark.parametrize("env", ["maze", "FrozenLake", "CliffWalking", "Taxi", "Blackjack"])
def test_policy_iteration_and_value_iteration_agree(env):
    gamma = 0.99
    policy, improved = trained(PolicyIteration, PolicyIterationConfig, env=env, gamma=gamma)
    value, swept = trained(ValueIteration, PlannerConfig, env=env, gamma=gamma, tolerance=1e-12, steps=5000)
    assert improved["changed"] == 0
    assert improved["start_value"] == pytest.approx(swept["start_value"], abs=1e-8)
    np.testing.assert_allclose(policy.model().values, value.model().values, atol=1e-7)


def test_a_policy_that_never_ends_has_no_values_without_discount():
    loop = build({0: {0: [(1.0, 0, 1.0, False)]}}, [1.0])
    assert planning.solve(loop, np.ones((1, 1)), 0.5)[0] == pytest.approx(2.0)
    with pytest.raises(UsageError, match="never ends"):
        planning.solve(loop, np.ones((1, 1)), 1.0)


def test_large_problems_are_solved_by_sweeps_to_the_same_values(monkeypatch):
    problem = from_environment(gym.make("FrozenLake-v1"))
    uniform = np.full((problem.states, problem.actions), 0.25)
    exact = planning.solve(problem, uniform, 0.95)
    monkeypatch.setattr(planning, "MOST_SOLVED", 1)
    np.testing.assert_allclose(planning.solve(problem, uniform, 0.95), exact, atol=1e-10)
