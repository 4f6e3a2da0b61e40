"""Compiled one-step temporal-difference learning: Q-learning, SARSA and Expected SARSA.

Sutton and Barto, "Reinforcement Learning: An Introduction" (2nd edition, 2018): SARSA (6.7), Q-learning (6.8), Expected
SARSA (6.9). With a single action SARSA is TD(0) (6.2), which is how values of a policy are learnt here.

Deviation from the source: a terminal state is worth zero by definition. The source has no such case, and needs none
in its maze because the row of the treasure's cell is never updated. A cut-off episode still bootstraps, as in the source.

Why these functions look as they do: Numba counts references to an array that is passed on, and removes the counting only
from functions that use each array to their single end. So random numbers come in as words, and branches are on scalars.
"""

from typing import NamedTuple

import numpy as np

from lab_tabular.compiling import compiled, helper
from lab_tabular.rng import ENVIRONMENT, POLICY, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move

Q_LEARNING, SARSA, EXPECTED_SARSA = 0, 1, 2

_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_2_32 = 4294967296.0


class Step(NamedTuple):
    """The numbers that every learning loop takes; meanings in :class:`lab_tabular.config.LearnerConfig`."""

    gamma: float
    alpha: float
    alpha_decay: float
    random_ties: bool
    random_when_zero: bool
    max_steps: int


@helper
def choose(q: np.ndarray, observation: int, epsilon: float, random_ties: bool, random_when_zero: bool, word: np.uint64) -> int:
    """An epsilon-greedy action from one random ``word``: its upper half decides whether to explore, its lower half where to.

    Of several best actions any is taken if ``random_ties``, else the first; ``random_when_zero`` is the source's rule, any
    action where all are exactly zero. Probabilities are exact to 2**-32.
    """
    actions = q.shape[1]
    best = q[observation, 0]
    for action in range(1, actions):
        value = q[observation, action]
        best = value if value > best else best
    ties = 0
    for action in range(actions):
        ties += q[observation, action] == best
    if np.float64(word >> _32) < epsilon * _2_32:
        best, ties = -np.inf, actions
    elif not (random_ties or (random_when_zero and best == 0.0 and ties == actions)):
        ties = 1
    wanted = np.int64(((word & _LOW) * np.uint64(ties)) >> _32)  # in [0, ties)
    chosen = 0
    for action in range(actions):
        fits = q[observation, action] >= best
        chosen = action if fits and wanted >= 0 else chosen
        wanted -= fits
    return chosen


@helper
def bootstrap(rule: int, q: np.ndarray, observation: int, action: int, epsilon: float) -> float:
    """What the next observation is worth: equations 6.8 (Q-learning), 6.7 (SARSA) and 6.9 (Expected SARSA)."""
    best = q[observation, 0]
    total = best
    for other in range(1, q.shape[1]):
        value = q[observation, other]
        best = value if value > best else best
        total += value
    worth = q[observation, action]
    if rule == Q_LEARNING:
        worth = best
    elif rule == EXPECTED_SARSA:
        worth = (1 - epsilon) * best + epsilon * total / q.shape[1]
    return worth


@helper
def update(
    q: np.ndarray, visits: np.ndarray, observation: int, action: int, target: float, alpha: float, alpha_decay: float
) -> None:
    """``q += step * (target - q)`` for one entry; the n-th step is ``alpha / n**alpha_decay``."""
    count = visits[observation, action] + 1
    visits[observation, action] = count
    step = alpha
    if alpha_decay > 0:
        step = alpha * np.float64(count) ** -alpha_decay
    q[observation, action] += step * (target - q[observation, action])


@compiled
def run_episodes(
    rule: int,
    q: np.ndarray,  # float64 [observations, actions], changed in place
    visits: np.ndarray,  # int64 [observations, actions], changed in place
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Learn from whole episodes, one update a step."""
    actions = q.shape[1]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        state, observation = begin(starts, environment)
        action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
        total, length = 0.0, 0
        while length < max_steps:
            state, following, reward, terminal, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            length += 1
            if terminal:
                update(q, visits, observation, action, reward, alpha, alpha_decay)
                break
            next_action = 0
            if rule == SARSA:  # on-policy: the action that is valued is the one that will be taken
                next_action = choose(q, following, epsilon, random_ties, random_when_zero, next_word(policy))
            target = reward + gamma * bootstrap(rule, q, following, next_action, epsilon)
            update(q, visits, observation, action, target, alpha, alpha_decay)
            if rule != SARSA:
                next_action = choose(q, following, epsilon, random_ties, random_when_zero, next_word(policy))
            if cut:
                break
            observation, action = following, next_action
        returns[episode] = total
        lengths[episode] = length
