"""Each method of the family: an episode worked out by hand, its limits where it must equal another, both ways of stepping."""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import double_q, dyna, kernels, monte_carlo, n_step, rng, stepwise, traces
from lab_tabular.kernels import Q_LEARNING, SARSA, Step
from lab_tabular.numbering import plain
from lab_tabular.tables import build, from_environment, world

# Three states to the right, rewards 1, 2, 4; one action.
CHAIN = build({0: {0: [(1.0, 1, 1.0, False)]}, 1: {0: [(1.0, 2, 2.0, False)]}, 2: {0: [(1.0, 2, 4.0, True)]}}, [1, 0, 0])
# One state twice, then the end: 0 -> 0 is not possible to tell apart from a second visit.
TWICE = build(
    {0: {0: [(1.0, 1, 1.0, False)]}, 1: {0: [(1.0, 2, 2.0, True)]}, 2: {0: [(1.0, 2, 0.0, True)]}},
    [1, 0, 0],
    observation=[0, 0, 1],
)


def run(module, *before, problem=CHAIN, episodes=1, epsilon=0.0, step=None, seed=0, shape=None, extra=(), env=None):
    """Learn from zero; returns ``q``, ``visits`` and the arrays in ``extra``, by the table or, with ``env``, in Python."""
    shape = shape or (problem.observations, problem.actions)
    q, visits, random = np.zeros(shape), np.zeros(shape, np.int64), rng.stream(seed)
    step = step or Step(0.5, 0.5, 0.0, True, False, 100)
    loop = module.run_episodes if env is None else stepwise.interpreted(module.run_episodes)
    where = world(problem.table)
    if env is not None:
        where = stepwise.world(stepwise.Numbered(env, plain(problem.observations), plain(problem.actions)))
    returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
    loop(*before, q, visits, *extra, random, where, step, np.full(episodes, epsilon), returns, lengths)
    return q, visits, returns, lengths, random[rng.POLICY]


METHODS = {
    "q-learning": (kernels, (Q_LEARNING,)),
    "double-q": (double_q, ()),
    "dyna-q": (dyna, (5,)),
    "sarsa-lambda": (traces, (SARSA, traces.ACCUMULATING, 0.9)),
    "sarsa-lambda dutch": (traces, (SARSA, traces.DUTCH, 0.9)),
    "q-lambda": (traces, (Q_LEARNING, traces.REPLACING, 0.9)),
    "n-step-sarsa": (n_step, (n_step.ON_POLICY, 4)),
    "n-step expected": (n_step, (n_step.EXPECTED, 4)),
    "tree-backup": (n_step, (n_step.TREE, 4)),
    "monte-carlo": (monte_carlo, (monte_carlo.FIRST_VISIT,)),
    "every-visit": (monte_carlo, (monte_carlo.EVERY_VISIT,)),
    "off-policy": (monte_carlo, (monte_carlo.OFF_POLICY,)),
}


def run_method(name, problem, **settings):
    module, before = METHODS[name]
    size = problem.observations * problem.actions
    extra = ()
    if module is dyna:
        extra = (dyna.empty(size),)
    elif module is monte_carlo:
        extra = (np.zeros((problem.observations, problem.actions)),)
    shape = (2, problem.observations, problem.actions) if module is double_q else None
    return run(module, *before, problem=problem, extra=extra, shape=shape, **settings)


@pytest.mark.parametrize("name", METHODS)
def test_table_and_environment_learn_the_same_to_the_bit(name):
    """CliffWalking leaves nothing to chance, so the compiled loop and the one in Python must agree entirely."""
    env = gym.make("CliffWalking-v1", max_episode_steps=40)
    problem, step = from_environment(env), Step(0.9, 0.5, 0.3, True, False, 40)
    ways = [run_method(name, problem, episodes=15, epsilon=0.3, step=step, env=where) for where in (None, env)]
    for compiled, stepped in zip(*ways, strict=True):
        np.testing.assert_array_equal(compiled, stepped)
    assert np.count_nonzero(ways[0][0]) > 10


