"""Dynamic programming against linear algebra and hand-worked values."""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import planning
from lab_tabular.maze import load_maze, parse_maze
from lab_tabular.tables import Problem, build, from_environment, maze_problem


def matrices(problem: Problem, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``P`` [states, states] without terminal transitions and ``r`` [states] of a policy [states, actions]."""
    table, transition, reward = problem.table, np.zeros((problem.states, problem.states)), np.zeros(problem.states)
    for state in range(problem.states):
        for action in range(problem.actions):
            row = state * problem.actions + action
            for outcome in range(table.first[row], table.first[row + 1]):
                share = policy[state, action] * table.probability[outcome]
                reward[state] += share * table.reward[outcome]
                if not table.terminal[outcome]:
                    transition[state, table.next_state[outcome]] += share
    return transition, reward


def policy_iteration(problem: Problem, gamma: float) -> np.ndarray:
    """Optimal values by policy iteration with exact linear solves: shares no code with value iteration."""
    policy = np.full((problem.states, problem.actions), 1 / problem.actions)
    for _ in range(100):
        transition, reward = matrices(problem, policy)
        values = np.linalg.solve(np.eye(problem.states) - gamma * transition, reward)
        ahead = np.stack([_look(problem, action, gamma, values) for action in range(problem.actions)], axis=1)
        improved = np.eye(problem.actions)[np.argmax(np.round(ahead, 9), axis=1)]
        if (improved == policy).all():
            return values
        policy = improved
    raise AssertionError("policy iteration did not end")


def _look(problem: Problem, action: int, gamma: float, values: np.ndarray) -> np.ndarray:
    transition, reward = matrices(problem, np.tile(np.eye(problem.actions)[action], (problem.states, 1)))
    return reward + gamma * transition @ values


PROBLEMS = {
    "plain": lambda: maze_problem(load_maze("plain")),
    "traps": lambda: maze_problem(load_maze("traps")),
    "corridor of traps": lambda: maze_problem(parse_maze("xxA \n.x.x\n  xo")),
    "FrozenLake-v1": lambda: from_environment(gym.make("FrozenLake-v1")),
    "CliffWalking-v1": lambda: from_environment(gym.make("CliffWalking-v1")),
    "Taxi-v4": lambda: from_environment(gym.make("Taxi-v4")),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_value_iteration_agrees_with_policy_iteration_by_linear_solves(name):
    problem = PROBLEMS[name]()
    np.testing.assert_allclose(planning.optimal_values(problem, 0.9), policy_iteration(problem, 0.9), atol=1e-8)


def test_values_of_the_book_mazes_by_hand():
    for name, best in (("plain", 100 * 0.9**5), ("traps", 100 * 0.9**5 - 5 * 0.9**3)):
        problem = maze_problem(load_maze(name))
        values = planning.optimal_values(problem, 0.9)
        assert values[problem.table.start_state[0]] == pytest.approx(best)
        assert values[problem.representative[23]] == pytest.approx(100)  # beside the treasure
    # around both traps pays only from a discount of sqrt((1 + sqrt(0.8)) / 2) = 0.97325 on
    problem = maze_problem(load_maze("traps"))
    start = problem.table.start_state[0]
    assert planning.optimal_values(problem, 0.973)[start] == pytest.approx(100 * 0.973**5 - 5 * 0.973**3)
    assert planning.optimal_values(problem, 0.974)[start] == pytest.approx(100 * 0.974**7)


@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("name", ["traps", "corridor of traps"])
def test_the_policy_over_cells_loses_nothing_against_the_true_states(name, gamma):
    problem = PROBLEMS[name]()
    values = planning.optimal_values(problem, gamma)
    q = planning.observed(problem, planning.action_values(problem.table, problem.actions, gamma, values))
    policy = planning.greedy_policy(np.round(q, 9), random_ties=True)
    reached = planning.policy_values(problem.table, policy, gamma, 2000)
    fresh = problem.representative[problem.representative >= 0]
    np.testing.assert_allclose(reached[fresh], values[fresh], atol=1e-6)


def test_a_finite_horizon_counts_only_the_steps_within_it():
    chain = build({0: {0: [(1.0, 1, 1.0, False)]}, 1: {0: [(1.0, 2, 2.0, False)]}, 2: {0: [(1.0, 2, 4.0, True)]}}, [1, 0, 0])
    policy = np.ones((3, 1))
    for horizon, expected in ((1, 1.0), (2, 1 + 0.5 * 2), (3, 1 + 0.5 * 2 + 0.25 * 4), (9, 3.0)):
        assert planning.expected_return(chain, policy, gamma=0.5, horizon=horizon) == pytest.approx(expected)


def test_greedy_policy_breaks_ties_as_told():
    q = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    np.testing.assert_allclose(planning.greedy_policy(q, random_ties=True), [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0.5, 0.5]])
    np.testing.assert_allclose(planning.greedy_policy(q, random_ties=False), [[1, 0, 0], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(
        planning.greedy_policy(q, random_ties=False, random_when_zero=True), [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1, 0]]
    )
