"""Images with identities, split so that no identity stands in two splits."""

from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import UsageError
from lab_vision.embedding.pairs import FILE, Pairs, read_pairs

SHARES = {"validation": 0.15, "test": 0.15}  # of the identities of the user's own folder


def pairs_of(data: str) -> Pairs | None:
    """The pairs file of the user's own folder (its path, with or without options), where there is one."""
    from lab_datasets.config import is_own, read_reference

    path, _ = read_reference(data)
    file = Path(path) / FILE
    return read_pairs(file) if is_own(path) and file.is_file() else None


def identities(data: Any, split: str) -> Any:
    """Columns ``image`` and ``label`` int32 [n] of a split. ``data``: a config, a data set's id, or the path of a folder.

    A user's own folder (one folder an identity) is split by a hash of the identities' names, 70, 15 and 15 %: scores are of
    identities that training never saw. With a pairs file (:mod:`lab_vision.embedding.pairs`) the identities that it names are the
    test split. Registered sets have their own splits. Raises UsageError for data without labels, or where fewer than two
    identities have two images.
    """
    from lab_datasets.config import is_own
    from lab_datasets.loading import load_columns
    from lab_datasets.splits import by_hash

    name = str(getattr(data, "data", data))
    own = is_own(name.partition("::")[0])
    found = load_columns(data, "train+validation+test" if own else split, kind="images", fewest=1)
    found.need("image", "label")
    labels = np.asarray(found["label"])
    if own:
        found.need_classes("metric learning")
        names = [found.classes[label] for label in labels]
        pairs = pairs_of(name)
        tested = pairs.identities if pairs is not None else set[str]()
        parts = by_hash(names, **({**SHARES, "test": 0.0} if tested else SHARES))
        if tested:
            parts = np.where([one in tested for one in names], "test", parts)
        found = found.take(np.flatnonzero(parts == split))
        labels = np.asarray(found["label"])
    _, counts = np.unique(labels, return_counts=True)
    if (counts > 1).sum() < 2:
        raise UsageError(
            f"{name} has {(counts > 1).sum()} identities with two images in split {split}; at least 2 are needed.",
            "Give a folder with one folder for each identity, several images in each.",
        )
    return found
