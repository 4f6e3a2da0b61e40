"""Labels: names with probabilities."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """What a classifier answers for one item: names and their probabilities, most probable first."""

    names: tuple[str, ...]
    probabilities: tuple[float, ...]
