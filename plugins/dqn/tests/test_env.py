"""What is played: ``game=`` for Atari, ``env=`` for Gymnasium; what DQN can't take is refused with the methods that can."""

import sys
import types

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from lab_dqn.config import DQNConfig
from lab_dqn.tasks import tasks
from lab_dqn.vectors import make_vector

from lab_core.config import from_dict, resolve
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type


def config(*overrides, task_id="dqn", preset="smoke"):
    task = next(task for task in tasks() if task.id == task_id)
    return resolve(config_type(task), task.preset(preset), overrides=overrides)


class Shifted(gymnasium.Env):
    """Actions 3, 4 and 5; the reward is the action."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(3, start=3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(2, np.float32), {}

    def step(self, action):
        assert self.action_space.contains(action)
        return np.zeros(2, np.float32), float(action), False, False, {}


@pytest.fixture
def module(monkeypatch):
    """A person's own module that registers an environment when it is imported."""
    name = "a_persons_module"
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    gymnasium.register("Shifted-v2", Shifted)
    yield name
    del gymnasium.registry["Shifted-v2"]


@pytest.mark.parametrize(
    ("text", "env", "benchmark"),
    [
        ("Acrobot-v1", "Acrobot-v1", "gym/acrobot"),
        ("LunarLander", "LunarLander-v3", "gym/lunar-lander"),
        ("CartPole", "CartPole-v1", "gym/cartpole"),
    ],
)
def test_an_environments_version_is_resolved_and_recorded(text, env, benchmark):
    found = config(f"env={text}")
    assert (found.env, found.game) == (env, "")
    registry, _ = discover()
    assert registry.benchmark_of(registry.task("dqn"), found).id == benchmark


def test_a_persons_own_environment_is_scored_raw_under_its_name(module):
    found = config(f"env={module}:Shifted")
    assert found.env == f"{module}:Shifted-v2"
    registry, _ = discover()
    benchmark = registry.benchmark_of(registry.task("dqn"), found)
    assert benchmark.id == f"env/{module}:Shifted-v2"
    assert benchmark.score.reference is None


def test_actions_that_do_not_begin_at_zero_are_counted_from_zero(module):
    vector = make_vector(config(f"env={module}:Shifted", "environments=2"), threads=1)
    vector.reset(0)
    assert vector.actions == 3
    np.testing.assert_array_equal(vector.step(np.array([0, 2], np.int32)).rewards, [3.0, 5.0])
    vector.close()


@pytest.mark.parametrize("text", ["ALE/Pong-v5", "ALE/Pong"])
def test_an_atari_id_is_the_game(text):
    found = config(f"env={text}", preset="atari")
    assert (found.env, found.game, found.atari) == ("", "pong", True)
    registry, _ = discover()
    assert registry.benchmark_of(registry.task("dqn"), found).id == "atari/pong"


@pytest.mark.parametrize(
    ("task_id", "text", "message"),
    [
        ("dqn", "game=pong", "can't both be played"),
        ("dqn-breakout", "env=Acrobot-v1", "can't both be played"),
        ("dqn", "env=", "Nothing to play"),
        ("dqn", "env=Acrobt", "Acrobot-v1"),
        ("dqn", "env=Acrobot-v9", "Acrobot-v1"),
        ("dqn", "env=no_such_module:Env-v0", "no_such_module"),
        ("dqn-breakout", "game=breakot", "Did you mean breakout"),
        ("dqn-atari", "game=joust", "two players"),
        ("pqn-atari", "game=breakot", "Did you mean breakout"),
        ("dqn", "env=ALE/Pong-v5", "--preset atari"),
        ("dqn", "network=nature", "needs Atari frames"),
    ],
)
def test_unclear_wishes_are_refused_with_what_to_do(task_id, text, message):
    with pytest.raises(UsageError, match=message):
        config(text, task_id=task_id)


