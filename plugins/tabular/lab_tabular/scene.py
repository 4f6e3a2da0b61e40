"""A model walking through its maze, with what it believes the cells are worth."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lab_core.model import Model
from lab_core.scene import Frame, Scene
from lab_tabular.ansi import text_frame
from lab_tabular.evaluation import checked, fitting
from lab_tabular.maze import MOVES, Maze, load_maze
from lab_tabular.painting import CELL, Painter
from lab_tabular.view import View

_FPS = 20.0
_GLIDE = 4  # pictures a move: 0.2 s
_HOLD = 16  # pictures at the end of an episode: 0.8 s
_WIDEST = 1280  # pixels


class MazeScene(Scene):
    """The first episode begins at the source's start, the next ones anywhere if the protocol says ``every``."""

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``protocol``, ``epsilon`` (default: the protocol's), ``overlay`` (write the values out).

        Heat and arrows are always drawn where the model has values: they are what there is to watch.
        """
        maze = load_maze(self.benchmark.parameters["maze"])
        _, settings = self.benchmark.protocol(options.get("protocol"))
        epsilon = options.get("epsilon")
        epsilon = settings["epsilon"] if epsilon is None else epsilon
        policy = fitting(model, maze)
        values = policy.action_values(np.arange(maze.cells))
        rng = np.random.default_rng(seed)
        painter = Painter(max(8, min(CELL, _WIDEST // maze.width)))
        cell = maze.start
        while True:
            episode = _Episode(maze, cell, painter, values, bool(options.get("overlay", False)))
            memory = policy.start(1)
            yield from episode.show(1)
            while not episode.over(settings["max_steps"]):
                actions, memory = policy.act(np.array([episode.cell]), memory, epsilon=epsilon, rng=rng)
                yield from episode.move(int(checked(actions, 1)[0]))
            yield from episode.show(_HOLD, last=True)
            if settings["start"] == "every":
                cell = int(rng.choice(maze.floor))


class _Episode:
    """One walk, move by move."""

    def __init__(self, maze: Maze, cell: int, painter: Painter, values: np.ndarray | None, numbers: bool) -> None:
        self.maze, self.cell, self.painter, self.values, self.numbers = maze, cell, painter, values, numbers
        self.taken: frozenset[int] = frozenset()
        self.found = False
        self.facing = 1
        self.moves, self.total = 0, 0.0
        self.trail = [self._place(cell)]

    def over(self, max_steps: int) -> bool:
        return self.found or self.moves >= max_steps

    def move(self, action: int) -> Iterator[Frame]:
        """Glide to the next cell; the rules take effect on arrival. Against a wall the agent nudges it."""
        start, before = self.cell, self.taken
        to, taken, reward, found = self.maze.move(start, before, action)
        self.facing = action
        end = self._place(to)
        for part in range(1, _GLIDE):
            share = part / _GLIDE
            share = share * share * (3 - 2 * share)  # slow start, slow end
            yield self._frame(self._between(start, end, action, share if to != start else -share * (1 - share)))
        self.cell, self.taken, self.found = to, taken, found
        self.moves += 1
        self.total += reward
        if to != start:
            self.trail.append(end)
        yield from self.show(1)

    def show(self, count: int, *, last: bool = False) -> Iterator[Frame]:
        """Stand still for ``count`` pictures."""
        for picture in range(count):
            yield self._frame(self._place(self.cell), last=last and picture == count - 1)

    def _frame(self, position: tuple[float, float], *, last: bool = False) -> Frame:
        trail = (*self.trail, position) if position != self.trail[-1] else tuple(self.trail)
        view = View(self.maze, position, self.facing, self.taken, self.found, trail, self.values, self.numbers)
        state = "treasure found" if self.found else f"{len(self.taken)} of {len(self.maze.traps)} traps" if self.taken else ""
        caption = f"move {self.moves}   reward {self.total:g}" + (f"   {state}" if state else "")
        return Frame(self.painter.paint(view), caption, text_frame(view), fps=_FPS, last=last)

    def _place(self, cell: int) -> tuple[int, int]:
        return divmod(cell, self.maze.width)

    def _between(self, start: int, end: tuple[int, int], action: int, share: float) -> tuple[float, float]:
        """Between two cells; a negative ``share`` leans that far towards a wall that is in the way."""
        row, column = self._place(start)
        if share < 0:
            down, across = MOVES[action]
            return row - down * share, column - across * share
        return row + (end[0] - row) * share, column + (end[1] - column) * share
