"""An item on its way through a model: what it is called and where it is from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Film:
    """The film that a frame belongs to: its file, frames a second, size in pixels."""

    path: Path
    name: str
    fps: float
    size: tuple[int, int]


@dataclass(frozen=True)
class Source:
    """One item to apply a model to.

    name   what messages and files call it: a path below the folder given, without suffix ("cats/tom"), "line 3", "frame 12"
    item   the item
    path   the file that holds it, None for a text that was typed or piped
    alpha  transparency of an image, uint8 [height, width], where it has any
    film   the film that an image is a frame of
    group  the file or standard input that the item is a line or a part of, named as a file's result is; "" for a whole file
    profile  whether its file has a colour profile, which is not applied
    """

    name: str
    item: Any
    path: Path | None = None
    alpha: Any = None
    film: Film | None = None
    group: str = ""
    profile: bool = False

    @property
    def called(self) -> str:
        """What messages call it: its file, or its name where the file holds several."""
        return str(self.path) if self.path is not None and not self.group and self.film is None else self.name


@dataclass(frozen=True)
class Failure:
    """An item that could not be read, applied or written, and why."""

    name: str
    reason: str

    @property
    def line(self) -> str:
        """The reason, with the name before it unless it begins with it."""
        named = self.reason.startswith((self.name, self.name.rpartition("/")[2]))
        return self.reason if named else f"{self.name}: {self.reason}"


@dataclass(frozen=True)
class Input:
    """A file to read, and what its items are called."""

    path: Path
    name: str
