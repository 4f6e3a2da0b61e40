"""The bridge to TF-Agents 0.19: importing it on current libraries, and handing it batches."""

import sys
import types
import warnings
from importlib.util import find_spec
from typing import Any

from lab_core.errors import LabError


def import_agents() -> Any:
    """Import TF-Agents and return it; call it before any other import of ``tf_agents``.

    One of its modules imports OpenAI's unmaintained ``gym`` without ever using it on this path. Where gym isn't installed
    an empty module stands in for the time of the import, so that it need not be. Raises LabError where TF-Agents isn't installed:
    its own pins keep installers from putting it beside the rest.
    """
    if find_spec("tf_agents") is None:
        raise LabError("This method learns with TF-Agents, which is not installed.", "pip install --no-deps tf-agents==0.19.0")
    stand_in = None
    if "tf_agents" not in sys.modules and "gym" not in sys.modules:
        try:
            import gym  # noqa: F401  # pyright: ignore
        except ImportError:
            stand_in = sys.modules["gym"] = types.ModuleType("gym")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "is not" with literals, in its own sources
            import tf_agents
    finally:
        if stand_in is not None:
            sys.modules.pop("gym", None)
    return tf_agents


def transitions(observation: Any, action: Any, reward: Any, discount: Any, next_observation: Any) -> Any:
    """A batch [B, ...] of tensors as TF-Agents' transitions, none of them at the end of an episode but by its discount."""
    import tensorflow as tf

    import_agents()
    from tf_agents.trajectories import policy_step, time_step, trajectory

    batch = observation.shape[0]
    none, one = tf.zeros((batch,)), tf.ones((batch,))
    middle = tf.fill((batch,), time_step.StepType.MID)
    return trajectory.Transition(
        time_step=time_step.TimeStep(middle, none, one, observation),
        action_step=policy_step.PolicyStep(action=action, state=(), info=()),
        next_time_step=time_step.TimeStep(middle, reward, discount, next_observation),
    )
