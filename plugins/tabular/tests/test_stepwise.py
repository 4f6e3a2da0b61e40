"""The Gymnasium path learns what the compiled loop learns."""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import kernels, planning, rng, stepwise
from lab_tabular.kernels import EXPECTED_SARSA, Q_LEARNING, SARSA
from lab_tabular.numbering import numberings, plain
from lab_tabular.tables import from_environment, world

from lab_core.errors import UsageError


def both(env, problem, rule, *, episodes, epsilon, max_steps, ties=True, when_zero=False, decay=0.0):
    """Tables of the compiled loop and of the Gymnasium path from the same random streams."""
    tables = []
    for compiled in (True, False):
        q = np.zeros((problem.observations, problem.actions))
        visits, random = np.zeros(q.shape, np.int64), rng.stream(3)
        before, step = (rule, q, visits, random), kernels.Step(0.9, 0.5, decay, ties, when_zero, max_steps)
        returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
        numbered = stepwise.Numbered(env, plain(problem.observations), plain(problem.actions))
        loop = kernels.run_episodes if compiled else stepwise.interpreted(kernels.run_episodes)
        where = world(problem.table) if compiled else stepwise.world(numbered)
        loop(*before, where, step, np.full(episodes, epsilon), returns, lengths)
        tables.append((q, visits, random[rng.POLICY], returns, lengths))
    return tables


@pytest.mark.parametrize("rule", [Q_LEARNING, SARSA, EXPECTED_SARSA])
@pytest.mark.parametrize(("ties", "when_zero", "decay"), [(True, False, 0.0), (False, True, 0.6)])
@pytest.mark.parametrize("name", ["lab_tabular.envs:lab/Maze-v0", "CliffWalking-v1"], ids=["maze with traps", "cliff walking"])
def test_both_paths_learn_the_same_table_to_the_bit(name, rule, ties, when_zero, decay):
    options = {"maze": "traps"} if "Maze" in name else {}
    env = gym.make(name, max_episode_steps=40, **options)
    problem = from_environment(env)
    compiled, plain = both(
        env, problem, rule, episodes=60, epsilon=0.3, max_steps=40, ties=ties, when_zero=when_zero, decay=decay
    )
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.count_nonzero(compiled[0]) > 20


def test_both_paths_learn_the_exact_values_of_chance_where_the_environment_is_random():
    env = gym.make("CliffWalkingSlippery-v1", max_episode_steps=100)
    problem = from_environment(env)
    uniform = np.full((problem.observations, problem.actions), 1 / problem.actions)
    values = planning.policy_values(problem.table, uniform, 0.9, 500)
    exact = planning.action_values(problem.table, problem.actions, 0.9, values)
    for q, visits, *_ in both(env, problem, EXPECTED_SARSA, episodes=600, epsilon=1.0, max_steps=100, decay=0.4):
        often = visits > 400
        assert often.sum() >= 30
        assert np.sqrt(np.mean((q[often] - exact[often]) ** 2)) < 0.1 * np.sqrt(np.mean(exact[often] ** 2))
        assert abs(np.mean(q[often] - exact[often])) < 0.05 * np.abs(np.mean(exact[often]))


def test_spaces_that_no_table_holds_are_refused():
    cart, pendulum = gym.make("CartPole-v1"), gym.make("Pendulum-v1")
    with pytest.raises(UsageError, match=r"CartPole-v1 shows Box.*; a table needs numbered states.*dqn"):
        numberings(cart.observation_space, cart.action_space, "CartPole-v1")
    with pytest.raises(UsageError, match=r"Pendulum-v1 takes Box.*; a table needs numbered actions.*ppo"):
        numberings(gym.spaces.Discrete(3), pendulum.action_space, "Pendulum-v1")
    huge = gym.spaces.MultiDiscrete([10**5, 10**5])
    with pytest.raises(UsageError, match=r"table of at most.*held\. ppo, a2c, reinforce, dqn can take it"):
        numberings(huge, cart.action_space, "Huge-v0")
