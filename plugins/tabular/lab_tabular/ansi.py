"""A maze as coloured text. Every sign differs in shape too, so the text also reads without its colours."""

import math

from lab_tabular.maze import ACTIONS, TREASURE, WALL
from lab_tabular.view import Colour, View, greedy_actions, heat, is_light, short

_WIDEST = 78  # columns of a terminal that a maze with large cells may fill
_ARROWS = dict(zip(ACTIONS, "↑↓←→", strict=True))
_WALL_INK: Colour = (84, 97, 122)
_WALL_PAPER: Colour = (58, 68, 88)
_FLOOR: Colour = (36, 45, 61)
_LIGHT: Colour = (236, 240, 246)
_DARK: Colour = (16, 20, 30)
_AGENT: Colour = (255, 122, 61)
_GEM: Colour = (70, 190, 245)
_PIT: Colour = (120, 30, 76)


def text_frame(view: View, *, colours: bool = True) -> str:
    """The view as lines of text: cells of 5 by 2 characters with values, or 2 by 1 where the maze is wide."""
    maze = view.maze
    width, height = (5, 2) if maze.width * 5 <= _WIDEST else (2, 1)
    worth = view.floor_values()
    known = [] if worth is None else [abs(value) for value in worth.tolist() if not math.isnan(value)]
    largest = max(known, default=0.0)
    agent = None if view.position is None else round(view.position[0]) * maze.width + round(view.position[1])
    trail = {round(row) * maze.width + round(column) for row, column in view.trail}
    lines: list[str] = []
    for row in range(maze.height):
        cells = range(row * maze.width, (row + 1) * maze.width)
        for part in range(height):
            drawn = [
                _cell(view, cell, agent=agent, trail=trail, worth=worth, largest=largest, part=part, width=width)
                for cell in cells
            ]
            lines.append("".join(_paint(text, ink, paper) if colours else text for text, ink, paper in drawn).rstrip())
    return "\n".join(lines)


def _cell(
    view: View, cell: int, *, agent: int | None, trail: set[int], worth, largest: float, part: int, width: int
) -> tuple[str, Colour, Colour]:
    """One line of one cell: its text, ink and paper."""
    maze = view.maze
    if maze.letter(cell) == WALL:
        return "▒" * width, _WALL_INK, _WALL_PAPER
    value = math.nan if worth is None else float(worth[cell])
    paper = _FLOOR if math.isnan(value) else heat(value, largest)
    ink = _DARK if is_light(paper) else _LIGHT
    if part == 1:
        return ("" if math.isnan(value) or largest == 0 or not view.numbers else short(value)).center(width), ink, paper
    if cell == agent:
        return ("(●)" if width > 2 else "●").center(width), _AGENT if not is_light(paper) else (150, 40, 0), paper
    if maze.letter(cell) == TREASURE:
        return ("✦" if view.found else "◆").center(width), _GEM if not is_light(paper) else (0, 80, 150), paper
    if cell in maze.traps and cell not in view.taken:
        return ("▲▲▲" if width > 2 else "▲").center(width), _LIGHT, _PIT
    actions = () if view.values is None or math.isnan(value) else greedy_actions(view.values[cell])
    if actions:
        sign = "".join(_ARROWS[ACTIONS[action]] for action in actions)[: width if width > 2 else 1]
    else:
        sign = "•" if cell in trail else "·"
    return sign.center(width), _AGENT if cell in trail and not is_light(paper) else ink, paper


def _paint(text: str, ink: Colour, paper: Colour) -> str:
    return "\x1b[38;2;{};{};{};48;2;{};{};{}m{}\x1b[0m".format(*ink, *paper, text)