def test_double_q_by_hand():
    """One episode of the chain updates each pair in one of the two tables, by the other's value of the next (zero): 1/2 r."""
    q, visits, *_ = run(double_q, shape=(2, 3, 1))
    np.testing.assert_array_equal(visits.sum(axis=0)[:, 0], [1, 1, 1])
    np.testing.assert_allclose(q.sum(axis=0)[:, 0], [0.5, 1.0, 2.0])
    assert ((q == 0) == (visits == 0)).all()


def test_double_q_values_one_tables_choice_by_the_other():
    """Two actions at the end, worth 1 and 0: a table that prefers the wrong one still gets the other table's value of it."""
    problem = build(
        {0: {0: [(1.0, 1, 0.0, False)], 1: [(1.0, 1, 0.0, False)]}, 1: {0: [(1.0, 1, 9.0, True)], 1: [(1.0, 1, 9.0, True)]}},
        [1, 0],
    )
    q, visits, random = np.zeros((2, 2, 2)), np.zeros((2, 2, 2), np.int64), rng.stream(0)
    q[0, 1], q[1, 1] = [5.0, 1.0], [2.0, 7.0]  # heads prefers action 0 (tails: 2), tails prefers 1 (heads: 1)
    before = q.copy()
    step = Step(1.0, 1.0, 0.0, True, False, 1)
    for _ in range(20):
        double_q.run_episodes(q, visits, random, world(problem.table), step, np.zeros(1), np.zeros(1), np.zeros(1, np.int64))
    learnt = q[:, 0][visits[:, 0] > 0]
    assert set(q[0, 0][visits[0, 0] > 0]) == {2.0}
    assert set(q[1, 0][visits[1, 0] > 0]) == {1.0}
    assert len(learnt) >= 2
    np.testing.assert_array_equal(q[:, 1], before[:, 1])


def test_dyna_without_planning_is_q_learning():
    problem = from_environment(gym.make("CliffWalking-v1"))
    step = Step(0.9, 0.5, 0.0, True, False, 10_000)
    plain_q = run(kernels, Q_LEARNING, problem=problem, episodes=3, epsilon=0.5, step=step)
    size = problem.observations * problem.actions
    dyna_q = run(dyna, 0, problem=problem, episodes=3, epsilon=0.5, step=step, extra=(dyna.empty(size),))
    assert plain_q[3].max() < 10_000  # every episode ended by itself
    for one, other in zip(plain_q, dyna_q, strict=True):
        np.testing.assert_array_equal(one, other)


def test_dyna_plans_from_what_it_has_seen():
    """One episode of the chain with much planning: the model is right, so the values are, all but the step size's rest."""
    memory = dyna.empty(3)
    q, *_ = run(dyna, 200, extra=(memory,))
    np.testing.assert_allclose(q[:, 0], [1 + 0.5 * 2 + 0.25 * 4, 2 + 0.5 * 4, 4], atol=1e-6)
    np.testing.assert_array_equal(memory.following, [1, 2, 2])
    np.testing.assert_array_equal(memory.reward, [1, 2, 4])
    np.testing.assert_array_equal(memory.terminal, [False, False, True])
    assert memory.count[0] == 3


def test_traces_by_hand():
    """lambda 1/2, gamma 1/2, alpha 1/2: errors 1, 2, 4 reach back by factors of 1/4 a step."""
    q, *_ = run(traces, SARSA, traces.ACCUMULATING, 0.5)
    np.testing.assert_allclose(q[:, 0], [0.5 * (1 + 2 / 4 + 4 / 16), 0.5 * (2 + 4 / 4), 0.5 * 4])


@pytest.mark.parametrize(
    ("kind", "second"), [(traces.ACCUMULATING, 1.25), (traces.REPLACING, 1.0), (traces.DUTCH, 0.5 * 0.25 + 1)]
)
def test_a_second_visit_raises_each_kind_of_trace_as_it_should(kind, second):
    """First error 1, q = 0.5; the second visit has error 2 - 0.5 and the trace of both visits."""
    q, *_ = run(traces, SARSA, kind, 0.5, problem=TWICE)
    first = 0.5 * 1.0  # bootstraps from itself, still 0
    assert q[0, 0] == pytest.approx(first + 0.5 * (2 - first) * second)


