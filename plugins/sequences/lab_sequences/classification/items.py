"""Sequences as arrays: the limit of their length, gaps, padding, scales."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from lab_datasets.loading import load_columns
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError, unknown
from lab_core.items.series import Series

Floats = NDArray[np.float32]


def load_sequences(config: Any, split: str) -> tuple[list[Floats], NDArray[np.int32], tuple[str, ...], tuple[str, ...]]:
    """Sequences [t, d] without gaps, labels int32 [n], names of the classes and of the columns; raises LabError or UsageError."""
    found = load_columns(config, split, kind="sequences")
    found.need("series", "label")
    found.need_classes("a classifier")
    series = [complete(np.asarray(one, np.float32)) for one in found["series"]]
    series = [limited(one, config.longest, config.cut, f"{config.data}, sequence {place + 1:,} of {split},") for place, one in
              enumerate(series)]  # fmt: skip
    names = tuple(found.value_names) or tuple(f"value{place + 1}" for place in range(series[0].shape[1]))
    return series, np.asarray(found["label"], np.int32), tuple(found.classes), names


def complete(values: Floats) -> Floats:
    """Values [t, d] without gaps: between known neighbours along a straight line, at the ends the nearest; an empty column: 0."""
    if not np.isnan(values).any():
        return values
    made = values.copy()
    rows = np.arange(len(made))
    for column in made.T:
        known = ~np.isnan(column)
        column[:] = np.interp(rows, rows[known], column[known]) if known.any() else 0.0
    return made


def limited(values: Floats, longest: int, cut: str, what: str) -> Floats:
    """At most ``longest`` steps by the rule ``cut``; raises LabError for a longer sequence with ``refuse``."""
    if len(values) <= longest:
        return values
    if cut == "refuse":
        raise LabError(
            f"{what} has {len(values):,} steps; the limit is {longest:,}.", "Raise longest, or set cut=first or cut=last."
        )
    return values[:longest] if cut == "first" else values[-longest:]


def chosen(item: Series, names: Sequence[str], columns: str, what: str = "The series") -> Floats:
    """The values [t, d] of an item in the columns of training, by name where the names agree; raises LabError or UsageError."""
    wanted = [one.strip() for one in columns.split(",") if one.strip()]
    for one in wanted:
        if one not in item.names:
            raise unknown("column", one, item.names)
    if not wanted and set(names) <= set(item.names):
        wanted = list(names)
    places = [item.names.index(one) for one in wanted] or list(range(len(item.names)))
    if len(places) != len(names):
        raise UsageError(
            f"{what} has {len(places)} columns ({', '.join(item.names)}); the classifier reads {len(names)}: {', '.join(names)}.",
            "columns=NAME,NAME chooses some.",
        )
    if not len(item.values):
        raise LabError(f"{what} has no steps.")
    return complete(item.values[:, places].astype(np.float32))


def padded(series: Sequence[Floats], length: int = 0) -> tuple[Floats, NDArray[np.int32]]:
    """One array [n, length, d] with zeros behind the ends, and the lengths int32 [n]; ``length`` 0: that of the longest."""
    lengths = np.array([len(one) for one in series], np.int32)
    made = np.zeros((len(series), length or int(lengths.max()), series[0].shape[1]), np.float32)
    for row, one in zip(made, series, strict=True):
        row[: len(one)] = one
    return made, lengths


def spread(series: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column over all steps, [d] each; a column that never changes has the deviation 1."""
    every = np.concatenate(series).astype(np.float64)
    deviation = every.std(axis=0)
    return every.mean(axis=0).astype(np.float32), np.where(deviation > 1e-9, deviation, 1.0).astype(np.float32)
