"""What evaluators compare with: named columns of a split, always the same items of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lab_core.errors import LabError, unknown

if TYPE_CHECKING:
    from lab_datasets.columns import Columns

    from lab_core.data import DataKind

SHUFFLE = 20261121  # the seed that decides which items of a split are scored where not all are


@cache  # a training is scored again and again
def columns(data: str, split: str, kind: "DataKind | None" = None) -> "Columns":
    """The columns of a split. ``data`` is the id of a data set or the full path of the user's own folder or file.

    ``kind`` of data decides how a file is read that could be several.
    """
    from lab_datasets.loading import load_columns

    return load_columns(data, split, kind=kind, fewest=1)


def chosen(data: str, split: str, names: tuple[str, ...], count: int) -> tuple[tuple[Any, ...], ...]:
    """``count`` items of the named columns, one tuple a column, in the order of the split; all items where there are fewer.

    Which items is the same for every model and seed. Raises UsageError for an unknown column, LabError for an empty split.
    """
    found = columns(data, split)
    for name in names:
        if name not in found:
            raise unknown(f"column of {data}", name, found)
    return tuple(tuple(found[name][place] for place in places(found, count)) for name in names)


def places(found: "Columns", count: int) -> "np.ndarray":
    """The rows of ``count`` items out of all, rising; raises LabError for none, or for columns that don't belong together."""
    if not found.aligned:
        raise LabError(f"{found.data} holds unpaired items, which can't be compared one with one.")
    if not found.count:
        raise LabError(f"{found.data} has no items in this split.")
    return np.sort(np.random.default_rng(SHUFFLE).permutation(found.count)[:count])


def parameter(parameters: Mapping[str, Any], name: str, where: str) -> str:
    """A text parameter of a benchmark; raises LabError where the record lacks it."""
    value = parameters.get(name)
    if not isinstance(value, str):
        raise LabError(f"Benchmark {where} lacks the parameter {name!r} that its evaluator needs.")
    return value


def source(data: str, split: str) -> str:
    """How a signature names the data: id and split; the user's own data are named in the benchmark's id."""
    return f"the user's own/{split}" if Path(data).is_absolute() else f"{data}/{split}"


def as_references(value: Any) -> Sequence[str]:
    """One reference or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
