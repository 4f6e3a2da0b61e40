"""Labels: names with probabilities."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lab_core.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".csv", ".jsonl", ".json")
_SHOWN = 5
_PAPER, _INK, _BAR, _RULE = (250, 250, 248), (32, 34, 40), (47, 111, 222), (228, 228, 223)


@dataclass(frozen=True)
class Labels:
    """What a classifier answers for one item: names and their probabilities, most probable first."""

    names: tuple[str, ...]
    probabilities: tuple[float, ...]


def from_probabilities(probabilities: Any, classes: tuple[str, ...]) -> Labels:
    """Labels from one number a class, [classes], in the order of ``classes``; the most probable come first."""
    order = sorted(range(len(classes)), key=lambda place: -float(probabilities[place]))
    return Labels(tuple(classes[place] for place in order), tuple(float(probabilities[place]) for place in order))


def check(item: Any, what: str) -> Labels:
    """The item; raises LabError that begins with ``what`` unless it is sound labels."""
    if not isinstance(item, Labels):
        raise LabError(f"{what} is {type(item).__name__}; labels are a lab_core.items.labels.Labels.")
    if not item.names or len(item.names) != len(item.probabilities):
        raise LabError(f"{what} has {len(item.names)} names and {len(item.probabilities)} probabilities; as many are expected.")
    if not all(math.isfinite(one) and -1e-6 <= one <= 1 + 1e-6 for one in item.probabilities):
        raise LabError(f"{what} has a probability outside 0 to 1.")
    if any(a < b for a, b in zip(item.probabilities, item.probabilities[1:], strict=False)):
        raise LabError(f"{what} has labels in the wrong order; the most probable comes first.")
    return item


def read(path: Path) -> dict[str, Labels]:
    """The labels of items by their names, from JSON lines or a CSV file with the columns item, label and probability.

    Without probabilities a label's is 1. Raises LabError that names the line.
    """
    from lab_core.items.tables import read_rows

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


def to_json(item: Labels) -> list[Mapping[str, Any]]:
    """One record a label."""
    return [{"label": name, "probability": one} for name, one in zip(item.names, item.probabilities, strict=True)]


def to_csv(items: Iterable[tuple[str, Labels]]) -> str:
    """A line a label of each named item: item, label, probability."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("item", "label", "probability"))
    for name, item in items:
        writer.writerows((name, label, f"{one:.6g}") for label, one in zip(item.names, item.probabilities, strict=True))
    return buffer.getvalue()


def to_json_lines(items: Iterable[tuple[str, Labels]]) -> str:
    """A line a named item."""
    return "".join(msgspec.json.encode({"item": name, "labels": to_json(item)}).decode() + "\n" for name, item in items)


def to_text(item: Labels, *, most: int = _SHOWN) -> str:
    """``ankle boot 93 %, sneaker 5 %``: the most probable ones."""
    pairs = list(zip(item.names, item.probabilities, strict=True))[:most]
    return ", ".join(f"{name} {_percent(one)}" for name, one in pairs)


def to_picture(item: Labels, *, width: int = 320, most: int = _SHOWN) -> "Picture":
    """A bar a label, the most probable ones."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import cut, font

    row, size, margin = 28, 14, 10
    pairs = list(zip(item.names, item.probabilities, strict=True))[:most]
    paper = Image.new("RGB", (width, len(pairs) * row + 2 * margin), _PAPER)
    pen = ImageDraw.Draw(paper)
    for number, (name, one) in enumerate(pairs):
        top = margin + number * row
        used, room = font(size, name), width - 2 * margin
        pen.text((margin, top), cut(name, used, room - 60), _INK, used)
        pen.text((width - margin, top), _percent(one), _INK, used, anchor="ra")
        pen.rectangle((margin, top + 20, width - margin, top + 23), _RULE)
        pen.rectangle((margin, top + 20, margin + max(1, round(one * room)), top + 23), _BAR)
    return np.asarray(paper)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"
