"""Dyna-Q (Sutton 1990; Sutton and Barto 2018, section 8.2): after each real step, ``planning`` more from a model of the world.

The model remembers what followed an observation and an action the last time. That is exact where nothing is left to chance;
elsewhere it replays the last outcome, as the book's tabular Dyna-Q does, and chance is averaged by the step size alone.
"""

from typing import NamedTuple

import numpy as np

from lab_tabular.compiling import compiled, helper
from lab_tabular.kernels import Q_LEARNING, Step, bootstrap, choose, update
from lab_tabular.rng import ENVIRONMENT, POLICY, below, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move


class Memory(NamedTuple):
    """What the agent remembers, over pairs ``observation * actions + action``; the first ``count[0]`` of ``seen`` are known."""

    following: np.ndarray  # int32 [pairs]
    reward: np.ndarray  # float64 [pairs]
    terminal: np.ndarray  # bool [pairs]
    seen: np.ndarray  # int32 [pairs]
    count: np.ndarray  # int64 [1]


def empty(pairs: int) -> Memory:
    """The memory of an agent that has seen nothing; ``following`` is -1 where nothing is known."""
    return Memory(
        np.full(pairs, -1, np.int32),
        np.zeros(pairs),
        np.zeros(pairs, np.bool_),
        np.zeros(pairs, np.int32),
        np.zeros(1, np.int64),
    )


@helper
def learn(
    q: np.ndarray,
    visits: np.ndarray,
    pair: int,
    reward: float,
    following: int,
    terminal: bool,
    gamma: float,
    alpha: float,
    alpha_decay: float,
) -> None:
    """One step of Q-learning (6.8), the same for what happened and for what is remembered."""
    actions = q.shape[1]
    target = reward
    if not terminal:
        target += gamma * bootstrap(Q_LEARNING, q, following, 0, 0.0)
    update(q, visits, pair // actions, pair % actions, target, alpha, alpha_decay)


@compiled
def run_episodes(
    planning: int,
    q: np.ndarray,  # float64 [observations, actions], changed in place
    visits: np.ndarray,  # int64 [observations, actions], changed in place; planning counts
    memory: Memory,  # changed in place
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Learn from whole episodes, ``1 + planning`` updates a step."""
    actions = q.shape[1]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    next_of, reward_of, ends, seen, count = memory
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    known = count[0]
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        state, observation = begin(starts, environment)
        total, length = 0.0, 0
        while length < max_steps:
            action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
            state, following, reward, terminal, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            length += 1
            pair = observation * actions + action
            learn(q, visits, pair, reward, following, terminal, gamma, alpha, alpha_decay)
            if next_of[pair] < 0:
                seen[known] = pair
                known += 1
            next_of[pair], reward_of[pair], ends[pair] = following, reward, terminal
            for _ in range(planning):
                pair = seen[below(policy, known)]
                learn(q, visits, pair, reward_of[pair], next_of[pair], ends[pair], gamma, alpha, alpha_decay)
            if terminal or cut:
                break
            observation = following
        returns[episode] = total
        lengths[episode] = length
    count[0] = known
