"""How a person's folder of images is arranged, from names and picture headers alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from PIL import Image, UnidentifiedImageError

Layout = Literal["nothing", "flat", "class folders", "A/B folders", "trainA/trainB", "side by side"]
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
MOST_PIXELS = 100_000_000  # a picture that unpacks to more than 300 MB is refused before it is decoded
_PAIR_RATIO = 1.98, 2.02
_PAIR_SHARE = 0.9


class Picture(msgspec.Struct, frozen=True):
    """What the header of an image file says. ``problem`` is empty for one that can be used."""

    path: Path
    width: int = 0
    height: int = 0
    mode: str = ""
    problem: str = ""


class Found(msgspec.Struct, frozen=True):
    """A folder's layout, its pictures by group (class, or A and B; one group "" where it is flat), and the files passed over."""

    layout: Layout
    groups: dict[str, list[Picture]]
    others: int

    @property
    def pictures(self) -> list[Picture]:
        return [picture for group in self.groups.values() for picture in group]


def look(folder: Path) -> Found:
    """Recognise the layout: trainA/trainB, A/B, class folders, then pictures beside each other or side by side in one file.

    Files are taken in the order of their names. Hidden files and folders are passed over.
    """
    inside = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")}
    others = 0
    for layout, names in (("trainA/trainB", ("trainA", "trainB")), ("A/B folders", ("A", "B"))):
        if all(name in inside for name in names):
            chosen = [name for name in (*names, "testA", "testB") if name in inside]
            return Found(layout, {name: _pictures(inside[name].rglob("*")) for name in chosen}, others)
    groups = {name: _pictures(path.rglob("*")) for name, path in inside.items()}
    groups = {name: pictures for name, pictures in groups.items() if pictures}
    direct = _pictures(folder.iterdir())
    others = sum(path.is_file() and not path.name.startswith(".") for path in folder.iterdir()) - len(direct)
    if direct or len(groups) < 2:
        every = direct + [picture for group in groups.values() for picture in group]
        return Found(_flat(every), {"": every}, others)
    return Found("class folders", groups, others)


def _flat(pictures: list[Picture]) -> Layout:
    usable = [picture for picture in pictures if not picture.problem]
    if not usable:
        return "nothing"
    low, high = _PAIR_RATIO
    wide = sum(low <= picture.width / picture.height <= high for picture in usable)
    return "side by side" if wide >= _PAIR_SHARE * len(usable) else "flat"


def _pictures(paths: Iterable[Path]) -> list[Picture]:
    named = [path for path in paths if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()]
    return [header(path) for path in sorted(named)]


def header(path: Path) -> Picture:
    """Size and mode of an image file, without decoding it."""
    if path.stat().st_size == 0:
        return Picture(path, problem="empty file")
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own limit, below, names the size
    try:
        with Image.open(path) as picture:
            width, height, mode = *picture.size, picture.mode
    except UnidentifiedImageError:
        return Picture(path, problem="not an image that can be read")
    except (OSError, ValueError, SyntaxError) as error:
        return Picture(path, problem=f"can't be read: {error}")
    finally:
        Image.MAX_IMAGE_PIXELS = before
    if width * height > MOST_PIXELS:
        return Picture(path, width, height, mode, f"{width} x {height} pixels; at most {MOST_PIXELS:,} are read")
    return Picture(path, width, height, mode)
