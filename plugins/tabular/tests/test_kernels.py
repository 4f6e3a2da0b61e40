"""The compiled learners: single updates by hand, draws by their statistics, learning against known optima."""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import planning, rng
from lab_tabular.kernels import EXPECTED_SARSA, Q_LEARNING, SARSA, Step, bootstrap, choose, run_episodes, update
from lab_tabular.maze import load_maze
from lab_tabular.study.as_written import AsWritten
from lab_tabular.study.exact import soft_values
from lab_tabular.study.experiments import book, interval
from lab_tabular.study.record import LOST, OUTCOMES, record
from lab_tabular.tables import Problem, build, from_environment, maze_problem, world
from lab_tabular.tasks import tasks


def learn(
    problem: Problem,
    rule: int,
    *,
    episodes: int,
    epsilon: float,
    gamma: float = 0.9,
    alpha: float = 1.0,
    alpha_decay: float = 0.7,
    max_steps: int = 100,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """A learnt table and its visit counts."""
    q = np.zeros((problem.observations, problem.actions))
    visits = np.zeros(q.shape, np.int64)
    returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
    step = Step(gamma, alpha, alpha_decay, True, False, max_steps)
    run_episodes(rule, q, visits, rng.stream(seed), world(problem.table), step, np.full(episodes, epsilon), returns, lengths)
    assert visits.sum() == lengths.sum()
    return q, visits


def test_bootstrap_of_each_rule_by_hand():
    q = np.array([[0.0, 0.0], [4.0, -2.0]])
    assert bootstrap(Q_LEARNING, q, 1, 1, 0.5) == 4.0
    assert bootstrap(SARSA, q, 1, 1, 0.5) == -2.0
    assert bootstrap(EXPECTED_SARSA, q, 1, 1, 0.5) == pytest.approx(0.5 * 4 + 0.5 * 1)  # the mean of the row is 1


def test_update_by_hand_with_constant_and_decaying_step():
    q, visits = np.array([[10.0]]), np.zeros((1, 1), np.int64)
    update(q, visits, 0, 0, 20.0, 0.1, 0.0)
    assert q[0, 0] == pytest.approx(11.0)  # 0.9 * 10 + 0.1 * 20
    q, visits = np.zeros((1, 1)), np.zeros((1, 1), np.int64)
    for target in (3.0, 5.0, 10.0):
        update(q, visits, 0, 0, target, 1.0, 1.0)
    assert q[0, 0] == pytest.approx(6.0)  # steps of 1, 1/2, 1/3 make the mean
    assert visits[0, 0] == 3


@pytest.mark.parametrize(
    ("row", "epsilon", "random_ties", "when_zero", "expected"),
    [
        ([1, 3, 2, 3], 0.0, True, False, [0, 0.5, 0, 0.5]),
        ([1, 3, 2, 3], 0.0, False, False, [0, 1, 0, 0]),
        ([1, 3, 2, 3], 0.0, False, True, [0, 1, 0, 0]),
        ([0, 0, 0, 0], 0.0, False, True, [0.25] * 4),
        ([0, 0, 0, 0], 0.0, False, False, [1, 0, 0, 0]),
        ([0, -1, 0, 0], 0.0, False, True, [1, 0, 0, 0]),
        ([-2, -1, -3, -4], 0.2, False, False, [0.05, 0.85, 0.05, 0.05]),
        ([-2, -1, -3, -4], 1.0, True, False, [0.25] * 4),
    ],
)
def test_choose_takes_each_action_as_often_as_it_should(row, epsilon, random_ties, when_zero, expected):
    q, state = np.array([row], np.float64), rng.stream(5)[0]
    draws = 20_000
    taken = [choose(q, 0, epsilon, random_ties, when_zero, rng.word(state)) for _ in range(draws)]
    found = np.bincount(taken, minlength=4) / draws
    np.testing.assert_allclose(found, expected, atol=4 * np.sqrt(0.25 / draws))
    assert ((found > 0) == (np.array(expected) > 0)).all()


def test_one_episode_by_hand():
    """A corridor of three states to the right; always right, no discount lost but gamma, step size one half."""
    chain = build({0: {0: [(1.0, 1, -1.0, False)]}, 1: {0: [(1.0, 2, 10.0, True)]}, 2: {0: [(1.0, 2, 0.0, True)]}}, [1, 0, 0])
    for rule in (Q_LEARNING, SARSA, EXPECTED_SARSA):
        q, visits = learn(chain, rule, episodes=2, epsilon=0.0, gamma=0.5, alpha=0.5, alpha_decay=0.0)
        # first: q0 = -0.5, q1 = 5; second: q0 = -0.25 + 0.5 * (-1 + 0.5 * 5) = 0.5, q1 = 2.5 + 5 = 7.5
        np.testing.assert_allclose(q[:, 0], [0.5, 7.5, 0.0])
        assert visits[:, 0].tolist() == [2, 2, 0]


def test_a_cut_off_episode_bootstraps_and_a_terminal_one_does_not():
    loop = build({0: {0: [(1.0, 0, 1.0, False)]}}, [1.0])
    q, _ = learn(loop, Q_LEARNING, episodes=4000, epsilon=0.0, gamma=0.5, alpha=0.5, alpha_decay=0.0, max_steps=1)
    assert q[0, 0] == pytest.approx(2.0)  # 1 + 0.5 + 0.25 + ...
    ends = build({0: {0: [(1.0, 0, 1.0, True)]}}, [1.0])
    q, _ = learn(ends, Q_LEARNING, episodes=4000, epsilon=0.0, gamma=0.5, alpha=0.5, alpha_decay=0.0, max_steps=1)
    assert q[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "episodes", "alpha_decay", "tolerance"),
    [("FrozenLake-v1", 600_000, 0.8, 0.01), ("CliffWalking-v1", 20_000, 0.0, 1e-6), ("Taxi-v4", 60_000, 0.0, 1e-6)],
)
def test_q_learning_converges_to_the_optimum_of_value_iteration(name, episodes, alpha_decay, tolerance):
    problem = from_environment(gym.make(name))
    q, visits = learn(problem, Q_LEARNING, episodes=episodes, epsilon=1.0, alpha_decay=alpha_decay, max_steps=200)
    optimum = planning.action_values(problem.table, problem.actions, 0.9, planning.optimal_values(problem, 0.9))
    live = problem.representative >= 0
    assert visits[live].min() > 20
    np.testing.assert_allclose(q[live], optimum[live], atol=tolerance)


