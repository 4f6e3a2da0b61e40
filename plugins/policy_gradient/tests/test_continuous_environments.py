"""What is learnt from: true last observations, truncation told from termination, actions scaled, episodes put back exactly."""

import gymnasium
import numpy as np
import pytest
from lab_policy_gradient.continuous.environments import Environments, in_bounds
from lab_policy_gradient.spaces import spaces_of

from lab_core.errors import LabError, UsageError

BOUNDS = gymnasium.spaces.Box(np.array([-3, 10], np.float32), np.array([1, 30], np.float32))


class Lane(gymnasium.Env):
    """Observation: seed of the episode and steps taken, as a [2, 1] array. Terminates after 3 steps when steered hard right."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2, 1), np.float64)
    action_space = BOUNDS

    def __init__(self, chance=False):
        self.chance = chance

    def _seen(self):
        return np.array([[self.number], [self.steps]], np.float64)

    def reset(self, *, seed=None, options=None):
        self.number, self.steps = (seed or 0) % 1000, 0
        return self._seen(), {}

    def step(self, action):
        assert BOUNDS.contains(action)
        self.steps += 1
        if self.chance:
            self.number += np.random.default_rng().integers(1, 99)
        return self._seen(), float(action[1]), bool(self.steps == 3 and action[0] > 0.5), False, {}


gymnasium.register("lab-test/Lane-v0", Lane, max_episode_steps=5)
gymnasium.register("lab-test/LaneOfChance-v0", lambda: Lane(chance=True), max_episode_steps=5)


def lanes(count=2, env="lab-test/Lane-v0"):
    environments = Environments(env, count, method="sac")
    environments.reset(7)
    return environments


def test_actions_are_scaled_from_the_unit_box_into_the_bounds():
    spaces = lanes().spaces
    np.testing.assert_allclose(in_bounds(spaces, [[-1, -1], [0, 0], [1, 1], [0.5, -0.5]]), [[-3, 10], [-1, 20], [1, 30], [0, 15]])
    np.testing.assert_array_equal(in_bounds(spaces, [[-1.5, 9]]), [[-3, 30]])


def test_the_last_observation_is_the_episodes_own_and_truncation_is_no_termination():
    environments = lanes()
    actions = np.array([[1.0, 0.0], [-1.0, 0.0]])  # the first one terminates after 3 steps, the second is cut after 5
    steps = []
    for _ in range(5):
        before = environments.observations.copy()
        steps.append((before, environments.step(actions)))
    for place, length in ((0, 3), (1, 5)):
        before, step = steps[length - 1]
        assert step.ended[place]
        assert step.next_observations[place].tolist() == [before[place, 0], length]
    assert [step.terminated.tolist() for _, step in steps] == [[number == 3, False] for number in range(1, 6)]
    assert environments.finished == [60.0, 100.0]
    assert steps[3][0][0].tolist() == [steps[3][0][0, 0], 0.0]  # begun anew at once
    assert steps[3][0][0, 0] != steps[2][0][0, 0]  # with another seed


def test_running_episodes_are_put_back_exactly():
    environments, rng = lanes(), np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (12, 2, 2))
    for action in actions[:7]:
        environments.step(action)
    state = environments.state()
    other = Environments("lab-test/Lane-v0", 2, method="sac")
    other.reset(99)
    assert other.restore(state)
    for name, value in other.state().items():
        np.testing.assert_array_equal(value, state[name], err_msg=name)
    for action in actions[7:]:
        one, same = environments.step(action), other.step(action)
        for name in ("next_observations", "rewards", "terminated", "ended"):
            np.testing.assert_array_equal(getattr(one, name), getattr(same, name))


def test_pendulum_is_put_back_exactly():
    environments, rng = Environments("Pendulum-v1", 3, method="td3"), np.random.default_rng(0)
    environments.reset(0)
    actions = rng.uniform(-1, 1, (260, 3, 1))
    for action in actions[:230]:
        environments.step(action)
    other = Environments("Pendulum-v1", 3, method="td3")
    assert other.restore(environments.state())
    for action in actions[230:]:
        np.testing.assert_array_equal(environments.step(action).next_observations, other.step(action).next_observations)


def test_an_environment_of_chance_begins_anew_after_a_stop():
    environments = lanes(env="lab-test/LaneOfChance-v0")
    for _ in range(3):
        environments.step(np.zeros((2, 2)))
    state = environments.state()
    assert not environments.restore(state)
    assert environments.observations[:, 1].tolist() == [0.0, 0.0]
    assert not environments.scores.any()


def test_environments_that_do_not_fit_are_refused_with_the_methods_that_do():
    with pytest.raises(LabError, match="CartPole-v1 takes Discrete") as caught:
        Environments("CartPole-v1", 1, method="sac")
    assert caught.value.hint
    for method in ("dqn", "ppo", "a2c", "reinforce"):
        assert method in caught.value.hint
    gymnasium.register("lab-test/Endless-v0", Endless)
    with pytest.raises(UsageError, match="ddpg needs continuous actions within finite bounds"):
        Environments("lab-test/Endless-v0", 1, method="ddpg")
    with pytest.raises(UsageError, match="Did you mean Pendulum"):
        Environments("Pendulm-v1", 1, method="td3")


class Endless(Lane):
    action_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float32)


def test_an_environment_that_breaks_is_named():
    environments = lanes()
    environments.envs[1].unwrapped.step = lambda action: 1 / 0
    with pytest.raises(LabError, match=r"lab-test/Lane-v0 failed in step\(\): ZeroDivisionError"):
        environments.step(np.zeros((2, 2)))


def test_sizes_are_those_of_the_flat_spaces():
    for env, sizes in (("Pendulum-v1", (3, 1)), ("lab-test/Lane-v0", (2, 2))):
        spaces = spaces_of(env, method="sac")
        assert (spaces.inputs, len(spaces.low)) == sizes


class Narrow(gymnasium.Env):
    """Bounds in float64 that no float32 hits: 0.1 rounded to float32 lies above 0.1."""

    observation_space = gymnasium.spaces.Box(-1, 1, (1,), np.float64)
    action_space = gymnasium.spaces.Box(-0.1, 0.1, (1,), np.float64)

    def reset(self, *, seed=None, options=None):
        return np.zeros(1), {}

    def step(self, action):
        assert action.dtype == np.float64
        assert abs(action[0]) <= 0.1
        return np.zeros(1), float(action[0]), False, False, {}


gymnasium.register("lab-test/Narrow-v0", Narrow, max_episode_steps=5)


def test_bounds_in_float64_are_kept_to_the_last_bit():
    environments = lanes(1, "lab-test/Narrow-v0")
    assert environments.step(np.array([[1.0]])).rewards[0] == pytest.approx(0.1)
    environments.step(np.array([[-1.0]]))
    environments.close()
