"""A person's own folder of images: what is in it, and its pictures as one array.

Rules, the same for every file:
grey        wanted and colour given: Rec. 601 luma. Colour wanted and grey given: three equal channels. By default grey, where
            every picture is grey, else colour
transparency    laid over white
16 bits     the range 0 to 65535 becomes 0 to 255, whatever values occur
palettes, CMYK, animations    converted to colour; the first frame
rotation    the camera's orientation tag is obeyed
size        crop="centre": the largest central square, then scaled; crop="stretch": scaled without regard to proportions;
            crop="pad": scaled to fit, white around
Everything is decoded once, before training starts: a file that can't be decoded costs one line then, not an epoch later.
"""

import hashlib
import sys
from collections import Counter, namedtuple
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lab_core.data import DataSet, Examination
from lab_core.errors import LabError, UsageError
from lab_datasets.layout import Found, Picture, look

Crop = Literal["centre", "stretch", "pad"]
Images = namedtuple("Images", ("images", "labels", "classes"))
Pairs = namedtuple("Pairs", ("a", "b"))
_GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F")
_SHOWN = 5
HELD_OUT = {"validation": 10, "test": 10}  # per cent, by a hash of each file's name
_DECODED = (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError)


def examine(folder: Path) -> Examination:
    """What ``lab data check DIR`` shows. Decodes every picture, so that a truncated one is found now."""
    found = look(folder)
    problems: dict[str, str] = {}
    good: list[Picture] = []
    for picture in found.pictures:
        why = picture.problem or _undecodable(picture.path)
        if why:
            problems[str(picture.path.relative_to(folder))] = why
        else:
            good.append(picture)
    return Examination(
        layout=found.layout,
        facts=_facts(found, good),
        problems=problems,
        advice=tuple(_advice(folder, found, good, problems)),
        usable=bool(good),
    )


def load(card: DataSet, split: str, **options: Any) -> Any:
    """The loader of the card ``folder``."""
    return load_folder(options.pop("folder"), split=split, **options)


