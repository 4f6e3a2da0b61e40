"""The source's two programs step by step in NumPy, with its own random numbers: what its author saw, and a check of the kernels.

Independent of the compiled loop: NumPy's legacy generator in the source's order of draws, the maze's rules one move at a time.
"""

from typing import Any

import numpy as np

from lab_tabular.maze import Maze, load_maze
from lab_tabular.study.record import CLEAR, LOST, OUTCOMES, THROUGH, UNDECIDED

EPSILON, ALPHA, GAMMA = 0.1, 0.1, 0.9


class AsWritten:
    """One training of ``q-learning`` or ``sarsa``, its table ``q`` [cells, 4]."""

    def __init__(self, method: str, maze: Maze, seed: int, max_steps: int) -> None:
        self.method, self.maze, self.max_steps = method, maze, max_steps
        self.random = np.random.RandomState(seed)
        self.q = np.zeros((maze.cells, 4))

    def episode(self) -> tuple[int, float]:
        """Train one episode; returns its moves and its plain return."""
        cell, taken, found, moves, total = self.maze.start, frozenset[int](), False, 0, 0.0
        action = self._act(cell) if self.method == "sarsa" else 0
        while not found and moves < self.max_steps:
            if self.method == "q-learning":
                action = self._act(cell)
            before, acted = cell, action
            cell, taken, reward, found = self.maze.move(cell, taken, acted)
            if self.method == "sarsa":
                action = self._act(cell)
                following = self.q[cell, action]
            else:
                following = self.q[cell].max()
            self.q[before, acted] = (1 - ALPHA) * self.q[before, acted] + ALPHA * (reward + GAMMA * following)
            moves, total = moves + 1, total + reward
        return moves, total

    def walk(self) -> int:
        """The outcome of the greedy walk from the start (see :mod:`lab_tabular.study.record`)."""
        cell, taken = self.maze.start, frozenset[int]()
        for _ in range(self.max_steps):
            if (self.q[cell] == 0).all():
                return UNDECIDED
            cell, taken, _, found = self.maze.move(cell, taken, int(self.q[cell].argmax()))
            if found:
                return THROUGH if taken else CLEAR
        return LOST

    def _act(self, cell: int) -> int:
        if self.random.uniform() > 1 - EPSILON or (self.q[cell] == 0).all():
            return int(self.random.randint(0, 4))
        return int(self.q[cell].argmax())


def as_published(episodes: int = 200) -> list[dict[str, Any]]:
    """The source's own runs: seed 0 and 30 moves for Q-learning, seed 1 and 50 moves for SARSA, on both mazes."""
    found = []
    for method, seed, max_steps in (("q-learning", 0, 30), ("sarsa", 1, 50)):
        for name in ("plain", "traps"):
            training = AsWritten(method, load_maze(name), seed, max_steps)
            returns, outcomes = [], []
            for _ in range(episodes):
                returns.append(training.episode()[1])
                outcomes.append(training.walk())
            reached = [outcome >= THROUGH for outcome in outcomes]
            found.append(
                {
                    "method": method,
                    "maze": name,
                    "seed": seed,
                    "walk_after": {str(mark): OUTCOMES[outcomes[mark - 1]] for mark in (20, 30, 50, 100, 200)},
                    "first_walk_to_treasure": reached.index(True) + 1 if any(reached) else None,
                    "treasures_in_last_50_episodes": sum(total > 50 for total in returns[-50:]),
                }
            )
    return found
