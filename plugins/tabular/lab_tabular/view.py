"""What there is to see of a maze at one moment, and its colours: shared by the picture and the text."""

from dataclasses import dataclass, field

import numpy as np

from lab_tabular.maze import Maze

Colour = tuple[int, int, int]

# Both ramps rise in lightness, so they can be read without telling hues apart: blue to yellow is worth having,
# grey to pink is worth avoiding. Position 0 is an unlearnt floor.
_GOOD: tuple[Colour, ...] = ((36, 45, 61), (44, 74, 128), (33, 120, 142), (70, 168, 120), (160, 205, 84), (253, 228, 60))
_BAD: tuple[Colour, ...] = ((36, 45, 61), (92, 44, 82), (158, 60, 110), (226, 104, 136))


@dataclass(frozen=True)
class View:
    """A maze with its agent. ``position`` is (row, column) in cells, fractions allowed between two; None: no agent.

    facing  the action whose direction the agent looks in
    taken   traps stepped on in this episode
    found   whether the treasure has been taken
    trail   (row, column) of where the agent has been, oldest first
    values  float64 [cells, actions] as heat and arrows, or None where there are no values to show
    numbers whether the best value of each cell is written out too
    """

    maze: Maze
    position: tuple[float, float] | None = None
    facing: int = 1
    taken: frozenset[int] = frozenset()
    found: bool = False
    trail: tuple[tuple[float, float], ...] = ()
    values: np.ndarray | None = field(default=None, compare=False)
    numbers: bool = True

    def floor_values(self) -> np.ndarray | None:
        """``max_a`` of the values [cells], NaN where no episode goes on (walls, treasure); None without values."""
        if self.values is None:
            return None
        best = self.values.max(axis=1).astype(np.float64)
        walkable = self.maze.reachable - set(self.maze.treasures)
        best[[cell for cell in range(self.maze.cells) if cell not in walkable]] = np.nan
        return best


def heat(value: float, largest: float) -> Colour:
    """The colour of a value between ``-largest`` and ``largest``."""
    ramp = _GOOD if value >= 0 else _BAD
    place = min(abs(value) / largest, 1.0) * (len(ramp) - 1) if largest > 0 else 0.0
    low = min(int(place), len(ramp) - 2)
    share = place - low
    return tuple(round(a + (b - a) * share) for a, b in zip(ramp[low], ramp[low + 1], strict=True))  # pyright: ignore


def greedy_actions(values: np.ndarray) -> tuple[int, ...]:
    """The best actions of one row of values; none where all are equal, as they are before anything is learnt."""
    best = np.flatnonzero(values == values.max())
    return () if len(best) == len(values) else tuple(best.tolist())


def short(value: float) -> str:
    """A value in at most five characters."""
    text = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return "0" if text in ("0.0", "-0.0") else text if len(text) <= 5 else f"{value:.0e}".replace("e+0", "e").replace("e+", "e")


def is_light(colour: Colour) -> bool:
    """Whether dark ink reads better on it (relative luminance by ITU-R BT.709)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] > 120