def test_q_learning_converges_to_the_optimum_of_the_plain_maze():
    problem = maze_problem(load_maze("plain"))
    q, _ = learn(problem, Q_LEARNING, episodes=50_000, epsilon=1.0, alpha=0.1, alpha_decay=0.0, max_steps=30)
    values = planning.optimal_values(problem, 0.9)
    optimum = planning.observed(problem, planning.action_values(problem.table, 4, 0.9, values))
    np.testing.assert_allclose(q, optimum, atol=1e-6)
    assert planning.value_error(problem, q, values) < 1e-6


@pytest.mark.parametrize(("rule", "tolerance"), [(SARSA, 0.02), (EXPECTED_SARSA, 0.01)])
def test_on_policy_learners_converge_to_the_fixed_point_of_their_own_policy(rule, tolerance):
    """The value of the epsilon-greedy policy that is greedy for its own values, by linear solves; far from the optimum."""
    problem, epsilon, gamma = from_environment(gym.make("FrozenLake-v1")), 0.3, 0.9
    expected = on_policy_fixed_point(problem, epsilon, gamma)
    q, visits = learn(problem, rule, episodes=400_000, epsilon=epsilon, gamma=gamma, alpha_decay=0.75)
    often = visits > 20_000
    assert often.sum() >= 20
    np.testing.assert_allclose(q[often], expected[often], atol=tolerance)
    optimum = planning.action_values(problem.table, problem.actions, gamma, planning.optimal_values(problem, gamma))
    assert np.abs(q[often] - optimum[often]).max() > 3 * tolerance


def on_policy_fixed_point(problem: Problem, epsilon: float, gamma: float) -> np.ndarray:
    """Epsilon-soft policy iteration: solve for the values of a policy, make it greedy but for epsilon, until it stays."""
    states, actions, table = problem.states, problem.actions, problem.table
    reward, ahead = np.zeros((states, actions)), np.zeros((states, actions, states))
    for state in range(states):
        for action in range(actions):
            row = state * actions + action
            for outcome in range(table.first[row], table.first[row + 1]):
                reward[state, action] += table.probability[outcome] * table.reward[outcome]
                if not table.terminal[outcome]:
                    ahead[state, action, table.next_state[outcome]] += table.probability[outcome]
    q = np.zeros((states, actions))
    for _ in range(50):
        policy = epsilon / actions + (1 - epsilon) * np.eye(actions)[np.round(q, 12).argmax(axis=1)]
        values = np.linalg.solve(np.eye(states) - gamma * np.einsum("sa,sat->st", policy, ahead), (policy * reward).sum(axis=1))
        new = reward + gamma * ahead @ values
        if np.allclose(new, q, atol=1e-12):
            break
        q = new
    np.testing.assert_allclose(q, soft_values(problem, gamma, epsilon), atol=1e-8)
    return q


def test_same_stream_same_table_and_another_stream_another():
    problem = from_environment(gym.make("FrozenLake-v1"))
    first, _ = learn(problem, SARSA, episodes=500, epsilon=0.5, seed=1)
    np.testing.assert_array_equal(first, learn(problem, SARSA, episodes=500, epsilon=0.5, seed=1)[0])
    assert (first != learn(problem, SARSA, episodes=500, epsilon=0.5, seed=2)[0]).any()


@pytest.mark.parametrize("method", ["q-learning", "sarsa"])
def test_the_compiled_loop_behaves_as_the_program_of_the_source(method):
    """100 trainings of each, by independent code and independent random numbers: every outcome is as frequent."""
    task = next(one for one in tasks() if one.method == method and one.settings["maze"] == "traps")
    config, seeds, episodes = book(task), 100, 60
    ours = record({"q-learning": Q_LEARNING, "sarsa": SARSA}[method], config, [episodes], 10 * seeds).outcome[:, 0]
    theirs = []
    for seed in range(seeds):
        training = AsWritten(method, load_maze("traps"), seed, config.max_steps)
        for _ in range(episodes):
            training.episode()
        theirs.append(training.walk())
    for code in range(len(OUTCOMES)):
        low, high = interval(theirs.count(code), seeds)
        assert low - 0.05 <= (ours == code).mean() <= high + 0.05
    assert ((ours == LOST).mean() > 0.5) == (method == "sarsa")
