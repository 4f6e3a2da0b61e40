"""A table stands for an environment only where stepping through it would bring the same."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.toy_text.cliffwalking import CliffWalkingEnv
from gymnasium.envs.toy_text.frozen_lake import FrozenLakeEnv
from lab_environments.gym import make_env
from lab_tabular import envs, planning
from lab_tabular.numbering import Numbering, plain
from lab_tabular.tables import build, from_environment
from lab_tabular.trust import reason_to_step

from lab_core.errors import LabError, UsageError


class Taxed(CliffWalkingEnv):
    """Takes 5 from every reward in row 2, which its table doesn't know."""

    def step(self, action):
        state, reward, *rest = super().step(action)
        return state, reward - 5 * (state // 12 == 2), *rest


class Refilled(FrozenLakeEnv):
    """Changes its table, which the inherited ``step`` reads."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.P = {
            state: {
                action: [(chance, to, 2 * gain, end) for chance, to, gain, end in outcomes] for action, outcomes in row.items()
            }
            for state, row in self.P.items()
        }


class Patched(CliffWalkingEnv):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.step = super().step


def limited(env):
    return gym.wrappers.TimeLimit(env, 200)


def test_an_overridden_step_is_stepped_through():
    with pytest.raises(UsageError, match="Taxed has a step of its own"):
        from_environment(limited(Taxed()))


def test_a_replaced_step_is_stepped_through():
    with pytest.raises(UsageError, match="step of this Patched was replaced"):
        from_environment(limited(Patched()))


def test_a_wrapper_that_may_change_rewards_is_stepped_through():
    wrapped = gym.wrappers.TransformReward(CliffWalkingEnv(), lambda reward: reward - 1)
    with pytest.raises(UsageError, match="TransformReward stands around CliffWalkingEnv"):
        from_environment(limited(wrapped))


def test_arguments_that_the_table_does_not_model_are_found_by_stepping():
    with pytest.raises(UsageError, match="went from state"):
        from_environment(make_env("Taxi-v4", fickle_passenger=True))


def test_a_subclass_that_makes_its_own_table_is_believed():
    problem = from_environment(limited(Refilled(is_slippery=False)))
    assert problem.table.reward.max() == 2


@pytest.mark.parametrize("name", ["Taxi-v4", "CliffWalking-v1", "FrozenLake-v1", envs.ID])
def test_the_ordinary_environments_keep_their_tables(name):
    assert reason_to_step(make_env(name)) == ""
    from_environment(make_env(name))


def test_the_optimum_of_the_taxed_cliff_is_found_by_stepping_only():
    """By hand: two rows up the walk avoids the tax: 3 up, 11 right, 3 down, of which rows 2 cost 5 more, twice."""
    env = Taxed()
    P = {}
    for state in range(48):
        P[state] = {
            action: [(chance, to, gain - 5 * (to // 12 == 2), end) for chance, to, gain, end in env.P[state][action]]
            for action in range(4)
        }
    problem = build(P, env.initial_state_distrib)
    assert planning.optimal_values(problem, 1.0)[36] == pytest.approx(-25)


def test_a_table_whose_states_begin_at_one_is_named():
    with pytest.raises(LabError, match="not numbered from 0 to 1"):
        build({1: {0: [(1.0, 1, 0.0, True)]}, 2: {0: [(1.0, 1, 0.0, True)]}}, [1.0, 0.0])


def test_a_reward_in_a_table_has_to_be_finite():
    with pytest.raises(LabError, match="has the reward nan"):
        build({0: {0: [(1.0, 0, float("nan"), True)]}}, [1.0])


@pytest.mark.parametrize("observation", [5, -1])
def test_numbers_outside_are_refused_before_compiled_code(observation):
    with pytest.raises(LabError, match=f"Observation {observation} is outside 0 to 4"):
        plain(5).number(observation)
    with pytest.raises(LabError, match="is outside 0 to 4"):
        plain(5).numbers(np.array([0, observation]))


def test_a_row_outside_is_not_taken_for_another():
    with pytest.raises(LabError, match="outside 0 to 2, 0 to 3"):
        Numbering((3, 4), (0, 0)).number((1, 4))
