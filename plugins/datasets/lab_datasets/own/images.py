"""Folders of images: flat, class folders, pairs in two folders or side by side, two unpaired sets, train/test folders."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lab_core.data import Examination
from lab_core.errors import LabError, UsageError
from lab_datasets.columns import Columns
from lab_datasets.decode import Picture, decoded
from lab_datasets.duplicates import keys_of
from lab_datasets.layout import Found, Layout, look
from lab_datasets.splits import SPLITS, by_hash, missing_shares, parts_of

KINDS = ("images", "image pairs")
_SHOWN = 5


class Item(NamedTuple):
    """One item of a folder: its split, its class, and its image or the two images of a pair."""

    split: str
    group: str
    pictures: tuple[Picture, ...]


def recognise(path: Path) -> str | None:
    if not path.is_dir():
        return None
    layout = look(path).layout
    return None if layout == "nothing" else layout


def examine(path: Path) -> Examination:
    from lab_datasets.own.examine_images import examine as examine_images

    return examine_images(path)


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
    kept = [(item.group, image) for item in chosen if (image := decoder.read(item.pictures[0])) is not None]
    classes = _classes(everything, {group for group, _ in kept}, decoder)
    numbers = {name: place for place, name in enumerate(classes)}
    data: dict[str, Any] = {"image": decoder.joined([image for _, image in kept], path, split)}
    if len(classes) > 1:
        data["label"] = np.array([numbers[name] for name, _ in kept], np.int32)
    roles: dict[str, Any] = {"image": "input", "label": "label"}
    named = classes if len(classes) > 1 else ()
    columns = Columns(data, roles, kind="images", data=str(path), classes=named, left_out=decoder.report(path))
    return columns, sum(not item.pictures[0].problem for item in everything)


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


class Decoder:
    """Decodes images to one size (or as they are, with size 0) and remembers which it could not."""

    def __init__(self, size: int, grey: bool, crop: str) -> None:
        self.size, self.grey, self.crop = size, grey, crop
        self.left_out: dict[Path, str] = {}

    def read(self, picture: Picture) -> NDArray[np.uint8] | None:
        opened = self._opened(picture)
        return None if opened is None else self.fitted(opened)

    def works(self, picture: Picture) -> bool:
        return self._opened(picture) is not None

    def pair(self, item: Item) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        """The two images of a pair: of two files, or the halves of one."""
        opened = [self._opened(picture) for picture in item.pictures]
        if any(one is None for one in opened):
            return None
        if len(opened) == 1 and opened[0] is not None:
            whole, middle = opened[0], opened[0].width // 2
            opened = [whole.crop((0, 0, middle, whole.height)), whole.crop((middle, 0, 2 * middle, whole.height))]
        left, right = (self.fitted(one) for one in opened if one is not None)
        return left, right

    def fitted(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [size, size, 1 or 3]: ``crop`` centre keeps the largest central square, stretch all, pad adds white."""
        image = image.convert("L" if self.grey else "RGB")
        wanted, smooth = (self.size, self.size), Image.Resampling.LANCZOS
        if self.size and self.crop == "centre":
            image = ImageOps.fit(image, wanted, smooth)
        elif self.size and self.crop == "pad":
            image = ImageOps.pad(image, wanted, smooth, color="white")
        elif self.size:
            image = image.resize(wanted, smooth)
        return np.asarray(image).reshape(image.height, image.width, -1)

    def joined(self, images: list[NDArray[np.uint8]], folder: Path, split: str) -> Any:
        """One read-only array, or the list where images keep their size; raises LabError when there are none."""
        if not images:
            raise LabError(f"{folder} holds no picture that can be used (split {split}).", f"lab data check {folder}")
        if not self.size:
            return images
        array = np.stack(images)
        array.flags.writeable = False
        return array

    def report(self, folder: Path) -> dict[str, str]:
        """Files that could not be decoded -> why; said once, in one line, on standard error."""
        found = {str(path.relative_to(folder)): why for path, why in self.left_out.items()}
        report(folder, found)
        return found

    def _opened(self, picture: Picture) -> Image.Image | None:
        if picture.path in self.left_out:
            return None
        try:
            if picture.problem:
                raise ValueError(picture.problem)
            return decoded(picture.path)
        except ValueError as error:
            self.left_out[picture.path] = str(error)
            return None


def report(path: Path, problems: dict[str, str]) -> None:
    """One line on standard error that names files which are left out; the same line is printed once a process."""
    if not problems:
        return
    names = ", ".join(f"{name} ({why})" for name, why in list(problems.items())[:_SHOWN])
    more = f" and {len(problems) - _SHOWN:,} more" if len(problems) > _SHOWN else ""
    line = f"{path}: left out {names}{more}. See all: lab data check {path}"
    if line not in _reported:
        _reported.add(line)
        print(line, file=sys.stderr)


_reported: set[str] = set()


def split_counts(everything: Iterable[Item]) -> dict[str, int]:
    """Items of each split."""
    found = [item.split for item in everything]
    return {name: found.count(name) for name in SPLITS}
