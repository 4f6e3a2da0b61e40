"""A trainer's state on disk, and how much memory a table takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import LabError
from lab_core.npz import read_npz
from lab_tabular.config import MAZE, ProblemConfig
from lab_tabular.maze import load_maze
from lab_tabular.tables import MOST_STATES

_FILE = "state.npz"
_BYTES_A_STATE = 2000  # measured with 67,360 states: 1,783, most of it the Python table while it is built
_COMPILER = 120 << 20  # Numba and LLVM


def save_arrays(folder: Path, arrays: Mapping[str, Any]) -> None:
    """Write named arrays, exactly."""
    np.savez(folder / _FILE, **arrays)


def load_arrays(folder: Path, like: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Read arrays with the names, shapes and types of ``like``; raises LabError for others: they belong to another task."""
    try:
        arrays = read_npz(folder / _FILE)
    except FileNotFoundError as error:
        raise LabError(f"{folder / _FILE} can't be read: {error}.") from None
    wanted = {name: (np.shape(value), np.asarray(value).dtype) for name, value in like.items()}
    found = {name: (value.shape, value.dtype) for name, value in arrays.items()}
    if wanted != found:
        raise LabError(f"{folder / _FILE} does not fit this task: it holds {found}, {wanted} is expected.")
    return arrays


def _check_numbered(config: ProblemConfig) -> None:
    """Raise UsageError for an environment that no table holds, so that a plan refuses what the training would."""
    from lab_environments.gym import make_env

    from lab_tabular.numbering import numberings

    env = make_env(config.env)
    try:
        numberings(env.observation_space, env.action_space, config.env)
    finally:
        env.close()


def table_memory(config: ProblemConfig) -> int:
    """Bytes that a problem's table takes at its peak: an upper bound for mazes; the compiler's share alone elsewhere.

    Raises UsageError for an environment that no table holds.
    """
    if config.env != MAZE:
        _check_numbered(config)
        return _COMPILER
    maze = load_maze(config.maze)
    states = min(maze.cells << min(len(maze.traps), 40), MOST_STATES)
    return _COMPILER + states * _BYTES_A_STATE
