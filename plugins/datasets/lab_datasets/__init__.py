"""Small real data that ships with the lab, big public data with checksums, and a user's own folders.

from lab_datasets import load
images, labels = load("fashion-mnist", "train")          # uint8 [55000, 28, 28, 1], uint8 [55000]
"""

from typing import TYPE_CHECKING, Any

from lab_core import hookimpl

if TYPE_CHECKING:
    from lab_core.data import DataSet


@hookimpl
def lab_data() -> "tuple[DataSet, ...]":
    from lab_datasets.cards import CARDS

    return CARDS


def card(data_id: str) -> "DataSet":
    """The card of a data set, ours or another installed plugin's; raises UsageError with the nearest ids."""
    from lab_datasets.cards import CARDS

    for one in CARDS:
        if one.id == data_id:
            return one
    from lab_core.registry.discovery import discover

    return discover()[0].data_set(data_id)


def load(data: str, split: str = "train", **options: Any) -> Any:
    """A split of a data set, or of a user's folder of images where ``data`` is one.

    A named tuple of NumPy arrays or lists of text, in the order and of the shapes that the card gives (``lab data info``).
    ``split`` joins parts by '+', such as ``"train+validation"``. Arrays are read-only and may be memory-mapped. Options
    are those of the set's loader. Raises UsageError for an unknown id or split, LabError for files that aren't here.
    """
    from pathlib import Path

    from lab_core import data as core
    from lab_datasets.cards import CARDS

    known = any(one.id == data for one in CARDS)
    if not known and Path(data.partition("::")[0]).is_dir():
        return core.load(card("folder"), split, folder=data, **options)
    return core.load(card(data), split, **options)
