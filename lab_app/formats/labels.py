"""Labels in files: CSV and JSON lines."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from lab_app.formats.tables import read_rows
from lab_core.errors import LabError
from lab_core.items.labels import Labels, check


def read(path: Path) -> dict[str, Labels]:
    """The labels of items by their names, from JSON lines or a CSV file with the columns item, label and probability.

    Without probabilities a label's is 1. Raises LabError that names the line.
    """
    found: dict[str, list[tuple[str, float]]] = {}
    for line, row in read_rows(path, ("item", "label")):
        text = row.get("probability") or "1"
        try:
            probability = float(text)
        except ValueError:
            raise LabError(f"{path.name}, line {line}: the probability {text!r} is not a number.") from None
        found.setdefault(row["item"], []).append((row["label"], probability))
    sorted_pairs = {name: sorted(pairs, key=lambda pair: -pair[1]) for name, pairs in found.items()}
    return {
        name: check(Labels(tuple(one for one, _ in pairs), tuple(p for _, p in pairs)), f"{path.name}: {name}")
        for name, pairs in sorted_pairs.items()
    }


def to_csv(items: Iterable[tuple[str, Labels]]) -> str:
    """A line a label of each named item: item, label, probability."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("item", "label", "probability"))
    for name, item in items:
        writer.writerows((name, label, f"{one:.6g}") for label, one in zip(item.names, item.probabilities, strict=True))
    return buffer.getvalue()
