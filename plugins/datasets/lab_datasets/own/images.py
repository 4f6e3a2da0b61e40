"""Folders of images: flat, class folders, pairs in two folders or side by side, two unpaired sets, train/test folders."""

from pathlib import Path
from typing import Any

import numpy as np

from lab_core.data import Examination
from lab_datasets.columns import Columns
from lab_datasets.layout import Found, look
from lab_datasets.own import examine_images
from lab_datasets.own.decoder import Decoder
from lab_datasets.own.image_items import Item, arrangement, assigned, items
from lab_datasets.splits import parts_of

KINDS = ("images", "image pairs")


def recognise(path: Path) -> str | None:
    if not path.is_dir():
        return None
    layout = look(path).layout
    return None if layout == "nothing" else layout


def examine(path: Path) -> Examination:
    return examine_images.examine(path)


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """Images or pairs of a split; files that can't be decoded are left out with one line on standard error."""
    found = look(path)
    layout = arrangement(found, options.halves)
    usable = [picture for picture in found.pictures if not picture.problem]
    grey = options.grey
    if grey is None:
        grey = bool(usable) and all(picture.grey for picture in usable)
    decoder = Decoder(options.size, grey, options.crop)
    if layout == "trainA/trainB":
        return _unpaired(path, found, split, options, decoder)
    everything = items(found, layout, validation=options.validation, test=options.test)
    chosen = [item for item in everything if item.split in parts_of(split)]
    if layout in ("A/B folders", "side by side"):
        pairs = [pair for item in chosen if (pair := decoder.pair(item)) is not None]
        sides = [decoder.joined([pair[side] for pair in pairs], path, split) for side in (0, 1)]
        columns = Columns(
            {"input": sides[0], "target": sides[1]},
            {"input": "input", "target": "target"},
            kind="image pairs",
            data=str(path),
            left_out=decoder.report(path),
        )
        return columns, len(everything)
    if layout == "class folders":
        decoder.left_out |= {path / name: "a folder without images" for name in found.empty}
    read = [(item, image) for item in chosen if (image := decoder.read(item.pictures[0])) is not None]
    kept = [(item.group, image) for item, image in read]
    classes = _classes(everything, {group for group, _ in kept}, decoder)
    numbers = {name: place for place, name in enumerate(classes)}
    data: dict[str, Any] = {"image": decoder.joined([image for _, image in kept], path, split)}
    if len(classes) > 1:
        data["label"] = np.array([numbers[name] for name, _ in kept], np.int32)
    data["file"] = [item.pictures[0].path.relative_to(path).as_posix() for item, _ in read]
    roles: dict[str, Any] = {"image": "input", "label": "label", "file": "about"}
    named = classes if len(classes) > 1 else ()
    columns = Columns(data, roles, kind="images", data=str(path), classes=named, left_out=decoder.report(path))
    return columns, sum(not item.pictures[0].problem for item in everything)


def _classes(everything: list[Item], seen: set[str], decoder: "Decoder") -> list[str]:
    """The classes with at least one image that can be decoded, in the order of the folders."""
    names = list(dict.fromkeys(item.group for item in everything))
    by_name: dict[str, list[Item]] = {name: [] for name in names}
    for item in everything:
        by_name[item.group].append(item)
    return [name for name in names if name in seen or any(decoder.works(item.pictures[0]) for item in by_name[name])]


def _unpaired(path: Path, found: Found, split: str, options: Any, decoder: "Decoder") -> tuple[Columns, int]:
    sides: list[Any] = []
    total = 0
    for letter in "AB":
        training = [Item("train", "", (picture,)) for picture in found.groups[f"train{letter}"]]
        testing = [Item("test", "", (picture,)) for picture in found.groups.get(f"test{letter}", [])]
        every = assigned(training, validation=options.validation, test=0.0 if testing else options.test) + testing
        chosen = [item.pictures[0] for item in every if item.split in parts_of(split)]
        sides.append(decoder.joined([image for one in chosen if (image := decoder.read(one)) is not None], path, split))
        total = len(every) if letter == "A" else min(total, len(every))
    columns = Columns(
        {"input": sides[0], "target": sides[1]},
        {"input": "input", "target": "target"},
        kind="image pairs",
        data=str(path),
        aligned=False,
        left_out=decoder.report(path),
    )
    return columns, total
