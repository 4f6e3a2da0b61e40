"""The same learning, one step at a time through any Gymnasium environment: for those that expose no transition table."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from lab_core.errors import UsageError
from lab_tabular.kernels import SARSA, bootstrap, choose, update
from lab_tabular.rng import ENVIRONMENT, POLICY, word


def sizes(env: gym.Env[Any, Any]) -> tuple[int, int]:
    """Numbers of observations and actions; raises UsageError unless both spaces are discrete and count from zero."""
    for what, space in (("observations", env.observation_space), ("actions", env.action_space)):
        if not isinstance(space, spaces.Discrete) or space.start != 0:
            raise UsageError(f"A table needs discrete {what} from 0 on; {env} has {space}.")
    return int(env.observation_space.n), int(env.action_space.n)  # pyright: ignore[reportAttributeAccessIssue]


def run_episodes(
    rule: int,
    q: np.ndarray,
    visits: np.ndarray,
    random: np.ndarray,
    env: gym.Env[Any, Any],
    gamma: float,
    alpha: float,
    alpha_decay: float,
    epsilons: np.ndarray,
    random_ties: bool,
    random_when_zero: bool,
    returns: np.ndarray,
    lengths: np.ndarray,
) -> None:
    """:func:`lab_tabular.kernels.run_episodes` with ``env`` in place of the table; the environment cuts episodes off.

    Each episode's seed is a word of the environment stream, so going on from a checkpoint repeats nothing and skips nothing.
    On a deterministic environment both loops draw the same words and learn the same table to the bit.
    """
    for episode, epsilon in enumerate(epsilons.tolist()):
        observation, _ = env.reset(seed=int(word(random[ENVIRONMENT])) >> 33)
        action = choose(q, observation, epsilon, random_ties, random_when_zero, word(random[POLICY]))
        total, length, terminated, truncated = 0.0, 0, False, False
        while not (terminated or truncated):
            following, reward, terminated, truncated, _ = env.step(action)
            total += float(reward)
            length += 1
            if terminated:
                update(q, visits, observation, action, float(reward), alpha, alpha_decay)
                break
            next_action = 0
            if rule == SARSA:
                next_action = choose(q, following, epsilon, random_ties, random_when_zero, word(random[POLICY]))
            target = float(reward) + gamma * bootstrap(rule, q, following, next_action, epsilon)
            update(q, visits, observation, action, target, alpha, alpha_decay)
            if rule != SARSA:
                next_action = choose(q, following, epsilon, random_ties, random_when_zero, word(random[POLICY]))
            observation, action = following, next_action
        returns[episode] = total
        lengths[episode] = length
