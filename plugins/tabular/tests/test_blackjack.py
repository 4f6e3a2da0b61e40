"""Blackjack's exact dynamics against the environment that they are those of, and against published numbers."""

import gymnasium as gym
import numpy as np
import pytest
from lab_tabular import planning
from lab_tabular.blackjack import HIT, SIZES, STICK, add, blackjack_problem, dealer_ends, seen, states, stick_rewards


def test_hands_by_hand():
    assert add(add((0, False), 1), 10) == (21, True)
    assert add((21, True), 5) == (16, False)
    assert add((11, True), 1) == (12, True)
    assert add((15, False), 1) == (16, False)
    assert add((20, False), 2) == (22, False)


def test_the_dealers_last_cards_by_hand():
    """From 16 each of five cards stands, eight of 13 bust; from 15 seven bust at once, and an ace leads to 16; 17 stands."""
    assert dealer_ends(16, False) == pytest.approx({17: 1 / 13, 18: 1 / 13, 19: 1 / 13, 20: 1 / 13, 21: 1 / 13, 0: 8 / 13})
    assert dealer_ends(15, False)[0] == pytest.approx(7 / 13 + 8 / 169)
    assert dealer_ends(17, True) == {17: 1.0}


def test_a_natural_wins_as_the_two_switches_say():
    natural, drawn = (21, 10, True, True), (21, 10, True, False)
    for state in (natural, drawn):
        assert sum(stick_rewards(state, natural_pays=True, sab=False).values()) == pytest.approx(1)
    paid = stick_rewards(natural, natural_pays=True, sab=False)
    assert set(paid) == {1.5, 0.0}
    assert stick_rewards(natural, natural_pays=False, sab=True)[0.0] == pytest.approx(1 / 13)  # the dealer's own natural alone
    assert stick_rewards(drawn, natural_pays=False, sab=True)[0.0] > 1 / 13


@pytest.mark.parametrize("rules", [{"sab": True}, {"natural": True, "sab": False}], ids=["book", "natural pays"])
def test_the_table_is_what_the_environment_does(rules):
    """Random play: frequencies of starts, and of rewards and moves after each (sum, ace, action), within five standard errors."""
    problem = blackjack_problem(natural=rules.get("natural", False), sab=rules["sab"])
    env, rng = gym.make("Blackjack-v1", **rules).unwrapped, np.random.default_rng(0)
    policy = np.full((problem.observations, 2), 0.5)
    exact = planning.policy_values(problem.table, policy, 1.0, 30)
    rewards: dict[int, list[float]] = {}
    totals = []
    for episode in range(10_000):
        (total, shown, ace), _ = env.reset(seed=0 if episode == 0 else None)
        first, done, reward = seen((total, shown, bool(ace), False)), False, 0.0
        while not done:
            _, reward, done, _, _ = env.step(int(rng.integers(2)))
        rewards.setdefault(first, []).append(reward)
        totals.append(reward)
    table = problem.table
    expected = float(exact[table.start_state] @ table.start_probability)
    assert np.mean(totals) == pytest.approx(expected, abs=5 * np.std(totals) / np.sqrt(len(totals)))
    for index, chance in zip(table.start_state, table.start_probability, strict=True):
        row = table.observation[index]
        if chance * len(totals) < 200:
            continue
        got = rewards[row]
        assert len(got) == pytest.approx(chance * len(totals), abs=5 * np.sqrt(chance * len(totals)))
        assert np.mean(got) == pytest.approx(exact[index], abs=5 * np.std(got) / np.sqrt(len(got)) + 1e-9)


def test_the_best_policy_is_the_published_one():
    """Sutton and Barto (2018), figure 5.2: where to hit, and a game worth about -0.05."""
    problem = blackjack_problem(sab=True)
    values = planning.optimal_values(problem, 1.0)
    q = planning.action_values(problem.table, 2, 1.0, values)
    number = {state: index for index, state in enumerate(states())}
    least_stick = {"hard": [], "soft": []}
    for shown in range(1, 11):
        for name, ace, totals in (("hard", False, range(4, 22)), ("soft", True, range(12, 22))):
            sticks = [
                total
                for total in totals
                if q[number[total, shown, ace, False], STICK] >= q[number[total, shown, ace, False], HIT]
            ]
            least_stick[name].append(min(sticks))
    assert least_stick["hard"] == [17, 13, 13, 12, 12, 12, 17, 17, 17, 17]
    assert least_stick["soft"] == [19, 18, 18, 18, 18, 18, 18, 18, 19, 19]
    start = float(values[problem.table.start_state] @ problem.table.start_probability)
    assert start == pytest.approx(-0.043, abs=0.001)


def test_ten_observations_have_no_value_of_their_own():
    problem = blackjack_problem(sab=True)
    for shown in range(1, 11):
        assert problem.representative[(21 * SIZES[1] + shown) * SIZES[2] + 1] == -1
    assert (problem.representative >= 0).sum() == 10 * (18 + 9)
