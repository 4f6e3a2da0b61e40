"""Environments side by side: when episodes end, begin, are seeded, clipped, saved and refused."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from lab_policy_gradient.ppo.config import PPOConfig
from lab_policy_gradient.ppo.vectors import AtariGames, Episodes

from lab_core.errors import LabError, UsageError


class Counter(gymnasium.Env):
    """Shows how many steps have gone by and its seed's first number; terminates after 3 steps."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
    action_space = spaces.Discrete(3, start=5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps, self.mark = 0, self.np_random.random()
        return np.array([0.0, self.mark]), {}

    def step(self, action):
        assert self.action_space.contains(action)
        self.steps += 1
        return np.array([self.steps, self.mark]), float(action), self.steps == 3, False, {}


class Reach(Counter):
    """Takes two numbers within [-1, 0.4], which float32 can't hold; is cut after 2 steps."""

    action_space = spaces.Box(np.array([-1.0, -1.0]), np.array([0.4, 0.4]), dtype=np.float64)

    def step(self, action):
        assert self.action_space.contains(action)
        self.steps += 1
        return np.array([self.steps, float(action.sum())]), float(action.sum()), False, self.steps == 2, {}


class Broken(Counter):
    def step(self, action):
        raise RuntimeError("no floor")


gymnasium.register("PPOTestCounter-v0", lambda: Counter())
gymnasium.register("PPOTestReach-v0", lambda: Reach())
gymnasium.register("PPOTestBroken-v0", lambda: Broken())


def test_the_step_after_an_end_begins_a_new_episode_from_a_new_seed():
    vector = Episodes("PPOTestCounter-v0", 1, method="ppo")
    first = vector.reset(7)
    steps = [vector.step(np.array([number % 3])) for number in range(5)]
    assert [bool(step.terminals[0]) for step in steps] == [False, False, True, False, False]
    assert [bool(step.begun[0]) for step in steps] == [False, False, False, True, False]
    assert [float(step.observations[0, 0]) for step in steps] == [1, 2, 3, 0, 1]  # the last observation is seen
    assert [float(step.rewards[0]) for step in steps] == [5, 6, 7, 0, 6]  # the environment's actions begin at 5
    assert vector.finished == [18.0]
    assert steps[3].observations[0, 1] != first[0, 1]


def test_an_episode_that_is_only_cut_is_no_terminal_and_actions_are_held_within_bounds():
    vector = Episodes("PPOTestReach-v0", 2, method="a2c")
    vector.reset(0)
    vector.step(np.zeros((2, 2), np.float32))
    step = vector.step(np.array([[9.0, 0.25], [-9.0, 0.25]], np.float32))
    assert step.ended.all()
    assert not step.terminals.any()
    np.testing.assert_allclose(step.rewards, [0.65, -0.75])


@pytest.mark.parametrize("env", ["CartPole-v1", "Pendulum-v1", "LunarLander-v3", "PPOTestCounter-v0"])
def test_any_environment_goes_on_exactly_where_it_was_saved(env):
    rng = np.random.default_rng(0)
    vector, other = Episodes(env, 2, method="ppo"), Episodes(env, 2, method="ppo")

    def actions():
        return (
            rng.integers(0, vector.actions, 2) if vector.actions else rng.normal(size=(2, vector.action_size)).astype(np.float32)
        )

    vector.reset(3)
    for _ in range(61):
        seen = vector.step(actions()).observations
    state = {name: np.array(value) for name, value in vector.state().items()}
    other.reset(99)
    np.testing.assert_array_equal(other.restore(state), seen)
    for _ in range(200):
        chosen = actions()
        one, two = vector.step(chosen), other.step(chosen)
        for name in ("observations", "rewards", "terminals", "ended", "begun"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert vector.finished[-1:] == other.finished[-1:]


class Chance(Counter):
    def step(self, action):
        return np.random.default_rng().random(2), 0.0, False, False, {}


def test_an_environment_of_chance_is_known_when_it_is_not_put_back():
    gymnasium.register("PPOTestChance-v0", lambda: Chance())
    vector = Episodes("PPOTestChance-v0", 2, method="ppo")
    vector.reset(0)
    assert vector.restore(vector.state()) is not None  # nothing was drawn yet
    vector.step(np.zeros(2, np.int64))
    assert vector.restore(vector.state()) is None


def test_numbered_states_are_shown_as_units():
    vector = Episodes("FrozenLake-v1", 2, method="ppo")
    np.testing.assert_array_equal(vector.reset(0), np.eye(16, dtype=np.float32)[[0, 0]])


@pytest.mark.parametrize(("env", "part"), [("ALE/Pong-v5", "shows Box"), ("NoSuchThing-v0", "NoSuchThing")])
def test_spaces_and_names_that_do_not_fit_are_refused_in_one_line(env, part):
    with pytest.raises(UsageError) as error:
        Episodes(env, 2, method="ppo")
    assert part in error.value.message
    assert "\n" not in str(error.value)


def test_an_environment_that_fails_is_named():
    vector = Episodes("PPOTestBroken-v0", 1, method="ppo")
    vector.reset(0)
    with pytest.raises(LabError, match=r"PPOTestBroken-v0 failed in step.*no floor"):
        vector.step(np.zeros(1, np.int32))


def test_atari_ends_learning_at_a_lost_life_and_shows_frames_with_the_stack_last():
    config = PPOConfig(game="breakout", environments=2, noop_max=0)
    vector = AtariGames(config, threads=1)
    seen = vector.reset(0)
    assert seen.shape == (2, 84, 84, 4)
    assert seen.dtype == np.uint8
    lost = 0
    for _ in range(150):
        step = vector.step(np.zeros(2, np.int32))
        lost += int(step.terminals.sum())
        assert not (step.begun & step.terminals).any()
        if lost:
            break
        np.testing.assert_array_equal(step.observations[..., :3], seen[..., 1:])  # the newest frame comes last
        seen = step.observations
    assert lost
    assert not vector.finished  # the game goes on
    vector.close()