def load_folder(
    folder: Path | str, *, split: str = "all", size: int = 64, grey: bool | None = None, crop: Crop = "centre"
) -> Any:
    """The pictures of a folder as ``Images(images, labels, classes)``, or as ``Pairs(a, b)`` where its layout is of pairs.

    Images are uint8 [n, size, size, 1 or 3], labels uint8 [n] (the class folder's place, 0 where there are none). ``split``
    is ``"all"``, or train, validation or test by a hash of the file's name (80, 10 and 10 of a hundred), so that a
    file stays where it is when others come. A/B folders are paired by file name; trainA and trainB are unpaired. Files
    that can't be decoded are left out with one line on standard error; raises LabError when none is left.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    if not 8 <= size <= 1024:
        raise UsageError(f"size={size}: 8 to 1024 pixels are expected.")
    if crop not in ("centre", "stretch", "pad"):
        raise UsageError(f"crop={crop!r}: centre, stretch or pad is expected.")
    found = look(folder)
    usable = [picture for picture in found.pictures if not picture.problem]
    if grey is None:
        grey = bool(usable) and all(picture.mode in _GREY for picture in usable)
    reader = _Reader(size, grey, crop)
    if found.layout in ("A/B folders", "trainA/trainB", "side by side"):
        result = _pairs(found, split, reader)
    else:
        items = [(name, picture) for name, group in found.groups.items() for picture in group if _part(picture.path, split)]
        kept = [(name, pixels) for name, picture in items if (pixels := reader.read(picture)) is not None]
        classes = tuple(found.groups)
        labels = np.array([classes.index(name) for name, _ in kept], np.int64 if len(classes) > 256 else np.uint8)
        result = Images(_stacked([pixels for _, pixels in kept], folder, split), labels, classes)
    reader.report(folder)
    return result


def _pairs(found: Found, split: str, reader: "_Reader") -> Any:
    if found.layout == "side by side":
        chosen = [picture for picture in found.pictures if _part(picture.path, split)]
        halves = [pair for picture in chosen if (pair := reader.read_halves(picture)) is not None]
        where = found.pictures[0].path.parent
        return Pairs(_stacked([a for a, _ in halves], where, split), _stacked([b for _, b in halves], where, split))
    if found.layout == "trainA/trainB":
        test = split == "test" and "testA" in found.groups
        sides = [[], []]
        for side, name in zip(sides, ("testA", "testB") if test else ("trainA", "trainB"), strict=True):
            chosen = [one for one in found.groups.get(name, []) if test or "testA" in found.groups or _part(one.path, split)]
            side += [pixels for picture in chosen if (pixels := reader.read(picture)) is not None]
        return Pairs(*(_stacked(side, found.pictures[0].path.parents[1], split) for side in sides))
    second = {picture.path.stem: picture for picture in found.groups["B"]}
    both = [(a, second[a.path.stem]) for a in found.groups["A"] if a.path.stem in second and _part(a.path, split)]
    read = [(reader.read(a), reader.read(b)) for a, b in both]
    kept = [(a, b) for a, b in read if a is not None and b is not None]
    where = found.pictures[0].path.parents[1] if found.pictures else Path(".")
    return Pairs(_stacked([a for a, _ in kept], where, split), _stacked([b for _, b in kept], where, split))


class _Reader:
    """Decodes pictures by the rules of this module, and remembers which it could not."""

    def __init__(self, size: int, grey: bool, crop: Crop) -> None:
        self._size, self._grey, self._crop = size, grey, crop
        self._lost: dict[Path, str] = {}

    def read(self, picture: Picture) -> NDArray[np.uint8] | None:
        opened = self._opened(picture)
        return None if opened is None else self._fitted(opened)

    def read_halves(self, picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        whole = self._opened(picture)
        if whole is None:
            return None
        middle = whole.width // 2
        left, right = whole.crop((0, 0, middle, whole.height)), whole.crop((middle, 0, 2 * middle, whole.height))
        return self._fitted(left), self._fitted(right)

    def report(self, folder: Path) -> None:
        if self._lost:
            names = ", ".join(f"{path.name} ({why})" for path, why in list(self._lost.items())[:_SHOWN])
            more = f" and {len(self._lost) - _SHOWN:,} more" if len(self._lost) > _SHOWN else ""
            print(f"{folder}: left out {names}{more}. See all: lab data check {folder}", file=sys.stderr)

    def _opened(self, picture: Picture) -> Image.Image | None:
        try:
            if picture.problem:
                raise ValueError(picture.problem)
            return opaque(picture.path)
        except _DECODED as error:
            self._lost[picture.path] = str(error) or type(error).__name__
            return None

    def _fitted(self, picture: Image.Image) -> NDArray[np.uint8]:
        picture = picture.convert("L" if self._grey else "RGB")
        wanted, smooth = (self._size, self._size), Image.Resampling.LANCZOS
        if self._crop == "centre":
            picture = ImageOps.fit(picture, wanted, smooth)
        elif self._crop == "pad":
            picture = ImageOps.pad(picture, wanted, smooth, color="white")
        else:
            picture = picture.resize(wanted, smooth)
        return np.asarray(picture).reshape(self._size, self._size, -1)


def opaque(path: Path) -> Image.Image:
    """The first frame of a file as "L" or "RGB", upright, over white; raises what Pillow raises."""
    with Image.open(path) as opened:
        opened.load()
        picture = ImageOps.exif_transpose(opened)
        if picture.mode in ("I", "I;16", "I;16B", "I;16L"):
            values = np.asarray(picture).astype(np.float64)
            return Image.fromarray(np.clip(np.round(values / 257), 0, 255).astype(np.uint8))
        if picture.mode in ("1", "L"):
            return picture.convert("L")
        if picture.has_transparency_data:
            layer = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
        return picture.convert("RGB")


def _undecodable(path: Path) -> str:
    try:
        opaque(path)
    except _DECODED as error:
        return "truncated" if "truncated" in str(error) else f"can't be decoded: {error}"
    return ""


def _part(path: Path, split: str) -> bool:
    """Whether a file belongs to a split, or to one of several joined by '+'."""
    if split == "all":
        return True
    place = int(hashlib.sha256(path.stem.encode()).hexdigest()[:8], 16) % 100
    mine = "test" if place < HELD_OUT["test"] else "validation" if place < sum(HELD_OUT.values()) else "train"
    parts = split.split("+")
    for one in parts:
        if one not in ("train", "validation", "test"):
            raise UsageError(f"There is no split {one!r} of a folder.", "Choose all, train, validation or test.")
    return mine in parts


def _stacked(pictures: list[NDArray[np.uint8]], folder: Path, split: str) -> NDArray[np.uint8]:
    if not pictures:
        raise LabError(f"{folder} holds no picture that can be used (split {split}).", f"lab data check {folder}")
    array = np.stack(pictures)
    array.flags.writeable = False
    return array


def _facts(found: Found, good: list[Picture]) -> dict[str, str]:
    facts = {"images": f"{len(good):,}"}
    if len(found.groups) > 1:
        facts["groups"] = ", ".join(f"{name} {len(group):,}" for name, group in found.groups.items())
    if good:
        sizes = Counter((picture.width, picture.height) for picture in good)
        listed = ", ".join(f"{w} x {h} ({count:,})" for (w, h), count in sizes.most_common(_SHOWN))
        facts["sizes"] = listed + (f" and {len(sizes) - _SHOWN} others" if len(sizes) > _SHOWN else "")
        facts["channels"] = ", ".join(f"{mode} ({count:,})" for mode, count in Counter(one.mode for one in good).most_common())
    if found.others:
        facts["other files"] = f"{found.others:,}, passed over"
    return facts


def _advice(folder: Path, found: Found, good: list[Picture], problems: dict[str, str]) -> list[str]:
    if not good:
        return [
            f"Put images ({', '.join(sorted({'png', 'jpg', 'webp', 'bmp', 'tif'}))}) into {folder}, or into a folder a class."
        ]
    advice: list[str] = []
    if problems:
        advice.append(f"{len(problems):,} files will be left out; repair or delete them.")
    if len(good) < 100:
        advice.append(f"{len(good):,} images are few: a generator learns them by heart below a few hundred.")
    if min(min(one.width, one.height) for one in good) < 28:
        advice.append("Some images are smaller than 28 pixels and will be enlarged.")
    if found.layout == "A/B folders":
        names = [{one.path.stem for one in found.groups[side]} for side in ("A", "B")]
        if alone := len(names[0] ^ names[1]):
            advice.append(f"{alone:,} files have no partner of the same name in the other folder and are left out.")
    if found.layout == "trainA/trainB" and not all(found.groups[side] for side in ("trainA", "trainB")):
        advice.append("One of trainA and trainB holds no images.")
    return [*advice, f"Use it: --set data={folder}"]