@pytest.mark.parametrize("rule", [SARSA, Q_LEARNING])
def test_traces_of_lambda_zero_are_one_step_learning(rule):
    problem, step = from_environment(gym.make("FrozenLake-v1")), Step(0.9, 0.5, 0.0, True, False, 60)
    one = run(kernels, rule, problem=problem, episodes=40, epsilon=1.0, step=step)
    traced = run(traces, rule, traces.ACCUMULATING, 0.0, problem=problem, episodes=40, epsilon=1.0, step=step)
    np.testing.assert_array_equal(one[0], traced[0])


def test_traces_of_lambda_one_are_monte_carlo_where_no_state_comes_twice():
    step = Step(0.5, 0.25, 0.0, True, False, 100)
    traced = run(traces, SARSA, traces.ACCUMULATING, 1.0, episodes=3, step=step)
    averaged = run(monte_carlo, monte_carlo.EVERY_VISIT, episodes=3, step=step, extra=(np.zeros((3, 1)),))
    np.testing.assert_allclose(traced[0], averaged[0])


def test_watkins_traces_end_at_an_exploring_action():
    """From 0 both actions lead to 1, from 1 both to the end with reward 8; action 0 is known to be the better one at 1."""
    ends = [(1.0, 1, 8.0, True)]
    problem = build({0: {0: [(1.0, 1, 0.0, False)], 1: [(1.0, 1, 0.0, False)]}, 1: {0: ends, 1: ends}}, [1, 0])
    reached = set()
    for seed in range(40):
        q, visits, random = np.array([[0.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2), np.int64), rng.stream(seed)
        step = Step(1.0, 0.5, 0.0, True, False, 100)
        rest = (random, world(problem.table), step, np.ones(1), np.zeros(1), np.zeros(1, np.int64))
        traces.run_episodes(Q_LEARNING, traces.REPLACING, 1.0, q, visits, *rest)
        explored = visits[1, 1] == 1
        first = q[0, visits[0].argmax()]
        # greedy at 1: 0.5 * 1 for the step, then 0.5 * (8 - 1) comes back; exploring: the first half alone
        assert first == pytest.approx(0.5 if explored else 4.0)
        reached.add(bool(explored))
    assert reached == {True, False}


def test_long_episodes_leave_no_trace_behind():
    """Traces that underflow leave the list: an episode of 20,000 steps around a ring of two fits a list of two."""
    ring = build({0: {0: [(1.0, 1, 1.0, False)]}, 1: {0: [(1.0, 0, 1.0, False)]}}, [1, 0])
    q, *_ = run(traces, SARSA, traces.REPLACING, 0.01, problem=ring, step=Step(0.5, 0.1, 0.0, True, False, 20_000))
    np.testing.assert_allclose(q[:, 0], 2.0)  # 1 + 1/2 + 1/4 + ...


@pytest.mark.parametrize("rule", [n_step.ON_POLICY, n_step.EXPECTED, n_step.TREE])
def test_n_steps_by_hand(rule):
    """n 2: two rewards, then what is believed, which is zero in the first episode; one action, so all rules agree."""
    q, *_ = run(n_step, rule, 2)
    np.testing.assert_allclose(q[:, 0], [0.5 * (1 + 0.5 * 2), 0.5 * (2 + 0.5 * 4), 0.5 * 4])
    q, *_ = run(n_step, rule, 2, episodes=2)
    # in the second episode state 0 bootstraps from state 2, then worth 2
    assert q[0, 0] == pytest.approx(1.0 + 0.5 * (1 + 0.5 * 2 + 0.25 * 2 - 1.0))


def test_one_step_of_n_steps_is_the_one_step_method():
    problem, step = from_environment(gym.make("FrozenLake-v1")), Step(0.9, 0.5, 0.0, True, False, 60)
    settings = {"problem": problem, "episodes": 40, "epsilon": 1.0, "step": step}
    for rule, one in ((n_step.ON_POLICY, SARSA), (n_step.EXPECTED, kernels.EXPECTED_SARSA)):
        np.testing.assert_array_equal(run(n_step, rule, 1, **settings)[0], run(kernels, one, **settings)[0])


def test_a_cut_off_episode_bootstraps_from_where_it_was_cut():
    """Cut after two of three steps: state 1 counts its reward and the value of state 2."""
    q, visits, random = np.array([[0.0], [0.0], [8.0]]), np.zeros((3, 1), np.int64), rng.stream(0)
    step = Step(0.5, 1.0, 0.0, True, False, 2)
    n_step.run_episodes(
        n_step.ON_POLICY, 5, q, visits, random, world(CHAIN.table), step, np.zeros(1), np.zeros(1), np.zeros(1, np.int64)
    )
    np.testing.assert_allclose(q[:, 0], [1 + 0.5 * 2 + 0.25 * 8, 2 + 0.5 * 8, 8])


def test_branches_of_the_tree_by_hand():
    q = np.array([[3.0, 1.0, 3.0]])
    assert n_step.branch(q, 0, 1, 100.0) == 3.0  # not greedy: its branch has no share
    assert n_step.branch(q, 0, 0, 7.0) == pytest.approx(0.5 * 3 + 0.5 * 7)  # one of two greedy ones


def test_first_and_every_visit_by_hand():
    """TWICE: rewards 1, 2, one observation. First visit: 1 + 1/2 * 2; every visit: the mean of that and of 2."""
    step = Step(0.5, 1.0, 1.0, True, False, 100)
    for rule, expected, count in ((monte_carlo.FIRST_VISIT, 2.0, 1), (monte_carlo.EVERY_VISIT, 2.0, 2)):
        q, visits, *_ = run(monte_carlo, rule, problem=TWICE, step=step, extra=(np.zeros((2, 1)),))
        assert q[0, 0] == pytest.approx(expected)
        assert visits[0, 0] == count
    step = Step(0.0, 1.0, 1.0, True, False, 100)  # returns 1 (first visit) and 2
    for rule, expected in ((monte_carlo.FIRST_VISIT, 1.0), (monte_carlo.EVERY_VISIT, 1.5)):
        assert run(monte_carlo, rule, problem=TWICE, step=step, extra=(np.zeros((2, 1)),))[0][0, 0] == pytest.approx(expected)


def test_chance_of_an_action_by_hand():
    q = np.array([[2.0, 5.0, 5.0, 0.0]])
    assert monte_carlo.chance(q, 0, 1, 0.2, True) == pytest.approx(0.05 + 0.4)
    assert monte_carlo.chance(q, 0, 1, 0.2, False) == pytest.approx(0.05 + 0.8)
    assert monte_carlo.chance(q, 0, 2, 0.2, False) == pytest.approx(0.05)
    assert monte_carlo.chance(q, 0, 0, 0.2, True) == pytest.approx(0.05)


def test_off_policy_weights_by_hand():
    """Two steps; the last action was greedy with chance 1/4, so what came before it counts four times."""
    q, visits, weights = np.zeros((2, 2)), np.zeros((2, 2), np.int64), np.zeros((2, 2))
    pairs, rewards, chances = np.array([1, 2]), np.array([1.0, 3.0]), np.array([0.5, 0.25])
    monte_carlo.learn_off_policy(q, visits, weights, pairs, rewards, chances, 2, 0.5)
    np.testing.assert_allclose(q, [[0, 1 + 0.5 * 3], [3, 0]])
    np.testing.assert_allclose(weights, [[0, 4], [1, 0]])
    # a last action that the greedy policy would not take: nothing before it is learnt from
    pairs = np.array([1, 3])
    monte_carlo.learn_off_policy(q, visits, weights, pairs, np.array([9.0, 1.0]), chances, 2, 0.5)
    np.testing.assert_allclose(q, [[0, 2.5], [3, 1]])
