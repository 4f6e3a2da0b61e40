"""Splits of the user's own data: by a hash of each item's name or group, or by position where order matters.

An item keeps its split when others come or go, and items of one group never stand in two splits.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import UsageError

SPLITS = ("train", "validation", "test")


def parts_of(split: str, names: Sequence[str] = SPLITS) -> tuple[str, ...]:
    """The splits that ``split`` names: one, several joined by '+', or ``"all"``; raises UsageError."""
    if split == "all":
        return tuple(names)
    parts = tuple(split.split("+"))
    for one in parts:
        if one not in names:
            raise UsageError(f"There is no split {one!r} here.", f"Choose all, {', '.join(names)}, or several joined by '+'.")
    return parts


def position(key: str) -> float:
    """Where a name lies between 0 and 1, by its SHA-256: below the test share it is for the test, and so on."""
    return int(hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:8], 16) / 2**32


def by_hash(keys: Sequence[str], *, validation: float, test: float) -> NDArray[np.str_]:
    """The split of each item, text [n], by its key (a name, or the group that may not be torn apart).

    Fewer than three keys are all for training; else a share above 0 gets at least one key, the one that lies nearest.
    """
    places = {key: position(key) for key in dict.fromkeys(keys)}
    split = {
        key: "test" if place < test else "validation" if place < test + validation else "train" for key, place in places.items()
    }
    ordered = sorted(places, key=lambda key: places[key])
    if len(ordered) < len(SPLITS):
        split = dict.fromkeys(ordered, "train")
    else:
        for number, (name, share) in enumerate((("test", test), ("validation", validation))):
            if share and name not in split.values():
                split[next((key for key in ordered if number == 0 or split[key] != "test"), ordered[1])] = name
        if "train" not in split.values():
            split[ordered[-1]] = "train"
            if validation and "validation" not in split.values():
                split[ordered[-2]] = "validation"
    return np.array([split[key] for key in keys], dtype="<U10")


def missing_shares(present: Iterable[str], *, validation: float, test: float) -> dict[str, float]:
    """Arguments of :func:`by_hash` for training data whose other splits are partly there: a share for each missing one."""
    have = set(present)
    return {"validation": 0.0 if "validation" in have else validation, "test": 0.0 if "test" in have else test}


def by_position(count: int, *, validation: float, test: float) -> dict[str, slice]:
    """Spans of items in their order: training first, then validation, then test (the newest of a series)."""
    held_out = [round(count * share) for share in (validation, test)]
    counts = [count - sum(held_out), *held_out]
    ends = list(accumulate(counts))
    return {name: slice(end - size, end) for name, end, size in zip(SPLITS, ends, counts, strict=True)}


def spans(split: str, found: dict[str, slice]) -> list[slice]:
    """The spans of a split, or of several joined by '+', with neighbours joined."""
    joined: list[slice] = []
    for one in (found[name] for name in parts_of(split, tuple(found))):
        if joined and joined[-1].stop == one.start:
            joined[-1] = slice(joined[-1].start, one.stop)
        else:
            joined.append(one)
    return joined
