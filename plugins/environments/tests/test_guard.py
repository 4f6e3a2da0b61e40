"""Environments that show what they may not are stopped at once, by name."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from lab_environments.guard import Guarded, problem_finder

from lab_core.errors import LabError


class Strange(gym.Env):
    """Shows ``shown`` in every step after the reset, with ``reward``; raises what is an exception."""

    def __init__(self, space, first, shown, reward=0.0):
        self.observation_space, self.action_space = space, spaces.Discrete(2)
        self.first, self.shown, self.reward = first, shown, reward

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.first, {}

    def step(self, action):
        if isinstance(self.shown, BaseException):
            raise self.shown
        return self.shown, self.reward, False, False, {}


def stepped(*arguments, **settings):
    env = Guarded(Strange(*arguments, **settings))
    env.reset(seed=0)
    return env.step(0)


@pytest.mark.parametrize("state", [5, -3, 400_000_000, 1.5, "one", None])
def test_a_number_outside_its_space_never_reaches_a_table(state):
    with pytest.raises(LabError, match=r"Environment Strange showed .* not in Discrete\(5\) in step 1"):
        stepped(spaces.Discrete(5), 0, state)


def test_a_row_outside_its_space_is_not_taken_for_another():
    space = spaces.Tuple([spaces.Discrete(3), spaces.Discrete(4)])
    with pytest.raises(LabError, match=r"\(1, 4\), which is not in Tuple"):
        stepped(space, (0, 0), (1, 4))
    assert stepped(space, (0, 0), (2, 3))[0] == (2, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_an_observation_that_is_not_finite_ends_the_training_there(value):
    box = spaces.Box(-1, 1, (2,), np.float64)
    with pytest.raises(LabError, match=r"Strange showed an observation that isn't finite.* in step 1"):
        stepped(box, np.zeros(2), np.array([0.0, value]))


def test_an_observation_of_another_shape_is_named():
    with pytest.raises(LabError, match=r"shape \(3,\) where \(2,\) is declared"):
        stepped(spaces.Box(-1, 1, (2,)), np.zeros(2), np.zeros(3))


@pytest.mark.parametrize("reward", [np.nan, np.inf, "much", None])
def test_a_reward_that_is_not_a_finite_number_is_the_environments(reward):
    with pytest.raises(LabError, match=r"Environment Strange gave the reward .* in step 1"):
        stepped(spaces.Discrete(5), 0, 1, reward=reward)


def test_an_exception_is_the_environments():
    with pytest.raises(LabError, match=r"Environment Strange failed in step\(\): KeyError: 'gone'"):
        stepped(spaces.Discrete(5), 0, KeyError("gone"))


def test_sound_observations_pass():
    assert stepped(spaces.Discrete(5, start=-2), 0, np.int64(2))[0] == 2
    assert stepped(spaces.MultiBinary(3), np.zeros(3, np.int8), np.ones(3, np.int8))[0].sum() == 3
    assert problem_finder(spaces.Box(0, 255, (2, 2), np.uint8))(np.zeros((2, 2), np.uint8)) == ""


def test_an_environment_that_ends_the_process_is_named():
    with pytest.raises(LabError, match=r"Environment Strange failed in step\(\): SystemExit: 0"):
        stepped(spaces.Discrete(5), 0, SystemExit(0))
