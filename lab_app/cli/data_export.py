"""``lab data export``: the first items of a data set as files."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from lab_app.applying.writers import write_file
from lab_app.formats import images
from lab_core import data
from lab_core.data import DataSet
from lab_core.errors import UsageError

TABLE = "items.csv"
_LONGEST = 200  # characters of a text that are printed


def export_items(card: DataSet, split: str, count: int, folder: Path) -> dict[str, Any]:
    """Write the first ``count`` items of a split into a new folder.

    Images become 00000.png ... (COLUMN-00000.png where an item has several), other columns a line of items.csv, classes by name.
    Returns ``items`` (first file or number -> the other columns), ``labels`` (class -> items of the whole split) and ``count``.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists already; an empty or new folder is expected.", "Name one: --to DIR")
    columns = dict(zip(card.shapes, data.load(card, split), strict=True))
    pictures = [name for name, column in columns.items() if _is_image(column)]
    others = [name for name in columns if name not in pictures]
    rows: list[list[str]] = []
    found: dict[str, dict[str, str]] = {}
    total = min(map(len, columns.values()))
    for place in range(min(count, total)):
        files = [f"{f'{name}-' if len(pictures) > 1 else ''}{place:05}.png" for name in pictures]
        for name, file in zip(pictures, files, strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            images.write(folder / file, np.asarray(columns[name][place]))
        values = [_text(card, columns[name][place]) for name in others]
        rows.append([*files, *values])
        found[files[0] if files else f"{place:05}"] = {name: value[:_LONGEST] for name, value in zip(others, values, strict=True)}
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[*(pictures or []), *others], *rows])
    write_file(folder / TABLE, buffer.getvalue())
    return {"items": found, "labels": _counts(card, columns, others), "count": total, "folder": str(folder)}


def _is_image(column: Any) -> bool:
    if not len(column):
        return False
    first: Any = column[0]
    return getattr(first, "dtype", None) == np.uint8 and np.ndim(first) == 3 and np.shape(first)[-1] in (1, 3)


def _text(card: DataSet, value: Any) -> str:
    if card.classes and np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iu":
        return card.classes[int(value)]
    return str(value) if np.ndim(value) == 0 else str(np.asarray(value).tolist())


def _counts(card: DataSet, columns: dict[str, Any], others: list[str]) -> dict[str, int]:
    """How many items of the split each class has; empty for data without classes."""
    for name in others:
        values = columns[name]
        if card.classes and np.ndim(values[0]) == 0 and np.asarray(values[0]).dtype.kind in "iu":
            counts = Counter(int(value) for value in values)
            return {label: counts.get(number, 0) for number, label in enumerate(card.classes)}
    return {}
