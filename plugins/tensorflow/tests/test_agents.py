"""The bridge to TF-Agents."""

import sys

import numpy as np
import tensorflow as tf
from lab_tensorflow.agents import import_agents, transitions


def test_tf_agents_is_imported_without_leaving_a_false_gym_behind():
    agents = import_agents()
    assert agents.__version__ == "0.19.0"
    if "gym" in sys.modules:
        assert hasattr(sys.modules["gym"], "make")


def test_transitions_carry_reward_and_discount_with_the_next_step():
    observation, following = tf.zeros((2, 3)), tf.ones((2, 3))
    found = transitions(observation, tf.constant([1, 0]), tf.constant([5.0, 6.0]), tf.constant([0.9, 0.0]), following)
    np.testing.assert_array_equal(found.next_time_step.reward, [5.0, 6.0])
    np.testing.assert_array_equal(found.next_time_step.discount, np.float32([0.9, 0.0]))
    np.testing.assert_array_equal(found.action_step.action, [1, 0])
    assert not bool(tf.reduce_any(found.time_step.is_last()))
