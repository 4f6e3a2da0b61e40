"""A maze as a picture: drawn four times as large with Pillow and reduced, so that every edge is smooth."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lab_tabular.maze import MOVES, TREASURE, WALL
from lab_tabular.view import Colour, View, greedy_actions, heat, is_light, short

CELL = 48
_SMOOTH = 4

_GROUND: Colour = (13, 17, 25)
_BLOCK: Colour = (58, 68, 88)
_BLOCK_TOP: Colour = (84, 97, 122)
_BLOCK_SIDE: Colour = (38, 46, 62)
_FLOOR: Colour = (36, 45, 61)
_DARK: Colour = (16, 20, 30)
_LIGHT: Colour = (236, 240, 246)
_AGENT: Colour = (255, 122, 61)
_AGENT_EDGE: Colour = (64, 22, 10)
_AGENT_SHINE: Colour = (255, 172, 122)
_GEM: tuple[Colour, ...] = ((196, 250, 255), (116, 220, 255), (46, 160, 232), (20, 104, 190))
_SPIKE: tuple[Colour, ...] = ((236, 240, 246), (168, 178, 196))
_PIT: Colour = (70, 20, 46)
_PIT_EDGE: Colour = (226, 104, 136)

Point = tuple[float, float]


class Painter:
    """Draws views of one size; the part of a picture that stays between moves is kept."""

    def __init__(self, cell: int = CELL) -> None:
        self.cell = cell
        self._key: tuple[object, ...] = ()
        self._scenery: Image.Image | None = None

    def paint(self, view: View) -> np.ndarray:
        """The view as uint8 [height * cell, width * cell, 3]."""
        values = None if view.values is None else view.values.tobytes()
        key = (view.maze, view.taken, view.found, values, view.numbers)
        if self._scenery is None or key != self._key:
            self._key, self._scenery = key, self._draw_scenery(view)
        image = self._scenery.copy()
        pen = _Pen(image, self.cell * _SMOOTH)
        self._draw_trail(pen, view.trail)
        if view.position is not None:
            _draw_agent(pen, view.position, view.facing)
        return np.asarray(image.reduce(_SMOOTH), np.uint8)

    def _draw_scenery(self, view: View) -> Image.Image:
        maze, side = view.maze, self.cell * _SMOOTH
        image = Image.new("RGB", (maze.width * side, maze.height * side), _GROUND)
        pen = _Pen(image, side)
        worth = view.floor_values()
        known = np.array([]) if worth is None else np.abs(worth[~np.isnan(worth)])
        largest = float(known.max()) if known.size else 0.0
        for cell in range(maze.cells):
            pen.origin = divmod(cell, maze.width)
            if maze.letter(cell) == WALL:
                _draw_wall(pen)
                continue
            ground = _FLOOR if worth is None or np.isnan(worth[cell]) else heat(float(worth[cell]), largest)
            pen.tile(0.03, 0.97, ground, corner=0.12)
            if worth is not None and not np.isnan(worth[cell]) and view.values is not None:
                ink = _DARK if is_light(ground) else _LIGHT
                if cell not in maze.traps or cell in view.taken:
                    _draw_arrows(pen, greedy_actions(view.values[cell]), ink, ground)
                if view.numbers and largest > 0:
                    pen.text((0.5, 0.86), short(float(worth[cell])), 0.19, _mix(ink, ground, 0.75))
            if cell in maze.traps:
                _draw_trap(pen, cell in view.taken)
            if maze.letter(cell) == TREASURE:
                _draw_treasure(pen, view.found)
        return image

    def _draw_trail(self, pen: "_Pen", trail: Sequence[Point]) -> None:
        pen.origin = (0, 0)
        for age, ((row, column), (next_row, next_column)) in enumerate(zip(trail[-13:-1], trail[-12:], strict=False)):
            strength = (age + 1) / max(len(trail[-13:]) - 1, 1)
            for part in (0.25, 0.75):
                y, x = row + (next_row - row) * part + 0.5, column + (next_column - column) * part + 0.5
                radius = 0.045 + 0.05 * strength
                pen.disc((x, y), radius + 0.018, _AGENT_EDGE)
                pen.disc((x, y), radius, _mix(_AGENT, _AGENT_SHINE, strength))


class _Pen:
    """Draws in units of a cell, measured from the corner of the cell at ``origin`` (row, column)."""

    def __init__(self, image: Image.Image, side: int) -> None:
        self._draw = ImageDraw.Draw(image)
        self._side = side
        self.origin: tuple[float, float] = (0, 0)

    def _at(self, point: Point) -> Point:
        return (self.origin[1] + point[0]) * self._side, (self.origin[0] + point[1]) * self._side

    def tile(self, low: float, high: float, colour: Colour, *, corner: float, bottom: float | None = None) -> None:
        box = (*self._at((low, low)), *self._at((high, high if bottom is None else bottom)))
        self._draw.rounded_rectangle(box, radius=corner * self._side, fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon([self._at(point) for point in points], fill=colour)

    def disc(self, centre: Point, radius: float, colour: Colour, *, flat: float = 1.0) -> None:
        (x, y), size = self._at(centre), radius * self._side
        self._draw.ellipse((x - size, y - size * flat, x + size, y + size * flat), fill=colour)

    def text(self, centre: Point, text: str, size: float, colour: Colour) -> None:
        self._draw.text(self._at(centre), text, fill=colour, font=_font(round(size * self._side)), anchor="mm")


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _draw_wall(pen: _Pen) -> None:
    pen.tile(0.02, 0.98, _BLOCK_SIDE, corner=0.1)
    pen.tile(0.02, 0.98, _BLOCK_TOP, corner=0.1, bottom=0.9)
    pen.tile(0.05, 0.95, _BLOCK, corner=0.08, bottom=0.9)


def _draw_arrows(pen: _Pen, actions: Sequence[int], ink: Colour, ground: Colour) -> None:
    """The greedy action as an arrow; several that tie as smaller ones; a dot where nothing is learnt."""
    if not actions:
        pen.disc((0.5, 0.45), 0.05, _mix(ink, ground, 0.5))
        return
    size, away = (0.25, 0.0) if len(actions) == 1 else (0.16, 0.12)
    for action in actions:
        down, across = MOVES[action]

        def turn(along: float, aside: float, d: int = down, a: int = across) -> Point:
            return 0.5 + a * along + d * aside, 0.45 + d * along + a * aside

        tip, neck, tail = size + away, away + size * 0.05, away - size
        pen.polygon([turn(tip, 0), turn(neck, size * 0.8), turn(neck, -size * 0.8)], ink)
        pen.polygon([turn(neck, size * 0.28), turn(neck, -size * 0.28), turn(tail, -size * 0.28), turn(tail, size * 0.28)], ink)


def _draw_trap(pen: _Pen, taken: bool) -> None:
    """A pit of spikes; once stepped on, only its faint rim stays."""
    if taken:
        return
    pen.disc((0.5, 0.47), 0.37, _PIT_EDGE, flat=0.9)
    pen.disc((0.5, 0.47), 0.32, _PIT, flat=0.9)
    for x, height in ((0.31, 0.2), (0.69, 0.2), (0.41, 0.3), (0.59, 0.3), (0.5, 0.38)):
        foot = 0.66
        pen.polygon([(x - 0.075, foot), (x, foot - height), (x + 0.075, foot)], _SPIKE[1])
        pen.polygon([(x - 0.075, foot), (x, foot - height), (x - 0.01, foot)], _SPIKE[0])


def _draw_treasure(pen: _Pen, found: bool) -> None:
    """A cut gem; taken, its sparkle."""
    ring: list[Point] = [(0.24, 0.3), (0.76, 0.3), (0.92, 0.47), (0.5, 0.88), (0.08, 0.47)]
    if found:
        for x, y, size in ((0.2, 0.24, 0.13), (0.82, 0.2, 0.1), (0.16, 0.8, 0.08), (0.84, 0.78, 0.13)):
            _star(pen, (x, y), size, _GEM[0])
        return
    pen.polygon(_grow(ring, 1.12), _DARK)
    left, right, middle_left, middle_right, bottom = (0.08, 0.47), (0.92, 0.47), (0.36, 0.47), (0.64, 0.47), (0.5, 0.88)
    pen.polygon([(0.24, 0.3), left, middle_left], _GEM[1])
    pen.polygon([(0.24, 0.3), (0.5, 0.3), middle_left], _GEM[0])
    pen.polygon([(0.5, 0.3), middle_left, middle_right], _GEM[1])
    pen.polygon([(0.5, 0.3), (0.76, 0.3), middle_right], _GEM[0])
    pen.polygon([(0.76, 0.3), right, middle_right], _GEM[2])
    pen.polygon([left, middle_left, bottom], _GEM[1])
    pen.polygon([middle_left, middle_right, bottom], _GEM[2])
    pen.polygon([middle_right, right, bottom], _GEM[3])
    _star(pen, (0.27, 0.24), 0.11, (255, 255, 255))


def _draw_agent(pen: _Pen, position: Point, facing: int) -> None:
    """A round fellow who looks where it goes."""
    pen.origin = position
    down, across = MOVES[facing]
    pen.disc((0.5, 0.8), 0.28, _DARK, flat=0.32)
    pen.disc((0.5, 0.5), 0.37, _AGENT_EDGE)
    pen.disc((0.5, 0.5), 0.33, _AGENT)
    pen.disc((0.43, 0.36), 0.12, _AGENT_SHINE, flat=0.7)
    for side in (-1, 1):
        x, y = 0.5 + 0.13 * side + 0.07 * across, 0.47 + 0.06 * down
        pen.disc((x, y), 0.105, (255, 255, 255))
        pen.disc((x + 0.04 * across, y + 0.04 * down), 0.055, _DARK)


def _star(pen: _Pen, centre: Point, size: float, colour: Colour) -> None:
    x, y = centre
    thin = size * 0.22
    pen.polygon([(x, y - size), (x + thin, y), (x, y + size), (x - thin, y)], colour)
    pen.polygon([(x - size, y), (x, y - thin), (x + size, y), (x, y + thin)], colour)


def _grow(points: Sequence[Point], factor: float) -> list[Point]:
    x = sum(point[0] for point in points) / len(points)
    y = sum(point[1] for point in points) / len(points)
    return [(x + (px - x) * factor, y + (py - y) * factor) for px, py in points]


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    """``share`` of ``a``, the rest ``b``."""
    blend: Callable[[int, int], int] = lambda p, q: round(p * share + q * (1 - share))  # noqa: E731
    return blend(a[0], b[0]), blend(a[1], b[1]), blend(a[2], b[2])
