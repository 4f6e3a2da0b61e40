"""Monte Carlo control: whole episodes, no bootstrapping.

Sutton and Barto (2018): on-policy for epsilon-soft policies, first visit (section 5.4) and every visit; off-policy by weighted
importance sampling, whose target is the greedy policy (section 5.7). With a single action these are Monte Carlo prediction (5.1).

An episode that is cut off counts with the rewards it had: its rest is unknown, and a Monte Carlo method believes nothing.
"""

import numpy as np

from lab_tabular.compiling import compiled, helper
from lab_tabular.kernels import Step, choose, update
from lab_tabular.rng import ENVIRONMENT, POLICY, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move

FIRST_VISIT, EVERY_VISIT, OFF_POLICY = 0, 1, 2


@helper
def chance(q: np.ndarray, observation: int, action: int, epsilon: float, random_ties: bool) -> float:
    """``b(action | observation)`` of the epsilon-greedy policy that :func:`choose` follows."""
    actions = q.shape[1]
    best = q[observation, 0]
    for other in range(1, actions):
        best = max(best, q[observation, other])
    ties, earlier = 0, 0
    for other in range(actions):
        tied = q[observation, other] == best
        ties += tied
        earlier += tied and other < action
    greedy = 0.0
    if q[observation, action] == best:
        greedy = 1.0 / ties if random_ties else np.float64(earlier == 0)
    return epsilon / actions + (1.0 - epsilon) * greedy


@helper
def learn_visits(
    first_only: bool,
    q: np.ndarray,
    visits: np.ndarray,
    pairs: np.ndarray,
    rewards: np.ndarray,
    length: int,
    first_time: np.ndarray,
    gamma: float,
    alpha: float,
    alpha_decay: float,
) -> None:
    """Move each pair of an episode towards the return that followed it, at its first visit alone or at each.

    ``first_time`` int64 [pairs] is -1 everywhere, before and after.
    """
    actions = q.shape[1]
    for time in range(length):
        if first_time[pairs[time]] < 0:
            first_time[pairs[time]] = time
    total = 0.0
    for time in range(length - 1, -1, -1):
        total = rewards[time] + gamma * total
        pair = pairs[time]
        if first_time[pair] == time:
            first_time[pair] = -1
        elif first_only:
            continue
        update(q, visits, pair // actions, pair % actions, total, alpha, alpha_decay)


@helper
def learn_off_policy(
    q: np.ndarray,
    visits: np.ndarray,
    weights: np.ndarray,
    pairs: np.ndarray,
    rewards: np.ndarray,
    chances: np.ndarray,
    length: int,
    gamma: float,
) -> None:
    """From the end of an episode back to the last action that the greedy policy would not have taken (page 111).

    ``weights`` float64 [observations, actions] is the sum of importance weights so far: ``q`` is the weighted average (5.8).
    The greedy policy takes the first of equally good actions.
    """
    actions = q.shape[1]
    total, weight = 0.0, 1.0
    for time in range(length - 1, -1, -1):
        observation, action = pairs[time] // actions, pairs[time] % actions
        total = rewards[time] + gamma * total
        weights[observation, action] += weight
        visits[observation, action] += 1
        q[observation, action] += weight / weights[observation, action] * (total - q[observation, action])
        greedy = 0
        for other in range(1, actions):
            if q[observation, other] > q[observation, greedy]:
                greedy = other
        if greedy != action:
            break
        weight /= chances[time]


@compiled
def run_episodes(
    rule: int,
    q: np.ndarray,  # float64 [observations, actions], changed in place
    visits: np.ndarray,  # int64 [observations, actions], changed in place
    weights: np.ndarray,  # float64 [observations, actions], changed in place; used off-policy only
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Play whole episodes and learn from each when it has ended."""
    actions = q.shape[1]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    pairs, rewards, chances = np.zeros(max_steps, np.int64), np.zeros(max_steps), np.zeros(max_steps)
    first_time = np.full(q.size, -1, np.int64)
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        state, observation = begin(starts, environment)
        total, length = 0.0, 0
        while length < max_steps:
            action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
            pairs[length] = observation * actions + action
            if rule == OFF_POLICY:
                chances[length] = chance(q, observation, action, epsilon, random_ties)
            state, observation, reward, terminal, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            rewards[length] = reward
            length += 1
            if terminal or cut:
                break
        if rule == OFF_POLICY:
            learn_off_policy(q, visits, weights, pairs, rewards, chances, length, gamma)
        else:
            learn_visits(rule == FIRST_VISIT, q, visits, pairs, rewards, length, first_time, gamma, alpha, alpha_decay)
        returns[episode] = total
        lengths[episode] = length
