"""Latent arithmetic on samples: ``1,2,3 - 4,5,6 + 7,8,9`` in the latent space.

The points of each group are averaged, which is steadier than single points, and the averages are added and subtracted
(Radford, Metz, Chintala 2016, arXiv 1511.06434, section 6.3).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab_app.sampling.models import Options
from lab_app.sampling.sheets import Row, Tile, sheet
from lab_app.sampling.walks import points_of
from lab_core.errors import UsageError
from lab_core.items.pictures import batch_of
from lab_core.model import Latent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PART = re.compile(r"[0-9]+|\S")
_EXAMPLE = 'Example: --arithmetic "1,2,3 - 4,5,6 + 7,8,9"'


@dataclass(frozen=True)
class Term:
    """A group of samples by number, whose mean is added (sign 1) or subtracted (sign -1)."""

    sign: int
    numbers: tuple[int, ...]


def read_terms(text: str) -> list[Term]:
    """Groups of sample numbers joined by + and -, the numbers of a group by commas; raises UsageError with the position."""
    parts = _parts(text)
    sign = 1
    if parts and parts[0].text in ("+", "-"):
        sign = -1 if parts.pop(0).text == "-" else 1
    terms: list[Term] = []
    group: list[int] = []
    for place, part in enumerate(parts):  # numbers and marks take turns
        if part.text.isdigit() == bool(place % 2):
            expected = "one of , + -" if place % 2 else "the number of a sample"
            raise UsageError(f"--arithmetic {text!r}: {expected} is expected at position {part.at}.", _EXAMPLE)
        if part.text.isdigit():
            group.append(int(part.text))
        elif part.text != ",":
            terms.append(Term(sign, tuple(group)))
            sign, group = (-1 if part.text == "-" else 1), []
    if len(parts) % 2 == 0:
        raise UsageError(f"--arithmetic {text!r}: the number of a sample is expected at its end.", _EXAMPLE)
    return [*terms, Term(sign, tuple(group))]


@dataclass(frozen=True)
class _Part:
    text: str  # digits, or one of , + -
    at: int  # position, from 1


def _parts(text: str) -> list[_Part]:
    parts: list[_Part] = []
    for found in _PART.finditer(text):
        part = found.group()
        if part not in ",+-−" and not re.fullmatch("[0-9]{1,9}", part):
            at = found.start() + 1
            raise UsageError(f"--arithmetic {text!r}: {part[0]!r} at position {at} is neither a number nor , + -", _EXAMPLE)
        parts.append(_Part(part.replace("−", "-"), found.start() + 1))
    return parts


def reckon(points: Sequence[Any], signs: Sequence[int]) -> "NDArray[np.float32]":
    """The sum [dimensions] of the signed means of groups of points, each [n, dimensions]."""
    import numpy as np

    means = np.stack([group.mean(axis=0) for group in points])
    return (np.asarray(signs)[:, None] * means).sum(axis=0).astype(np.float32)


def arithmetic_sheet(
    model: Latent, terms: Sequence[Term], *, count: int, seed: int, options: Options, scale: int | None = None
) -> "NDArray[np.uint8]":
    """A row a term, its samples and then what their mean looks like; the result in the last row."""
    import numpy as np

    groups = [points_of(model, term.numbers, count=count, seed=seed, options=options) for term in terms]
    result = reckon(groups, [term.sign for term in terms])
    every = np.concatenate([*groups, *(group.mean(axis=0, keepdims=True) for group in groups), result[None]])
    images = iter(batch_of(list(model.decode(every.astype(np.float32), options)), len(every), maker=type(model).__name__))
    samples = [[Tile(next(images), str(number), soft=True) for number in term.numbers] for term in terms]
    means = [Tile(next(images), "mean") for _ in terms]
    widest = max(len(tiles) for tiles in samples)
    rows = [
        Row([*tiles, *[None] * (widest - len(tiles)), mean], "plus" if term.sign > 0 else "minus")
        for term, tiles, mean in zip(terms, samples, means, strict=True)
    ]
    return sheet([*rows, Row([*[None] * widest, Tile(next(images), "result")], "is")], scale=scale)
