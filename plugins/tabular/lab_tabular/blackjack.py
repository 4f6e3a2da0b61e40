"""The exact dynamics of Gymnasium's Blackjack, which shows none: an infinite deck makes every probability a short sum.

Rules (Sutton and Barto 2018, example 5.1): cards 1 to 10, ten four times as often as the others; an ace counts 11 while that
does not bust. The dealer shows one card and draws to 17. A win is +1, a draw 0, a loss -1. Of the two switches of Gymnasium,
``sab`` (on in ``Blackjack-v1``) lets a natural, ace and ten dealt, win against every dealer's hand but a natural; ``natural``
(read where ``sab`` is off) pays 1.5 for a natural that wins.

What is seen of 21 with a usable ace does not say whether it was dealt or drawn, and its worth depends on that, so the true state
is (sum, card shown, usable ace, natural) and these ten observations have no value of their own (``representative`` is -1).
"""

from collections.abc import Mapping
from functools import cache

from lab_tabular.tables import Problem, build

SIZES = (32, 11, 2)  # the observation: player's sum, dealer's card, usable ace
STICK, HIT = 0, 1
_CARDS: Mapping[int, float] = {**dict.fromkeys(range(1, 10), 1 / 13), 10: 4 / 13}
_BUST = 0  # what a hand of more than 21 counts

Hand = tuple[int, bool]  # sum, usable ace
State = tuple[int, int, bool, bool]  # sum, dealer's card, usable ace, natural


def add(hand: Hand, card: int) -> Hand:
    """The hand with one more card; an ace counts 11 if it can, and falls back to 1 when the hand would bust."""
    total, usable = hand[0] + card, hand[1]
    if card == 1 and not usable and total + 10 <= 21:
        return total + 10, True
    if total > 21 and usable:
        return total - 10, False
    return total, usable


@cache
def dealer_ends(total: int, usable: bool) -> Mapping[int, float]:
    """What the dealer ends with from this hand: probability of 17 to 21, and of 0 for bust."""
    if total >= 17:
        return {total if total <= 21 else _BUST: 1.0}
    ends: dict[int, float] = {}
    for card, chance in _CARDS.items():
        for end, share in dealer_ends(*add((total, usable), card)).items():
            ends[end] = ends.get(end, 0.0) + chance * share
    return ends


def stick_rewards(state: State, *, natural_pays: bool, sab: bool) -> dict[float, float]:
    """Probability of each reward of sticking."""
    total, shown, _, natural = state
    rewards: dict[float, float] = {}
    for hidden, chance in _CARDS.items():
        dealt = add(add((0, False), shown), hidden)
        dealer_natural = dealt[0] == 21
        for end, share in dealer_ends(*dealt).items():
            reward = float(total > end) - float(total < end)
            if sab and natural and not dealer_natural:
                reward = 1.0
            elif not sab and natural_pays and natural and reward == 1.0:
                reward = 1.5
            rewards[reward] = rewards.get(reward, 0.0) + chance * share
    return rewards


def states() -> list[State]:
    """Every state in which the player has to decide, the last one standing for every end."""
    found: list[State] = []
    for shown in range(1, 11):
        found += [(total, shown, False, False) for total in range(4, 22)]
        found += [(total, shown, True, False) for total in range(12, 22)]
        found.append((21, shown, True, True))
    return found


def seen(state: State) -> int:
    """The number of a state's observation: ``(sum * 11 + dealer's card) * 2 + usable ace``."""
    return (state[0] * SIZES[1] + state[1]) * SIZES[2] + int(state[2])


def blackjack_problem(*, natural: bool = False, sab: bool = False) -> Problem:
    """Blackjack as a table over true states; arguments as of ``gymnasium.make("Blackjack-v1", ...)``."""
    every = states()
    number = {state: index for index, state in enumerate(every)}
    transitions: dict[int, dict[int, list[tuple[float, int, float, bool]]]] = {}
    for index, state in enumerate(every):
        total, shown, usable, _ = state
        sticking = [
            (chance, index, reward, True) for reward, chance in stick_rewards(state, natural_pays=natural, sab=sab).items()
        ]
        hitting: list[tuple[float, int, float, bool]] = []
        for card, chance in _CARDS.items():
            after, still_usable = add((total, usable), card)
            if after > 21:
                hitting.append((chance, index, -1.0, True))
            else:
                hitting.append((chance, number[after, shown, still_usable, False], 0.0, False))
        transitions[index] = {STICK: sticking, HIT: hitting}
    start = [0.0] * len(every)
    for first, p in _CARDS.items():
        for second, q in _CARDS.items():
            total, usable = add(add((0, False), first), second)
            for shown, r in _CARDS.items():
                start[number[total, shown, usable, total == 21]] += p * q * r
    representative = [-1] * (SIZES[0] * SIZES[1] * SIZES[2])
    for index, state in enumerate(every):
        if not (state[0] == 21 and state[2]):
            representative[seen(state)] = index
    return build(
        transitions,
        start,
        observation=[seen(state) for state in every],
        observations=len(representative),
        representative=representative,
    )
