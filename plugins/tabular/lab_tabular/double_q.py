"""Double Q-learning (van Hasselt 2010; Sutton and Barto 2018, section 6.7, equation 6.10).

Two tables. A coin says which one learns; that one names the best next action, the other says what it is worth, so that an
overestimate of the one is not taken for a value by the same one. The agent acts on their sum.
"""

import numpy as np

from lab_tabular.compiling import compiled
from lab_tabular.kernels import Step, choose, update
from lab_tabular.rng import ENVIRONMENT, POLICY, next_word
from lab_tabular.tables import World
from lab_tabular.walking import begin, move

_TOP = np.uint64(63)


@compiled
def run_episodes(
    q: np.ndarray,  # float64 [2, observations, actions], changed in place
    visits: np.ndarray,  # int64 [2, observations, actions], changed in place
    random: np.ndarray,  # uint64 [2, 4], changed in place
    world: World,
    step: Step,
    epsilons: np.ndarray,  # float64 [episodes]
    returns: np.ndarray,  # float64 [episodes], filled
    lengths: np.ndarray,  # int64 [episodes], filled
) -> None:
    """Learn from whole episodes, one update of one of the two tables a step."""
    actions = q.shape[2]
    policy, environment = random[POLICY], random[ENVIRONMENT]
    first, outcomes, starts = world
    gamma, alpha, alpha_decay, random_ties, random_when_zero, max_steps = step
    heads, tails = q[0], q[1]
    heads_visits, tails_visits = visits[0], visits[1]
    both = q[0] + q[1]
    for episode in range(len(epsilons)):
        epsilon = epsilons[episode]
        state, observation = begin(starts, environment)
        total, length = 0.0, 0
        while length < max_steps:
            action = choose(both, observation, epsilon, random_ties, random_when_zero, next_word(policy))
            state, following, reward, terminal, cut = move(first, outcomes, state * actions + action, environment)
            total += reward
            length += 1
            # the top bit is the coin, the lower half breaks ties: the bits between never count where nothing is explored
            word = next_word(policy)
            target = reward
            if word >> _TOP:
                if not terminal:
                    target += gamma * tails[following, choose(heads, following, 0.0, random_ties, False, word)]
                update(heads, heads_visits, observation, action, target, alpha, alpha_decay)
            else:
                if not terminal:
                    target += gamma * heads[following, choose(tails, following, 0.0, random_ties, False, word)]
                update(tails, tails_visits, observation, action, target, alpha, alpha_decay)
            both[observation, action] = heads[observation, action] + tails[observation, action]
            if terminal or cut:
                break
            observation = following
        returns[episode] = total
        lengths[episode] = length
