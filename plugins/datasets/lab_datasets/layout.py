"""How the user's folder of images is arranged, from names and image headers alone.

trainA/trainB     two unpaired sets, with testA/testB if they are there
A/B folders       A and B are the only folders with images, and their files have the same names
split folders     train and test (and validation), each with images, class folders or pairs of its own
class folders     two or more folders with images
side by side      nearly all images twice as wide as high
flat              anything else

Files are taken in the order of their names. Hidden files and folders, at any depth, are ignored.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from lab_datasets.decode import SUFFIXES, Picture, header

Layout = Literal["nothing", "flat", "class folders", "A/B folders", "trainA/trainB", "side by side", "split folders"]
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
_IGNORED = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")
_PAIR_RATIO = 1.98, 2.02
_PAIR_SHARE = 0.9  # of the images
_SAME_NAMES = 0.5  # of the smaller of A and B
_STRAY = 0.5  # images at the root beside class folders, relative to those in the folders: fewer are stray


class Found(msgspec.Struct, frozen=True):
    """A folder's layout and its images by group.

    groups   class, or A and B, or trainA and so on; one group "" where there are none
    parts    split folders only: train, validation, test -> what each holds
    others   files that are no images, by suffix
    stray    images beside the folders that count
    empty    folders without any image
    """

    layout: Layout
    groups: dict[str, list[Picture]]
    parts: "dict[str, Found]" = {}
    others: dict[str, int] = {}
    stray: tuple[Path, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def pictures(self) -> list[Picture]:
        if self.parts:
            return [picture for part in self.parts.values() for picture in part.pictures]
        return [picture for group in self.groups.values() for picture in group]


def look(folder: Path) -> Found:
    """Recognise the layout of a folder."""
    files = walk(folder)
    images = [path for path in files if path.suffix.lower() in SUFFIXES]
    others = dict(Counter(path.suffix.lower() or "no suffix" for path in files if path.suffix.lower() not in SUFFIXES))
    inside: dict[str, list[Path]] = {}
    direct: list[Path] = []
    for path in images:
        parts = path.relative_to(folder).parts
        if len(parts) == 1:
            direct.append(path)
        else:
            inside.setdefault(parts[0], []).append(path)
    bare = tuple(sorted(set(_folders(folder)) - set(inside)))
    found = _arranged(folder, inside, direct)
    return msgspec.structs.replace(found, others=others, empty=bare)


def _folders(folder: Path) -> list[str]:
    """Names of the folders right below a folder, without hidden ones."""
    try:
        names = [one.name for one in folder.iterdir() if one.is_dir()]
    except OSError:
        return []
    return [name for name in names if not name.startswith(".") and name not in _IGNORED]


def _arranged(folder: Path, inside: dict[str, list[Path]], direct: list[Path]) -> Found:
    nested = sum(map(len, inside.values()))
    stray = tuple(direct) if len(direct) < max(1, _STRAY * nested) else ()
    if "trainA" in inside and "trainB" in inside:
        chosen = [name for name in ("trainA", "trainB", "testA", "testB") if name in inside]
        return Found("trainA/trainB", {name: _headers(inside[name]) for name in chosen}, stray=tuple(direct))
    if len(stray) == len(direct):
        if set(inside) == {"A", "B"} and _same_names(inside["A"], inside["B"]):
            return Found("A/B folders", {name: _headers(inside[name]) for name in ("A", "B")}, stray=stray)
        splits = [SPLIT_NAMES.get(name.lower()) for name in inside]
        if len(inside) > 1 and None not in splits and len(set(splits)) == len(splits) and "train" in splits:
            parts = {str(SPLIT_NAMES[name.lower()]): look(folder / name) for name in inside}
            ordered = {name: parts[name] for name in ("train", "validation", "test") if name in parts}
            return Found("split folders", {}, ordered, stray=stray)
        if len(inside) > 1:
            return Found("class folders", {name: _headers(inside[name]) for name in sorted(inside)}, stray=stray)
    every = _headers(sorted(direct) + [path for name in sorted(inside) for path in inside[name]])
    return Found(_flat(every), {"": every})


def walk(folder: Path) -> list[Path]:
    """All files below a folder in the order of their names, without hidden ones and what hidden folders hold.

    Linked folders are followed, each real folder once.
    """
    found: list[Path] = []
    seen = {os.path.realpath(folder)}
    for here, folders, files in os.walk(folder, followlinks=True):
        wanted = sorted(name for name in folders if not name.startswith(".") and name not in _IGNORED)
        real = {name: os.path.realpath(os.path.join(here, name)) for name in wanted}
        folders[:] = [name for name in wanted if real[name] not in seen]
        seen.update(real.values())
        found += [Path(here, name) for name in sorted(files) if not name.startswith(".") and name not in _IGNORED]
    return [path for path in found if path.is_file()]


def _same_names(one: list[Path], other: list[Path]) -> bool:
    names = [{path.stem for path in side} for side in (one, other)]
    return len(names[0] & names[1]) >= max(1, _SAME_NAMES * min(map(len, names)))


def _flat(pictures: list[Picture]) -> Layout:
    usable = [picture for picture in pictures if not picture.problem]
    if not usable:
        return "nothing"
    low, high = _PAIR_RATIO
    wide = sum(low <= picture.width / picture.height <= high for picture in usable)
    return "side by side" if wide >= _PAIR_SHARE * len(usable) else "flat"


def _headers(paths: list[Path]) -> list[Picture]:
    return [header(path) for path in sorted(paths)]
