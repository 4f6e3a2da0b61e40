"""Sweeps: the same items again and again while one number that the model understands goes from low to high."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from lab_app.sampling.models import Options, code_names, draw
from lab_app.sampling.sheets import Row, Tile, sheet
from lab_core.config import resolve
from lab_core.errors import UsageError, unknown
from lab_core.model import Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 8  # of a sweep over items
_MOST_ROWS = 32  # of a sweep over the values of a categorical code


@dataclass(frozen=True)
class Sweep:
    """An option of type float, and the range it goes through."""

    name: str
    low: float
    high: float

    def values(self, steps: int) -> list[float]:
        """``steps`` values from low to high, both included."""
        return [self.low + (self.high - self.low) * step / (steps - 1) for step in range(steps)]


def read_sweeps(texts: Iterable[str], model: Sample, options: Options) -> list[Sweep]:
    """``NAME=LOW:HIGH`` texts, one or two; raises UsageError naming the codes there are, or the bounds."""
    sweeps = [_read(text, model) for text in texts]
    names = [sweep.name for sweep in sweeps]
    if len(names) > 2 or len(set(names)) < len(names):
        raise UsageError(f"--code is given for {', '.join(names)}; one code, or two different ones, are expected.")
    for sweep in sweeps:
        for end in (sweep.low, sweep.high):
            resolve(model.options, options, {sweep.name: end})
    return sweeps


def _read(text: str, model: Sample) -> Sweep:
    known = code_names(model)
    if not known:
        raise UsageError(f"--code needs a model with options that are numbers on a scale; {type(model).__name__} has none.")
    name, _, span = text.partition("=")
    low, colon, high = span.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not colon or not all(map(math.isfinite, ends)) or ends[0] == ends[1]:
        raise UsageError(f"--code {text!r} is not of the form NAME=LOW:HIGH.", f"Example: --code {known[0]}=-2:2")
    if name.strip() not in known:
        error = unknown("code", name.strip(), known)
        raise UsageError(error.message, f"This model's codes: {', '.join(known)}.")
    return Sweep(name.strip(), *ends)


def sweep_sheet(
    model: Sample,
    sweeps: Sequence[Sweep],
    *,
    steps: int,
    count: int | None,
    seed: int,
    options: Options,
    classes: Sequence[str] = (),
    scale: int | None = None,
) -> "NDArray[np.uint8]":
    """A row an item, a column a value of the code; with two codes two blocks of rows.

    The rows are the classes (or the values of a categorical code) where there are any and none is asked for, else ``count``
    items; a single item with two codes is a sheet of both. All columns are drawn from the same seed, so that only the code
    differs.
    """
    if len(sweeps) == 2 and count == 1:
        return sheet(_both(model, *sweeps, steps=steps, seed=seed, options=options), scale=scale)
    rows: list[Row] = []
    for sweep in sweeps:
        values = sweep.values(steps)
        kinds = categories(model, options, classes) if count is None else {}
        if kinds:
            asked = [{**options, **one, sweep.name: value} for one in kinds.values() for value in values]
            each = [draw(model, 1, seed=seed, options=one)[0] for one in asked]
            drawn = [each[start : start + steps] for start in range(0, len(each), steps)]
            names = list(kinds)
        else:
            number = count or ROWS
            columns = [draw(model, number, seed=seed, options={**options, sweep.name: value}) for value in values]
            drawn = [[column[row] for column in columns] for row in range(number)]
            names = [str(row + 1) for row in range(number)]
        rows += _block(sweep.name, values, names, drawn)
    return sheet(rows, scale=scale)


def categories(model: Sample, options: Options, classes: Sequence[str]) -> dict[str, Options]:
    """Rows of a sweep by name, each with its option: the classes, else the values of the first bounded whole number that may
    be absent and is; empty where there is neither."""
    if "label" in options:
        return {name: {"label": number} for number, name in enumerate(classes)} if options["label"] is None else {}
    record = inspect.type_info(model.options)
    for field in record.fields if isinstance(record, inspect.StructType) else ():
        low, high = _bounds(field.type)
        if low is not None and high is not None and high - low < _MOST_ROWS and options.get(field.name) is None:
            return {f"{field.name} {value}": {field.name: value} for value in range(low, high + 1)}
    return {}


def _bounds(kind: inspect.Type) -> tuple[int | None, int | None]:
    """The least and the greatest value of a whole number that may be absent."""
    for one in kind.types if isinstance(kind, inspect.UnionType) else ():
        plain = one.type if isinstance(one, inspect.Metadata) else one
        if isinstance(plain, inspect.IntType):
            return plain.ge, plain.le
    return None, None


def _both(model: Sample, across: Sweep, down: Sweep, *, steps: int, seed: int, options: Options) -> list[Row]:
    values = across.values(steps)
    names = [f"{down.name} {number(value)}" for value in down.values(steps)]
    drawn = [
        [draw(model, 1, seed=seed, options={**options, across.name: x, down.name: y})[0] for x in values]
        for y in down.values(steps)
    ]
    return _block(across.name, values, names, drawn)


def _block(code: str, values: Sequence[float], names: Sequence[str], drawn: Sequence[Sequence[Any]]) -> list[Row]:
    headings = [number(value) for value in values]
    rows = [Row([Tile(image) for image in images], name) for name, images in zip(names, drawn, strict=True)]
    return [Row(rows[0].tiles, rows[0].name, headings, code), *rows[1:]]


def number(value: float) -> str:
    """A value of a code in few letters."""
    return f"{round(value, 2) + 0.0:g}"
