"""Images of a folder decoded to one size, and one line that names the files which could not be."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lab_core.errors import LabError, word
from lab_datasets.decode import Picture, decoded
from lab_datasets.own.image_items import Item

_SHOWN = 5


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
            raise LabError(f"{folder} holds no picture that can be used (split {split}).", f"lab data check {word(folder)}")
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
    line = f"{path}: left out {names}{more}. See all: lab data check {word(path)}"
    if line not in _reported:
        _reported.add(line)
        print(line, file=sys.stderr)


_reported: set[str] = set()
