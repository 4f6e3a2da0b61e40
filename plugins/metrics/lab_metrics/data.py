"""What evaluators compare with: named columns of a split, always the same items of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import LabError, unknown

SHUFFLE = 20261121  # the seed that decides which items of a split are scored where not all are


def columns(data: str, split: str) -> Mapping[str, Any]:
    """The columns of a split by name: arrays [n, ...] or lists of n. ``data`` is the id of a data set."""
    from lab_datasets import load

    return load(data, split)._asdict()


@cache  # a training is scored again and again
def chosen(data: str, split: str, names: tuple[str, ...], count: int) -> tuple[tuple[Any, ...], ...]:
    """``count`` items of the named columns, one tuple a column, in the order of the split; all items where there are fewer.

    Which items is the same for every model and seed. Raises UsageError for an unknown column, LabError for an empty split.
    """
    found = columns(data, split)
    for name in names:
        if name not in found:
            raise unknown(f"column of {data}", name, found)
    size = len(found[names[0]]) if names else 0
    if not size:
        raise LabError(f"{data} has no items in its split {split}.")
    places = np.sort(np.random.default_rng(SHUFFLE).permutation(size)[:count])
    return tuple(tuple(found[name][place] for place in places) for name in names)


def parameter(parameters: Mapping[str, Any], name: str, where: str) -> str:
    """A text parameter of a benchmark; raises LabError where the record lacks it."""
    value = parameters.get(name)
    if not isinstance(value, str):
        raise LabError(f"Benchmark {where} lacks the parameter {name!r} that its evaluator needs.")
    return value


def source(data: str, split: str) -> str:
    """How a signature names the data: an id and a split; a folder of the user's own by its hash is in the benchmark's id."""
    return "the folder" if Path(data).is_absolute() else f"{data}/{split}"


def as_references(value: Any) -> Sequence[str]:
    """One reference or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
