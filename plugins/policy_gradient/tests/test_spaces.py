"""What environments show and take, and refusals that name the methods which can take them."""

import gymnasium
import numpy as np
import pytest
from lab_environments.spaces import action_kind, observation_kind
from lab_policy_gradient.spaces import encoded, read_spaces

from lab_core.config import resolve, to_dict
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


def test_vectors_and_numbered_states_become_a_networks_input():
    pole = read_spaces(gymnasium.make("CartPole-v1"), "CartPole-v1", method="reinforce")
    assert (pole.inputs, pole.actions, pole.observation) == (4, 2, {"kind": "vector", "shape": [4], "actions": 2})
    lake = read_spaces(gymnasium.make_vec("FrozenLake-v1", 2), "FrozenLake-v1", method="reinforce")
    assert (lake.inputs, lake.actions, lake.observation) == (16, 4, {"kind": "discrete", "n": 16, "actions": 4})
    assert encoded(np.array([2, 0]), lake.observation)[:, :3].tolist() == [[0, 0, 1], [1, 0, 0]]


def test_bounds_of_continuous_actions():
    swing = read_spaces(gymnasium.make("Pendulum-v1"), "Pendulum-v1", method="ppo")
    assert (swing.actions, swing.action_shape, swing.low.tolist(), swing.high.tolist()) == (None, (1,), [-2.0], [2.0])


@pytest.mark.parametrize(
    ("env", "method", "pattern", "hint"),
    [
        ("Pendulum-v1", "reinforce", "reinforce needs numbered actions", "lab run ppo --set env=Pendulum-v1"),
        ("CartPole-v1", "sac", "sac needs continuous actions", "dqn"),
        ("Blackjack-v1", "sac", "sac needs continuous actions", "q-learning"),
    ],
)
def test_what_a_method_can_not_take_is_refused_in_one_line(env, method, pattern, hint):
    with pytest.raises(UsageError, match=pattern) as caught:
        read_spaces(gymnasium.make(env), env, method=method)
    assert "\n" not in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_several_numbers_side_by_side_are_a_vector():
    cards = read_spaces(gymnasium.make("Blackjack-v1"), "Blackjack-v1", method="reinforce")
    assert (cards.inputs, cards.observation) == (3, {"kind": "vector", "shape": [3], "actions": 2})


def test_what_nobody_can_take_is_said_so():
    class Texts(gymnasium.Env):
        observation_space, action_space = gymnasium.spaces.Text(5), gymnasium.spaces.Discrete(2)

    with pytest.raises(UsageError, match="shows Text") as caught:
        read_spaces(Texts(), "Texts-v0", method="ppo")
    assert "No method" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("task", "env", "who"),
    [("sac", "CartPole-v1", "dqn"), ("ppo", "ALE/Pong-v5", "ppo-atari"), ("reinforce", "Pendulum-v1", "sac")],
)
def test_a_run_is_refused_before_anything_is_written(task, env, who, tmp_path):
    registry, _ = discover()
    config = resolve(config_type(registry.task(task)), registry.task(task).preset("smoke"), overrides=[f"env={env}"])
    with pytest.raises(UsageError, match=who):
        execute(JobSpec(task=task, config=to_dict(config), device="cpu", runs_dir=str(tmp_path)), registry)
    assert not list(tmp_path.glob("*/*/run.json"))


@pytest.mark.parametrize(
    ("task", "text", "hint"),
    [
        ("ppo-breakout", "game=breakot", "Did you mean breakout"),
        ("a2c", "env=Acrobot-v9", "Acrobot-v1"),
        ("ppo", "env=no_such_module:Env-v0", "no_such_module"),
        ("sac", "env=Pendulm-v1", "Pendulum-v1"),
        ("reinforce", "env=Acrobt", "Acrobot-v1"),
    ],
)
def test_what_is_not_there_is_refused_with_the_settings(task, text, hint, monkeypatch):
    monkeypatch.setenv("LAB_IMPORTS", "no_such_module")
    registry, _ = discover()
    with pytest.raises(UsageError, match=hint):
        resolve(config_type(registry.task(task)), registry.task(task).preset("smoke"), overrides=[text])


@pytest.mark.parametrize("task_id", ["ppo-cartpole", "a2c-cartpole", "ppo-lunarlander", "ppo-pendulum"])
def test_another_environment_is_scored_as_itself(task_id):
    from lab_core.config import resolve
    from lab_core.registry.discovery import discover
    from lab_core.registry.registry import config_type

    registry, _ = discover()
    task = registry.task(task_id)
    found = resolve(config_type(task), task.preset("smoke"), overrides=["env=Acrobot-v1"])
    assert registry.benchmark_of(task, found).id == "gym/acrobot"


def test_an_array_without_numbers_is_refused():
    empty, box = gymnasium.spaces.Box(-1, 1, (0,)), gymnasium.spaces.Box(-1, 1, (2,))
    assert observation_kind(empty) == "other"
    assert action_kind(empty) == "other"
    assert observation_kind(box) == "vector"
