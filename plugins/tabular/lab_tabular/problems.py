"""From a config to what a method learns from: a table that the compiled loops walk through, or an environment step by step."""

import sys
from dataclasses import dataclass
from typing import Any

from lab_core.errors import LabError, UsageError
from lab_tabular import stepwise
from lab_tabular.config import MAZE, ProblemConfig
from lab_tabular.maze import MOVES, load_maze
from lab_tabular.numbering import Numbering, numberings, plain
from lab_tabular.tables import Problem, World, from_environment, maze_problem, world
from lab_tabular.trust import changed_outside


class NoTable(UsageError):
    """An environment that shows no transition table, or one that is too large, where one is needed."""


@dataclass
class Place:
    """Where a method learns.

    world      what the learning loop walks through: a table, or ``env``
    problem    the table, for exact reports; None where the environment shows none
    env        the environment if it is stepped in Python, else None
    numbering  how observations become rows of a table
    """

    name: str
    world: World
    problem: Problem | None
    env: Any
    numbering: Numbering
    actions: int

    def close(self) -> None:
        if self.env is not None:
            self.env.close()


def open_place(config: ProblemConfig, backend: str = "auto") -> Place:
    """The place of a config. Raises UsageError for spaces that no table holds, and for ``backend=compiled`` without a table.

    ``auto`` steps in Python through an environment that shows no transition table, and says so on standard error.
    """
    if config.env == MAZE:
        return _maze_place(config, backend)
    from lab_environments.gym import make_env

    env = make_env(config.env, max_episode_steps=config.limit())
    try:
        name = env.spec.id if env.spec else config.env
        numbering, actions = numberings(env.observation_space, env.action_space, config.env)
        problem = _table(env, name, backend)
    except BaseException:
        env.close()
        raise
    if problem is not None and backend != "gymnasium":
        env.close()
        return Place(name, world(problem.table), problem, None, numbering, actions.count)
    numbered = stepwise.Numbered(env, numbering, actions)
    return Place(name, stepwise.world(numbered), problem, numbered, numbering, actions.count)


def needs_table(config: ProblemConfig) -> tuple[Problem, Numbering]:
    """The table of a config, for methods that plan; raises UsageError for an environment that shows none."""
    try:
        place = open_place(config, "compiled")
    except NoTable as error:
        raise UsageError(f"{error.message} Without one nothing can be planned.", "Methods that learn can: q-learning.") from None
    assert place.problem is not None
    return place.problem, place.numbering


def _maze_place(config: ProblemConfig, backend: str) -> Place:
    maze = load_maze(config.maze)
    numbering = plain(maze.cells)
    try:
        problem = maze_problem(maze)
    except UsageError as error:  # too many traps for a table; a learner needs none
        if backend == "compiled":
            raise
        if backend == "auto":
            _say(f"{error.message} It is stepped in Python instead, about a hundred times slower.")
        problem = None
    if problem is not None and backend != "gymnasium":
        return Place("maze", world(problem.table), problem, None, numbering, len(MOVES))
    from lab_environments.gym import make_env

    from lab_tabular.envs import ID

    env = make_env(ID, maze=config.maze, max_episode_steps=config.limit())
    numbered = stepwise.Numbered(env, numbering, plain(len(MOVES)))
    return Place("maze", stepwise.world(numbered), problem, numbered, numbering, len(MOVES))


def _table(env: Any, name: str, backend: str) -> Problem | None:
    """The environment's table, or None where it shows none and may do without."""
    from gymnasium.envs.toy_text.blackjack import BlackjackEnv

    raw = env.unwrapped
    if type(raw) is BlackjackEnv and not changed_outside(env):
        from lab_tabular.blackjack import blackjack_problem

        return blackjack_problem(natural=raw.natural, sab=raw.sab)
    try:
        return from_environment(env)
    except LabError as error:
        if backend == "compiled":
            raise NoTable(f"{name}: {error.message}", error.hint) from None
        if backend == "auto":
            _say(f"{name}: {error.message} It is stepped in Python, about a hundred times slower than a table.")
        return None


def _say(line: str) -> None:
    print(line, file=sys.stderr)
