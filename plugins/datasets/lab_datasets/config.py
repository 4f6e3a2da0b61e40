"""Which data a training uses: the fields that families inherit beside those of their trainer.

    class MyConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True): ...

Imports neither NumPy nor Pillow: configs are listed without loading anything.
"""

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import quote, unquote

import msgspec

from lab_core.config import Config, about
from lab_core.errors import UsageError, unknown
from lab_datasets.mixin import ConfigMixin

if TYPE_CHECKING:
    from lab_core.data import DataSet
    from lab_core.registry.registry import Registry

Colour = Literal["auto", "grey", "colour"]
Crop = Literal["centre", "stretch", "pad"]
Halves = Literal["auto", "yes", "no"]


class DataConfig(Config, mixin=True, metaclass=ConfigMixin, frozen=True, kw_only=True):
    """A data set or the user's own folder or file, and how it is split.

    ``validation`` and ``test`` are shares of the user's own data where they bring no splits of their own; registered sets have
    fixed splits.
    """

    data: Annotated[str, about("A data set's id (lab data list), or your own folder or file", section="data")] = "mnist"
    limit: Annotated[int, about("Most training items, a fixed random part; 0: all", unit="items", ge=0)] = 0
    validation: Annotated[float, about("Share of your own data kept for validation", ge=0, le=0.5)] = 0.1
    test: Annotated[float, about("Share of your own data kept for the test", ge=0, le=0.5)] = 0.1

    def check(self) -> None:
        super().check()
        if self.validation + self.test > 0.9:
            raise UsageError(f"validation={self.validation:g} and test={self.test:g} leave too little for training.")

    def resolved(self) -> Self:
        """With the full path of a folder or file, so that a run can be resumed from anywhere."""
        return msgspec.structs.replace(super().resolved(), data=resolve_data(self.data))  # type: ignore[return-value]

    @property
    def own_data(self) -> bool:
        """Whether the data are the user's own folder or file."""
        return is_own(self.data)

    @property
    def data_reference(self) -> str:
        """The id of a registered set; of the user's own data the path with the options that decide what the items are.

        ``load_columns`` takes it, so that an evaluator, or a search among the training images, sees what the training saw.
        """
        if not self.own_data:
            return self.data
        defaults = msgspec.structs.asdict(_Defaults())
        options = {name: getattr(self, name, default) for name, default in defaults.items()}
        return write_reference(self.data, {name: value for name, value in options.items() if value != defaults[name]})

    def benchmark_fields(self) -> Mapping[str, Any]:
        """The config's fields, with ``data`` as a name that fits a benchmark id: the user's own data are named by a hash.

        ``data_path`` is the reference by which the benchmark's evaluator finds the data.
        """
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        fields["data_path"] = self.data_reference
        if self.own_data:
            fields["data"] = f"folder-{hashlib.sha256(self.data_reference.encode()).hexdigest()[:8]}"
        return fields


class ImageDataConfig(DataConfig, mixin=True, frozen=True, kw_only=True):
    """Images as uint8 arrays of one size."""

    size: Annotated[int, about("Height and width", unit="pixels", ge=8, le=1024, section="data")] = 64
    colour: Annotated[Colour, about("One channel or three; auto: as the images are")] = "auto"
    crop: Annotated[Crop, about("How your own images become square")] = "centre"
    halves: Annotated[
        Halves, about("Cut your own images in the middle into pairs; auto: where nearly all are twice as wide as high")
    ] = "auto"


class SeriesDataConfig(DataConfig, mixin=True, frozen=True, kw_only=True):
    """Values over time; of the user's own file the columns that are read."""

    time: Annotated[str, about("Column of times of your own file; empty: by its name or its dates", section="data")] = ""
    columns: Annotated[str, about("Columns of values of your own file, comma-separated; empty: all others")] = ""


class _Defaults(msgspec.Struct, frozen=True):
    """The options that a reference holds, with their defaults."""

    crop: Crop = "centre"
    halves: Halves = "auto"
    validation: float = 0.1
    test: float = 0.1
    time: str = ""
    columns: str = ""


def write_reference(path: str, options: Mapping[str, Any]) -> str:
    """``PATH`` or ``PATH::crop=pad,test=0.2``."""
    return f"{path}::{','.join(f'{name}={quote(str(value))}' for name, value in options.items())}" if options else path


def read_reference(reference: str) -> tuple[str, dict[str, Any]]:
    """Path and options of a reference; raises UsageError for an unknown option or a bad value."""
    path, separator, text = reference.rpartition("::")
    if not separator or "=" not in text:
        return reference, {}
    given = {name: unquote(value) for name, _, value in (part.partition("=") for part in text.split(","))}
    for name in given:
        if name not in _Defaults.__struct_fields__:
            raise unknown("option of data", name, _Defaults.__struct_fields__)
    try:
        checked = msgspec.convert(given, _Defaults, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{reference}: {error}.") from None
    return path, {name: getattr(checked, name) for name in given}


def is_own(data: str) -> bool:
    """Whether resolved ``data`` is a path (absolute) and not the id of a data set."""
    return Path(data).is_absolute()


def resolve_data(data: str) -> str:
    """The id of a registered set unchanged, else the absolute path of a folder or file; raises UsageError for neither.

    Text with a path separator, a leading ``~`` or ``.`` is always a path. A registered id goes before a folder of the same name
    in the current folder, which is reported in one line on standard error.
    """
    path = Path(data).expanduser()
    if "/" in data or "\\" in data or data.startswith(("~", ".")):
        if path.exists() or not path.is_absolute():  # a run's stored path may be gone: the loader reports that
            require_plain(path)
        return str(path.resolve())
    found = _card(data)
    if found is not None:
        if found.examiner is not None:
            raise UsageError(f"data={data} stands for your own data: give its path.", "Example: --set data=./my_pictures")
        if path.is_dir() and data not in _noted:
            _noted.add(data)
            print(f"data={data} is the data set of that name; write ./{data} for the folder.", file=sys.stderr)
        return data
    if path.exists():
        require_plain(path)
        return str(path.resolve())
    _registry().data_set(data)  # raises UsageError with the nearest ids
    return data


def require_plain(path: Path) -> None:
    """Raise UsageError unless there is a folder or a plain file: a pipe or a device would be read without end."""
    if not path.is_dir() and not path.is_file():
        raise UsageError(f"{path} is neither a folder nor a file.", "Give a folder, a file, or an id of lab data list.")


def _card(data: str) -> "DataSet | None":
    """The card of a data set's id, ours or another plugin's; None for none. Only ids that aren't ours need the other plugins."""
    from lab_datasets.cards import CARDS

    for one in CARDS:
        if one.id == data:
            return one
    return _registry().data_set(data) if _registry().has_data_set(data) else None


@cache
def _registry() -> "Registry":
    """What every plugin brings, loaded once a process: a leaderboard resolves hundreds of configs."""
    from lab_core.registry.discovery import discover

    return discover()[0]


_noted: set[str] = set()