def test_pendulum_is_refused_by_the_plan_and_as_it_is_made():
    from lab_dqn.trainer import DQNTrainer

    with pytest.raises(UsageError, match="numbered actions"):
        DQNTrainer.memory(config("env=Pendulum-v1"))
    with pytest.raises(UsageError, match=r"sac.* can take it: lab run ppo --set env=Pendulum-v1"):
        make_vector(config("env=Pendulum-v1"), threads=1)


def test_blackjacks_cards_are_seen_as_a_row():
    vector = make_vector(config("env=Blackjack-v1", "environments=2"), threads=1)
    first = vector.reset(0)
    assert (first.shape, first.dtype, vector.frame_shape) == ((2, 3), np.float32, (3,))
    assert vector.step(np.array([1, 1], np.int32)).frames.shape == (2, 3)
    assert (first[:, 0] >= 4).all()  # the sum of two cards
    vector.close()


@pytest.mark.parametrize("env", ["CartPole-v1", "Acrobot-v1", "LunarLander-v3", "Blackjack-v1"])
def test_environments_are_put_back_where_they_stood(env):
    rng = np.random.default_rng(0)
    vector, other = (make_vector(config(f"env={env}", "environments=2"), threads=1) for _ in range(2))
    vector.reset(3)
    other.reset(99)
    for _ in range(300):
        vector.step(rng.integers(0, vector.actions, 2, dtype=np.int32))
    assert other.restore({name: np.array(value) for name, value in vector.state().items()})
    if vector.generator is not None:  # saved beside the other random streams
        other.generator.bit_generator.state = vector.generator.bit_generator.state
    for _ in range(300):
        actions = rng.integers(0, vector.actions, 2, dtype=np.int32)
        one, two = vector.step(actions), other.step(actions)
        for name in ("frames", "rewards", "terminals", "begun"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    vector.close()
    other.close()


class Chance(Shifted):
    """Draws from a stream that nobody can save."""

    def step(self, action):
        return np.random.default_rng().random(2).astype(np.float32), 0.0, False, False, {}


def test_an_environment_of_chance_is_known_when_it_is_not_put_back():
    gymnasium.register("DQNTestChance-v0", Chance)
    vector = make_vector(config("env=DQNTestChance-v0", "environments=2"), threads=1)
    vector.reset(0)
    assert vector.restore(vector.state())  # nothing was drawn yet
    vector.step(np.zeros(2, np.int32))
    assert not vector.restore(vector.state())
    vector.close()


def test_configs_of_the_first_version_still_open():
    old = {"suite": "gymnasium", "game": "CartPole-v1", "network": "mlp"}
    assert (from_dict(DQNConfig, old).env, from_dict(DQNConfig, old).game) == ("CartPole-v1", "")
    assert from_dict(DQNConfig, {"suite": "atari", "game": "pong"}).game == "pong"


class Unkept(Shifted):
    """Draws from a kind of random stream that isn't Gymnasium's own, and ends every second step."""

    def reset(self, *, seed=None, options=None):
        self.np_random, self.steps = np.random.RandomState(seed), 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(2, np.float32), 0.0, self.steps == 2, False, {}


def test_an_environment_with_a_random_stream_of_another_kind_is_played_and_starts_new_episodes_after_a_load():
    gymnasium.register("Unkept-v0", Unkept)
    try:
        vector = make_vector(config("env=Unkept-v0", "environments=1"), threads=1)
        vector.reset(0)
        for _ in range(4):
            vector.step(np.zeros(1, np.int32))
        assert not vector.restore(vector.state())
        vector.close()
    finally:
        del gymnasium.registry["Unkept-v0"]


@pytest.mark.parametrize("task_id", ["dqn-cartpole", "c51-cartpole", "rainbow-cartpole", "pqn-cartpole"])
def test_another_environment_is_scored_as_itself(task_id):
    registry, _ = discover()
    task = registry.task(task_id)
    for env, benchmark in (("CartPole-v1", "gym/cartpole"), ("Acrobot-v1", "gym/acrobot")):
        found = resolve(config_type(task), task.preset("smoke"), overrides=[f"env={env}"])
        assert registry.benchmark_of(task, found).id == benchmark
