"""n-step methods: SARSA, Expected SARSA and tree backup; with a single action n-step TD.

Sutton and Barto (2018), sections 7.1, 7.2 and 7.5. The return of ``n`` rewards, then what is believed:

    sarsa      R + gamma R' + ... + gamma**n Q(S_n, A_n)                                        (7.4)
    expected   the same with ``sum_a pi(a | S_n) Q(S_n, a)`` at its end                         (7.7)
    tree       at each step the actions not taken are worth what is believed, the one taken what followed; the target policy
               is the greedy one, so this learns the optimum from exploring behaviour           (7.16)

A cut-off episode ends with what the state in which it was cut is believed to be worth, over fewer than ``n`` rewards.
"""

import numpy as np

from lab_tabular.compiling import compiled, helper
from lab_tabular.kernels import EXPECTED_SARSA, SARSA, Step, bootstrap, choose, update
from lab_tabular.rng import ENVIRONMENT, POLICY, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move

ON_POLICY, EXPECTED, TREE = 0, 1, 2


@helper
def branch(q: np.ndarray, observation: int, action: int, target: float) -> float:
    """``sum over a != action of pi(a) Q(a) + pi(action) * target`` for the greedy policy, ties shared out evenly (7.16)."""
    best = q[observation, 0]
    for other in range(1, q.shape[1]):
        best = max(best, q[observation, other])
    ties = 0
    for other in range(q.shape[1]):
        ties += q[observation, other] == best
    if q[observation, action] < best:
        return best
    return (best * (ties - 1) + target) / ties


@helper
def backed_up(
    rule: int,
    q: np.ndarray,
    observations: np.ndarray,
    taken: np.ndarray,
    rewards: np.ndarray,
    start: int,
    end: int,
    over: bool,
    gamma: float,
    epsilon: float,
) -> float:
    """The return from time ``start``: rewards up to ``end``, then the value there unless the episode is ``over`` there."""
    total = 0.0
    if not over:
        if rule == TREE:
            total = branch(q, observations[end], taken[end], q[observations[end], taken[end]])
        else:
            total = bootstrap(EXPECTED_SARSA if rule == EXPECTED else SARSA, q, observations[end], taken[end], epsilon)
    for time in range(end - 1, start - 1, -1):
        total = rewards[time] + gamma * total
        if rule == TREE and time > start:
            total = branch(q, observations[time], taken[time], total)
    return total


@compiled
def run_episodes(
    rule: int,
    n: int,
    q: np.ndarray,  # float64 [observations, actions], changed in place
    visits: np.ndarray,  # int64 [observations, actions], changed in place
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Learn from whole episodes; the pair of time ``t`` is updated at time ``t + n``, or when the episode ends."""
    actions = q.shape[1]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    observations, taken = np.zeros(max_steps + 1, np.int64), np.zeros(max_steps + 1, np.int64)
    rewards = np.zeros(max_steps)
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        state, observation = begin(starts, environment)
        action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
        observations[0], taken[0] = observation, action
        total, length = 0.0, 0
        ended, cut = False, False
        while length < max_steps and not (ended or cut):
            state, observation, reward, ended, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            rewards[length] = reward
            length += 1
            if not ended:
                action = choose(q, observation, epsilon, random_ties, random_when_zero, next_word(policy))
                observations[length], taken[length] = observation, action
            if length >= n:
                start = length - n
                target = backed_up(rule, q, observations, taken, rewards, start, length, ended, gamma, epsilon)
                update(q, visits, observations[start], taken[start], target, alpha, alpha_decay)
        for start in range(max(length - n + 1, 0), length):
            target = backed_up(rule, q, observations, taken, rewards, start, length, ended, gamma, epsilon)
            update(q, visits, observations[start], taken[start], target, alpha, alpha_decay)
        returns[episode] = total
        lengths[episode] = length
