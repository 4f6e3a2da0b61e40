"""Labels: names with probabilities."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab_core.errors import LabError

SUFFIXES = (".csv", ".jsonl", ".json")
_SHOWN = 5


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


def to_json(item: Labels) -> list[Mapping[str, Any]]:
    """One record a label."""
    return [{"label": name, "probability": one} for name, one in zip(item.names, item.probabilities, strict=True)]


def to_text(item: Labels, *, most: int = _SHOWN) -> str:
    """``ankle boot 93 %, sneaker 5 %``: the most probable ones."""
    pairs = list(zip(item.names, item.probabilities, strict=True))[:most]
    return ", ".join(f"{name} {percent(one)}" for name, one in pairs)


def percent(share: float) -> str:
    """``93 %``, ``4.5 %``."""
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"
