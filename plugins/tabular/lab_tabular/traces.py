"""Eligibility traces: Sarsa(lambda), Watkins's Q(lambda), and, with a single action, TD(lambda).

Sutton and Barto (1st edition, 1998), sections 7.2, 7.5 and 7.6; Watkins 1989. What is learnt about a pair is passed to the pairs
before it, each by its trace, which fades by ``gamma * lambda`` a step.

No trace is cut off because it is small: a list holds the pairs that have one, and every step walks through that list.
"""

import numpy as np

from lab_tabular.compiling import compiled, helper
from lab_tabular.kernels import Q_LEARNING, Step, bootstrap, choose
from lab_tabular.rng import ENVIRONMENT, POLICY, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move

ACCUMULATING, REPLACING, DUTCH = 0, 1, 2


@helper
def mark(trace: np.ndarray, active: np.ndarray, count: int, pair: int, kind: int, alpha: float) -> int:
    """Raise the trace of a pair that is visited now; returns how many pairs have one.

    Accumulating: ``+ 1``; replacing: ``= 1`` (Singh and Sutton 1996); dutch: ``(1 - alpha) e + 1`` (van Seijen and Sutton 2014).
    """
    if trace[pair] == 0.0:
        active[count] = pair
        count += 1
    if kind == ACCUMULATING:
        trace[pair] += 1.0
    elif kind == REPLACING:
        trace[pair] = 1.0
    else:
        trace[pair] = (1.0 - alpha) * trace[pair] + 1.0
    return count


@helper
def spread(
    q: np.ndarray,
    visits: np.ndarray,
    trace: np.ndarray,
    active: np.ndarray,
    count: int,
    error: float,
    fade: float,
    alpha: float,
    alpha_decay: float,
) -> int:
    """``q += step * error * trace`` for every pair with a trace, which then fades; returns how many are left."""
    values, numbers = q.reshape(-1), visits.reshape(-1)
    slot = 0
    while slot < count:
        pair = active[slot]
        step = alpha
        if alpha_decay > 0:
            step = alpha * np.float64(max(numbers[pair], 1)) ** -alpha_decay
        values[pair] += step * error * trace[pair]
        trace[pair] *= fade
        if trace[pair] == 0.0:
            count -= 1
            active[slot] = active[count]
        else:
            slot += 1
    return count


@helper
def forget(trace: np.ndarray, active: np.ndarray, count: int) -> int:
    """Clear every trace; returns 0, the number of those left."""
    for slot in range(count):
        trace[active[slot]] = 0.0
    return 0


@compiled
def run_episodes(
    rule: int,
    kind: int,
    fading: float,
    q: np.ndarray,  # float64 [observations, actions], changed in place
    visits: np.ndarray,  # int64 [observations, actions], changed in place
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Learn from whole episodes; ``fading`` is lambda, ``kind`` the kind of trace, ``rule`` SARSA or Q_LEARNING."""
    actions = q.shape[1]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    trace, active = np.zeros(q.size), np.zeros(q.size, np.int64)
    count = 0
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        count = forget(trace, active, count)
        state, observation = begin(starts, environment)
        action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
        total, length = 0.0, 0
        while length < max_steps:
            state, following, reward, terminal, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            length += 1
            visits[observation, action] += 1
            target, fade, next_action = reward, gamma * fading, 0
            if not terminal:
                next_action = choose(q, following, epsilon, random_ties, random_when_zero, next_word(policy))
                worth = bootstrap(rule, q, following, next_action, epsilon)
                target += gamma * worth
                if rule == Q_LEARNING and q[following, next_action] < worth:
                    fade = 0.0  # Watkins: behind an exploring action the return is no longer that of the greedy policy
            error = target - q[observation, action]
            count = mark(trace, active, count, observation * actions + action, kind, alpha)
            count = spread(q, visits, trace, active, count, error, fade, alpha, alpha_decay)
            if terminal or cut:
                break
            observation, action = following, next_action
        returns[episode] = total
        lengths[episode] = length
