"""The texts of a config, checked."""

from typing import Any

from lab_datasets.loading import load_columns

from lab_core.errors import LabError


def load_texts(config: Any, split: str) -> list[str]:
    """The texts of a split: of a data set, or of the user's own file or folder. Raises LabError for none."""
    texts = [text for text in load_columns(config, split, kind="text")["text"] if text]
    if not texts:
        raise LabError(f"{config.data} has no text in its split {split}.")
    return texts
