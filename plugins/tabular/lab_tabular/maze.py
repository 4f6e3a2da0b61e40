"""Mazes as text: reading them, checking them, and the rules of a move. Pure Python, so that configs may import it.

    '.' wall    ' ' floor    'o' treasure (+100, ends the episode)    'x' trap (-5, gone for the episode)    'A' start

A cell's number is ``row * width + column``; actions are 0 up, 1 down, 2 left, 3 right. Walking into a wall, or off the
map, changes nothing and costs nothing but the step.
"""

import os
from dataclasses import dataclass
from functools import cached_property

from lab_core.errors import LabError, UsageError, unknown
from lab_core.files import read_given

WALL, FLOOR, TREASURE, TRAP, START = ".", " ", "o", "x", "A"
MOVES: tuple[tuple[int, int], ...] = ((-1, 0), (1, 0), (0, -1), (0, 1))  # up, down, left, right as (rows, columns)
ACTIONS = ("up", "down", "left", "right")
TREASURE_REWARD = 100.0
TRAP_REWARD = -5.0
LARGEST = 100_000  # characters; a larger file is not a maze that a table can hold

MAZES = {
    "plain": ".........\n.A      .\n.     o .\n.       .\n.........",
    "traps": ".........\n.A x    .\n.   x o .\n.       .\n.........",
}


@dataclass(frozen=True)
class Maze:
    """A checked map. ``letters`` holds the rows without the start's letter."""

    letters: tuple[str, ...]
    start: int

    @property
    def height(self) -> int:
        return len(self.letters)

    @property
    def width(self) -> int:
        return len(self.letters[0])

    @property
    def cells(self) -> int:
        """How many observations there are: every cell of the map, walls included, as in the source."""
        return self.height * self.width

    @cached_property
    def traps(self) -> tuple[int, ...]:
        return self._where(TRAP)

    @cached_property
    def treasures(self) -> tuple[int, ...]:
        return self._where(TREASURE)

    @cached_property
    def floor(self) -> tuple[int, ...]:
        """Cells where an episode may start: free of walls, traps and treasure, and with a way to a treasure."""
        return tuple(cell for cell in self._where(FLOOR) if cell in self.reachable)

    @cached_property
    def reachable(self) -> frozenset[int]:
        """Cells on some walk from the start; a walk ends at a treasure."""
        found, frontier = {self.start}, [self.start]
        while frontier:
            here = frontier.pop()
            if self.letter(here) == TREASURE:
                continue
            new = {self.neighbour(here, action) for action in range(len(MOVES))} - found
            found |= new
            frontier.extend(new)
        return frozenset(found)

    def letter(self, cell: int) -> str:
        row, column = divmod(cell, self.width)
        return self.letters[row][column]

    def neighbour(self, cell: int, action: int) -> int:
        """Where a move leads: the next cell, or ``cell`` itself before a wall or the map's edge."""
        row, column = divmod(cell, self.width)
        row, column = row + MOVES[action][0], column + MOVES[action][1]
        if not (0 <= row < self.height and 0 <= column < self.width) or self.letters[row][column] == WALL:
            return cell
        return row * self.width + column

    def move(self, cell: int, taken: frozenset[int], action: int) -> tuple[int, frozenset[int], float, bool]:
        """One step: next cell, traps taken so far in this episode, reward, whether the treasure was found.

        The source clears a trap's tile when it is stepped on, so ``(cell, taken)`` is the state, not the cell alone.
        """
        to = self.neighbour(cell, action)
        if to == cell:
            return cell, taken, 0.0, False
        letter = self.letter(to)
        if letter == TREASURE:
            return to, taken, TREASURE_REWARD, True
        if letter == TRAP and to not in taken:
            return to, taken | {to}, TRAP_REWARD, False
        return to, taken, 0.0, False

    def text(self) -> str:
        """The map as it was read, the start's letter put back."""
        lines = list(self.letters)
        row, column = divmod(self.start, self.width)
        lines[row] = lines[row][:column] + START + lines[row][column + 1 :]
        return "\n".join(lines) + ("\n" if len(lines) == 1 else "")

    def _where(self, letter: str) -> tuple[int, ...]:
        return tuple(cell for cell in range(self.cells) if self.letter(cell) == letter)


def parse_maze(text: str, *, name: str = "maze") -> Maze:
    """A maze from its text; raises UsageError that says in one line what is wrong and where. ``name`` begins that line."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    if not any(lines):
        raise UsageError(f"{name} is empty.", _LEGEND)
    width = len(lines[0])
    starts: list[tuple[int, int]] = []
    for row, line in enumerate(lines, start=1):
        for column, letter in enumerate(line, start=1):
            if letter not in (WALL, FLOOR, TREASURE, TRAP, START):
                raise UsageError(f"{name}: unknown letter {letter!r} at line {row}, column {column}.", _LEGEND)
            if letter == START:
                starts.append((row, column))
        if len(line) != width:
            raise UsageError(f"{name}: line {row} has {len(line)} letters, the first line has {width}; all must be as long.")
    if not starts:
        raise UsageError(f"{name} has no start.", "Put one letter A where the agent starts.")
    if len(starts) > 1:
        (row, column), (other_row, other_column) = starts[:2]
        raise UsageError(
            f"{name} has {len(starts)} starts, the first two at line {row}, column {column} "
            f"and line {other_row}, column {other_column}; one is expected."
        )
    row, column = starts[0]
    maze = Maze(tuple(line.replace(START, FLOOR) for line in lines), (row - 1) * width + column - 1)
    if not maze.treasures:
        raise UsageError(f"{name} has no treasure.", "Put a letter o where the episode ends.")
    if not set(maze.treasures) & maze.reachable:
        row, column = divmod(maze.treasures[0], width)
        raise UsageError(f"{name}: the treasure at line {row + 1}, column {column + 1} can't be reached from the start.")
    return maze


def is_text(value: str) -> bool:
    """Whether a ``maze`` setting is a map rather than a name or a file: a map has line ends."""
    return "\n" in value


def load_maze(value: str) -> Maze:
    """The maze of a ``maze`` setting that is a built-in name or a map; raises UsageError."""
    if value in MAZES:
        return parse_maze(MAZES[value])
    if is_text(value):
        return parse_maze(value)
    raise unknown("maze", value, MAZES)


def read_maze(value: str) -> str:
    """A ``maze`` setting made self-contained: a name stays, a map is tidied, a file is read. Raises UsageError."""
    if value in MAZES:
        return value
    if is_text(value):
        return parse_maze(value).text()
    return parse_maze(_read_file(value), name=f"Maze file {value}").text()


def _read_file(name: str) -> str:
    from pathlib import Path

    path = Path(name).expanduser()
    if not os.path.lexists(path):
        raise UsageError(f"There is no maze and no file {name!r}.", unknown("maze", name, MAZES).hint)
    try:
        return read_given(path, limit=LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"Maze file {name} is not text (UTF-8).", _LEGEND) from None
    except LabError as error:
        raise UsageError(f"Maze file {error}") from None


_LEGEND = "A map has '.' walls, ' ' floor, 'o' treasure, 'x' traps and one 'A' start."
