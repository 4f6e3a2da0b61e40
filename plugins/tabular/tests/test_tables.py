"""Transition tables: from mazes, from Gymnasium's toy-text environments, and the alias method that samples them."""

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_tabular import rng
from lab_tabular.maze import load_maze, parse_maze
from lab_tabular.tables import alias, build, from_environment, maze_problem, world
from lab_tabular.walking import begin, move

from lab_core.errors import LabError, UsageError


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12))
def test_alias_gives_back_each_probability(weights):
    probabilities = np.array(weights) / sum(weights)
    keep, other = alias(probabilities.tolist())
    rebuilt = np.zeros(len(probabilities))
    for slot, (kept, alternative) in enumerate(zip(keep, other, strict=True)):
        rebuilt[slot] += kept / len(keep)
        rebuilt[alternative] += (1 - kept) / len(keep)
    np.testing.assert_allclose(rebuilt, probabilities, atol=1e-12)


def test_steps_and_starts_are_drawn_by_their_probabilities():
    """Three outcomes and two starts, 40,000 draws: every share within four standard errors."""
    outcomes = [(0.5, 0, 1.0, False), (0.3, 1, 2.0, False), (0.2, 2, 4.0, True)]
    problem = build({state: {0: outcomes} for state in range(3)}, [0.25, 0.75, 0.0], observation=[5, 6, 7], observations=8)
    first, drawn, starts = world(problem.table)
    random, draws = rng.stream(1)[0], 40_000
    begun = np.array([begin(starts, random) for _ in range(draws)])
    moved = np.array([move(first, drawn, 1, random) for _ in range(draws)])
    np.testing.assert_allclose(np.bincount(begun[:, 0], minlength=3) / draws, [0.25, 0.75, 0], atol=0.01)
    np.testing.assert_array_equal(begun[:, 1], begun[:, 0] + 5)
    np.testing.assert_allclose(np.bincount(moved[:, 0].astype(int)) / draws, [0.5, 0.3, 0.2], atol=0.01)
    np.testing.assert_array_equal(moved[:, 1], moved[:, 0] + 5)
    np.testing.assert_array_equal(moved[:, 2], 2 ** moved[:, 0])
    np.testing.assert_array_equal(moved[:, 3], moved[:, 0] == 2)
    assert not moved[:, 4].any()


def test_what_is_certain_draws_no_random_number():
    problem = build({0: {0: [(1.0, 0, 1.0, False)]}}, [1.0])
    first, outcomes, starts = world(problem.table)
    random = rng.stream(1)[0]
    before = random.copy()
    assert begin(starts, random) == (0, 0)
    assert move(first, outcomes, 0, random) == (0, 0, 1.0, False, False)
    np.testing.assert_array_equal(random, before)


def test_a_maze_with_two_traps_has_up_to_four_states_a_cell():
    problem = maze_problem(load_maze("traps"))
    # 18 floor cells with 4 subsets of traps; each trap's cell with the 2 subsets that hold it; the treasure with 4
    assert problem.states == 18 * 4 + 2 * 2 + 4
    assert maze_problem(load_maze("plain")).states == 21
    assert (problem.observations, problem.actions) == (45, 4)


def test_the_maze_table_is_what_its_rules_say():
    maze = load_maze("traps")
    problem = maze_problem(maze)
    table = problem.table
    taken_by_state = {int(problem.representative[cell]): frozenset() for cell in maze.floor}
    taken_by_state |= {int(problem.representative[cell]): frozenset({cell}) for cell in maze.traps}
    frontier = list(taken_by_state)
    while frontier:
        state = frontier.pop()
        cell, taken = int(table.observation[state]), taken_by_state[state]
        for action in range(4):
            row = table.first[state * 4 + action]
            assert table.first[state * 4 + action + 1] == row + 1
            to, after, reward, found = maze.move(cell, taken, action)
            next_state = int(table.next_state[row])
            assert (table.observation[next_state], table.reward[row], table.terminal[row]) == (to, reward, found)
            if next_state not in taken_by_state:
                taken_by_state[next_state] = after
                if not found:
                    frontier.append(next_state)
            assert taken_by_state[next_state] == after
    assert len(taken_by_state) == problem.states


@pytest.mark.parametrize(
    ("name", "states", "actions"), [("FrozenLake-v1", 16, 4), ("CliffWalking-v1", 48, 4), ("Taxi-v4", 500, 6)]
)
def test_toy_text_tables_hold_what_the_environment_exposes(name, states, actions):
    raw = gym.make(name).unwrapped
    problem = from_environment(raw)
    assert (problem.states, problem.observations, problem.actions) == (states, states, actions)
    table = problem.table
    for state in range(0, states, 7):
        for action in range(actions):
            rows = slice(table.first[state * actions + action], table.first[state * actions + action + 1])
            ours = list(
                zip(table.probability[rows], table.next_state[rows], table.reward[rows], table.terminal[rows], strict=True)
            )
            theirs = [(p, to, r, done) for p, to, r, done in raw.P[state][action] if p > 0]
            assert len(ours) == len(theirs)
            for mine, other in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(np.array(mine, float), np.array(other, float))
    np.testing.assert_allclose(
        np.bincount(table.start_state, table.start_probability, minlength=states),
        raw.initial_state_distrib / np.sum(raw.initial_state_distrib),
    )


def test_only_states_in_which_an_agent_acts_are_representatives():
    problem = from_environment(gym.make("FrozenLake-v1"))
    assert np.flatnonzero(problem.representative < 0).tolist() == [5, 7, 11, 12, 15]  # four holes and the goal


def test_an_environment_without_a_table_is_refused():
    with pytest.raises(UsageError, match="no transition table"):
        from_environment(gym.make("CartPole-v1"))


def test_tables_that_are_no_decision_process_are_refused():
    fine = [(1.0, 0, 0.0, False)]
    with pytest.raises(LabError, match=r"sum to 0\.5"):
        build({0: {0: [(0.5, 0, 0.0, False)]}}, [1.0])
    with pytest.raises(LabError, match="leads to state 3 of 1"):
        build({0: {0: [(1.0, 3, 0.0, False)]}}, [1.0])
    with pytest.raises(LabError, match="state 1 has 2 actions"):
        build({0: {0: fine}, 1: {0: fine, 1: fine}}, [1.0, 0.0])
    with pytest.raises(LabError, match="start probabilities"):
        build({0: {0: fine}}, [0.0])


def test_too_many_traps_for_a_table_are_named_with_a_way_out(monkeypatch):
    monkeypatch.setattr("lab_tabular.tables.MOST_STATES", 5000)
    rows = ["A" + "x" * 9, " " * 10, " " * 10, "x" * 9 + "o"]
    with pytest.raises(UsageError, match=r"18 traps.*backend=gymnasium"):
        maze_problem(parse_maze("\n".join(rows)))
