"""The maze as a Gymnasium environment."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from lab_tabular.envs import MazeEnv
from lab_tabular.tables import from_environment, maze_problem

from lab_app.display.halfblocks import strip_escapes
from lab_core.errors import UsageError

ID = "lab_tabular.envs:lab/Maze-v0"


def make(**options):
    return gym.make(ID, **options)


@pytest.mark.parametrize("maze", ["plain", "traps", "A x\n .o"])
def test_gymnasium_finds_nothing_wrong(maze):
    check_env(make(maze=maze).unwrapped)
    check_env(make(maze=maze, render_mode="rgb_array").unwrapped)


def test_a_walk_over_one_trap_to_the_treasure():
    env = make(maze="traps")
    observation, info = env.reset(seed=0)
    assert (observation, info) == (10, {"traps": 0})
    steps = [env.step(action) for action in (1, 3, 3, 3, 3, 3)]
    assert [step[0] for step in steps] == [19, 20, 21, 22, 23, 24]
    assert [step[1] for step in steps] == [0, 0, 0, -5, 0, 100]
    assert [step[2] for step in steps] == [False] * 5 + [True]
    assert steps[-1][4] == {"traps": 1}
    with pytest.raises(UsageError, match="ended"):
        env.step(0)


def test_a_trap_is_back_in_the_next_episode():
    env = make(maze="traps")
    for _ in range(2):
        env.reset()
        rewards = [env.step(action)[1] for action in (3, 3, 2, 3)]
        assert rewards == [0, -5, 0, 0]


def test_episodes_are_cut_off_after_30_moves_unless_asked_otherwise():
    for options, limit in (({}, 30), ({"max_episode_steps": 50}, 50)):
        env = make(**options)
        env.reset()
        assert [env.step(0)[3] for _ in range(limit)] == [False] * (limit - 1) + [True]


def test_an_episode_may_start_on_any_floor_cell_and_nowhere_else():
    env = make(maze="traps")
    assert env.reset(options={"start": 34})[0] == 34
    for cell in (0, 12, 24, 45, -1, "A"):
        with pytest.raises(UsageError, match="can't start"):
            env.reset(options={"start": cell})


def test_the_table_it_exposes_is_the_one_it_acts_by():
    env = make(maze="traps")
    raw = env.unwrapped
    problem = from_environment(env)
    assert problem.states == maze_problem(raw.maze).states
    rng = np.random.default_rng(0)
    for _ in range(50):
        state, ended = int(np.argmax(raw.initial_state_distrib)), False
        observation, _ = env.reset()
        while not ended:
            assert raw.state_observations[state] == observation
            action = int(rng.integers(4))
            ((_, state, reward, done),) = raw.P[state][action]
            observation, seen, terminated, truncated, _ = env.step(action)
            assert (seen, terminated) == (reward, done)
            ended = terminated or truncated


def test_pictures_show_agent_treasure_traps_and_values():
    env = make(maze="traps", render_mode="rgb_array")
    env.reset()
    before = env.render()
    assert before.shape == (240, 432, 3)
    assert before.dtype == np.uint8

    def tile(image, row, column):
        return image[row * 48 : row * 48 + 48, column * 48 : column * 48 + 48].astype(int)

    floor = tile(before, 3, 2)
    for row, column in ((1, 1), (2, 6), (1, 3), (2, 4)):
        assert np.abs(tile(before, row, column) - floor).max() > 100  # agent, treasure and traps stand out
    env.step(3)
    after = env.render()
    assert np.abs(tile(after, 1, 2) - tile(before, 1, 1)).mean() < 15  # the agent has moved on, but for its look and trail
    values = np.zeros((45, 4))
    values[29] = [0, 0, 0, 50]
    env.unwrapped.show_values(values)
    assert np.abs(tile(env.render(), 3, 2) - floor).mean() > 50
    with pytest.raises(UsageError, match=r"\(45, 4\)"):
        env.unwrapped.show_values(np.zeros((2, 2)))


def test_text_shows_the_same_and_reads_without_colours():
    env = make(maze="traps", render_mode="ansi")
    env.reset()
    values = np.zeros((45, 4))
    values[29] = [0, 0, 0, 50]
    env.unwrapped.show_values(values)
    coloured = env.render()
    assert "\x1b[38;2;" in coloured
    lines = strip_escapes(coloured).split("\n")
    assert len(lines) == 10
    assert lines[2] == "▒▒▒▒▒ (●)   ·   ▲▲▲   ·    ·    ·    ·  ▒▒▒▒▒"
    assert lines[6].index("→") == 2 * 5 + 2
    assert lines[7][10:15].strip() == "50"
    assert lines[4].index("◆") == 6 * 5 + 2


def test_bad_options_are_named():
    with pytest.raises(UsageError, match="no maze and no file 'nowhere'"):
        make(maze="nowhere")
    with pytest.raises(UsageError, match="ansi or rgb_array"):
        MazeEnv(render_mode="human")
    env = make()
    env.reset()
    with pytest.raises(UsageError, match="no action 4"):
        env.step(4)
