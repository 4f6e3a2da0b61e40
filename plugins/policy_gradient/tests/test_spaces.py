"""What environments show and take, and refusals that name the methods which can take them."""

import gymnasium
import numpy as np
import pytest
from lab_policy_gradient.spaces import encoded, read_spaces

from lab_core.errors import LabError


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
        ("CartPole-v1", "q-learning", "q-learning needs numbered states", "reinforce"),
        ("Blackjack-v1", "reinforce", "shows Tuple", "No method"),
    ],
)
def test_what_a_method_can_not_take_is_refused_in_one_line(env, method, pattern, hint):
    with pytest.raises(LabError, match=pattern) as caught:
        read_spaces(gymnasium.make(env), env, method=method)
    assert "\n" not in str(caught.value)
    assert hint in (caught.value.hint or "")
