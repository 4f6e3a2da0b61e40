"""The items of a folder of images: single images or pairs, each with its class and its split."""

from collections.abc import Iterable
from typing import NamedTuple

from lab_core.errors import UsageError
from lab_datasets.decode import Picture
from lab_datasets.duplicates import keys_of
from lab_datasets.layout import Found, Layout
from lab_datasets.splits import SPLITS, by_hash, missing_shares


class Item(NamedTuple):
    """One item of a folder: its split, its class, and its image or the two images of a pair."""

    split: str
    group: str
    pictures: tuple[Picture, ...]


def arrangement(found: Found, halves: str) -> Layout:
    """The layout of the items, of the training part where train and test are folders; ``halves`` decides about wide images."""
    layout = arrangement(found.parts["train"], "auto") if found.parts else found.layout
    if halves == "no" and layout == "side by side":
        return "flat"
    if halves == "yes":
        if layout not in ("flat", "side by side"):
            raise UsageError(f"halves=yes is for images in one folder; {layout} were found.")
        return "side by side"
    return layout


def items(found: Found, layout: Layout, *, validation: float, test: float) -> list[Item]:
    """Every item with its split, in the order of the names. Splits that are folders stay; missing ones are taken from train."""
    if not found.parts:
        plain = _plain(found, layout)
        return assigned(plain, validation=validation, test=test)
    result: list[Item] = []
    for name, part in found.parts.items():
        plain = _plain(part, layout)
        if name == "train":
            result += assigned(plain, **missing_shares(found.parts, validation=validation, test=test))
        else:
            result += [item._replace(split=name) for item in plain]
    return result


def _plain(found: Found, layout: Layout) -> list[Item]:
    if layout == "A/B folders":
        if "A" not in found.groups:
            raise UsageError("The test folder holds no A and B folders, but the training folder does.")
        second = {picture.path.stem: picture for picture in found.groups["B"]}
        pairs = [(a, second[a.path.stem]) for a in found.groups["A"] if a.path.stem in second]
        return [Item("train", "", pair) for pair in pairs]
    return [Item("train", name, (picture,)) for name, group in found.groups.items() for picture in group]


def assigned(plain: list[Item], *, validation: float, test: float) -> list[Item]:
    """Each class is split on its own, so that none is missing from the training; equal files share a split."""
    paths = [item.pictures[0].path for item in plain]
    keys = keys_of(
        paths, [f"{item.group}/{path.stem}" if item.group else path.stem for item, path in zip(plain, paths, strict=True)]
    )
    places: dict[str, list[int]] = {}
    for place, item in enumerate(plain):
        places.setdefault(item.group, []).append(place)
    decided: dict[str, str] = {}
    for group in places.values():
        mine = [keys[place] for place in group]
        for key, name in zip(mine, by_hash(mine, validation=validation, test=test), strict=True):
            decided.setdefault(key, str(name))
    split = [decided[key] for key in keys]
    return [item._replace(split=name) for item, name in zip(plain, split, strict=True)]


def split_counts(everything: Iterable[Item]) -> dict[str, int]:
    """Items of each split."""
    found = [item.split for item in everything]
    return {name: found.count(name) for name in SPLITS}
