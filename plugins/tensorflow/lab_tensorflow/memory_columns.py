"""Training data in memory: checks and a fingerprint of named arrays of equal length."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError


def checked(columns: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The columns as contiguous arrays; raises LabError where there are no items, lengths differ, or a column isn't numeric."""
    found = {name: np.ascontiguousarray(column) for name, column in columns.items()}
    for name, column in found.items():
        if column.dtype.kind not in "biuf" or not column.ndim:
            raise LabError(f"Column {name!r} can't be trained on: it holds {column.dtype}; an array of numbers is expected.")
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) > 1:
        raise LabError(f"The columns have different lengths: {', '.join(f'{name} {n:,}' for name, n in lengths.items())}.")
    if not lengths or not min(lengths.values()):
        raise LabError("There are no items to train on.", "See lab data list, or check the folder or file that was given.")
    return found


def length(columns: Mapping[str, Any]) -> int:
    """The number of items."""
    return int(next(iter(columns.values())).shape[0])


def fingerprint(columns: Mapping[str, NDArray[Any]]) -> str:
    """A hash of names, types, shapes and content, by which a run that goes on recognises its data."""
    digest = hashlib.sha256()
    for name in sorted(columns):
        column = columns[name]
        digest.update(f"{name} {column.dtype.str} {column.shape}".encode())
        digest.update(column.data)
    return digest.hexdigest()[:16]
