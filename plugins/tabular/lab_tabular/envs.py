"""The maze as a Gymnasium environment: ``gymnasium.make("lab_tabular.envs:lab/Maze-v0", maze="traps")``."""

from functools import cached_property
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from lab_core.errors import UsageError
from lab_tabular.maze import MOVES, load_maze, read_maze
from lab_tabular.tables import MazeStates, maze_states
from lab_tabular.view import View

ID = "lab/Maze-v0"


class MazeEnv(gym.Env[int, int]):
    """A maze. ``maze``: ``plain``, ``traps``, a map as text or a file of one.

    Observation: the agent's cell, ``row * width + column``. Actions: 0 up, 1 down, 2 left, 3 right. Rewards: +100 for the
    treasure, which ends the episode; -5 for a trap, which is then gone until the next one; 0 else, walls included.
    ``reset(options={"start": cell})`` begins on another floor cell. ``info["traps"]`` counts the traps stepped on.

    Because traps vanish, the cell is not the whole state. ``P`` and ``initial_state_distrib`` (as toy-text environments have
    them) are therefore over the true states, (cell, traps taken), and ``state_observations`` says what the agent sees of each.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 10}

    def __init__(self, maze: str = "plain", render_mode: str | None = None) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise UsageError(f"The maze has no render mode {render_mode!r}.", "Choose ansi or rgb_array.")
        self.maze = load_maze(read_maze(maze))
        self.render_mode = render_mode
        self.observation_space = spaces.Discrete(self.maze.cells)
        self.action_space = spaces.Discrete(len(MOVES))
        self._values: np.ndarray | None = None
        self._painter: Any = None
        self._begin(self.maze.start)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Back to the start; ``options["start"]`` names another floor cell. Raises UsageError for a cell that isn't one."""
        super().reset(seed=seed)
        start = (options or {}).get("start", self.maze.start)
        if start not in self.maze.floor:
            raise UsageError(
                f"An episode can't start in cell {start!r}.", "Choose a floor cell from which a treasure can be reached."
            )
        self._begin(int(start))
        return self._cell, {"traps": 0}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """One move; returns observation, reward, terminated, truncated (never, by itself) and ``info``."""
        if not self.action_space.contains(action):
            raise UsageError(f"The maze has no action {action!r}; 0 up, 1 down, 2 left, 3 right.")
        if self._found:
            raise UsageError("The treasure is found, the episode has ended.", "Call reset() first.")
        self._facing = int(action)
        self._cell, self._taken, reward, self._found = self.maze.move(self._cell, self._taken, self._facing)
        self._trail.append(divmod(self._cell, self.maze.width))
        return self._cell, reward, self._found, False, {"traps": len(self._taken)}

    def show_values(self, values: np.ndarray | None) -> None:
        """Draw these action values, float [cells, 4], as heat and arrows from now on; None: no more."""
        if values is not None and np.shape(values) != (self.maze.cells, len(MOVES)):
            raise UsageError(f"Values of shape {np.shape(values)} don't fit; ({self.maze.cells}, {len(MOVES)}) is expected.")
        self._values = None if values is None else np.array(values, np.float64)

    def view(self) -> View:
        """What there is to see now."""
        position = divmod(self._cell, self.maze.width)
        return View(self.maze, position, self._facing, self._taken, self._found, trail=tuple(self._trail), values=self._values)

    def render(self) -> Any:
        """``ansi``: lines of coloured text. ``rgb_array``: uint8 [48 * height, 48 * width, 3]."""
        if self.render_mode == "ansi":
            from lab_tabular.ansi import text_frame

            return text_frame(self.view())
        if self.render_mode == "rgb_array":
            from lab_tabular.painting import Painter

            self._painter = self._painter or Painter()
            return self._painter.paint(self.view())
        return None

    @property
    def P(self) -> dict[int, dict[int, list[tuple[float, int, float, bool]]]]:
        """``P[state][action] = [(1.0, next state, reward, terminated)]`` over the true states."""
        return self._states.transitions

    @cached_property
    def initial_state_distrib(self) -> np.ndarray:
        """Probability [states] of each true state at the start of an episode."""
        start = np.zeros(len(self._states.cells))
        start[self._states.start] = 1.0
        return start

    @property
    def state_observations(self) -> list[int]:
        """The cell that the agent sees of each true state."""
        return self._states.cells

    @property
    def representatives(self) -> list[int]:
        """For each cell the true state with every trap set but one under the agent; -1 where no episode goes on."""
        return self._states.representatives

    @cached_property
    def _states(self) -> MazeStates:
        return maze_states(self.maze)

    def _begin(self, cell: int) -> None:
        self._cell = cell
        self._taken: frozenset[int] = frozenset()
        self._found = False
        self._facing = 1
        self._trail = [divmod(cell, self.maze.width)]


gym.register(id=ID, entry_point="lab_tabular.envs:MazeEnv", max_episode_steps=30)
