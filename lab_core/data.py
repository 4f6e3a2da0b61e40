"""Data sets: the card that a plugin registers for each, and where its files lie on this machine.

    @hookimpl
    def lab_data():
        return [DataSet(id="my-set", title=..., kind="images", loader="my_plugin.data:load", ...)]

A card is plain data; the loader's module is imported when the data are wanted, not when they are listed.
"""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import msgspec

from lab_core.errors import LabError, unknown
from lab_core.files import Fingerprint, file_damage
from lab_core.imports import load_object

DataKind = Literal["images", "image pairs", "text", "text pairs", "captions", "series", "sequences", "boxes"]
Role = Literal["input", "target", "label", "group", "time", "about"]
Where = Literal["embedded", "downloaded", "not here"]

HOME_VARIABLE = "LAB_DATA_DIR"


class DataFile(msgspec.Struct, frozen=True):
    """One file of a data set: its name inside the set's folder, size in bytes, hash.

    ``sha256`` is empty where nobody has published one: it is then recorded at the first download, and later ones must
    agree. ``url`` is where the file comes from; embedded files have none.
    """

    name: str
    size: int
    sha256: str = ""
    url: str = ""


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """A data set's card.

    what         what an item is, in a sentence or two
    origin       from where, by whom, which version
    licence      its short name; ``notice`` is what must be said wherever the data go
    shapes       name of each array that the loader gives -> its type and shape, such as ``"uint8 [n, 28, 28, 1]"``
    roles        what each array is for: ``input`` and ``target``, ``label`` (a class as a number), ``group`` (items of one group
                 never stand in two splits), ``time`` (of a series' rows), else ``about``
    value_names  names of the columns of a series' values
    splits       name -> number of items; the same items at every load, on every machine
    classes      names of the labels, in their order
    folder       where embedded files lie, as ``"package:folder"``; None: downloaded
    files        what must be there, with hashes
    loader       ``"module:function"``, called as ``function(card, split)``
    fetcher      ``"module:function"``, called as ``function(card, folder)`` to download what is missing and verify the rest;
                 needed where ``folder`` is None. Keyword arguments are options that a user gave (``mirrors``, ``retries``)
    examiner     ``"module:function"``, called with a user's folder, gives an :class:`Examination`: on the one card that
                 stands for folders
    alternative  id of an embedded set for the same purpose, named where there is no network
    """

    id: str
    title: str
    kind: DataKind
    what: str
    origin: str
    licence: str
    notice: str = ""
    shapes: Mapping[str, str] = {}
    roles: Mapping[str, Role] = {}
    value_names: tuple[str, ...] = ()
    splits: Mapping[str, int] = {}
    classes: tuple[str, ...] = ()
    folder: str | None = None
    files: tuple[DataFile, ...] = ()
    loader: str
    fetcher: str | None = None
    examiner: str | None = None
    alternative: str | None = None

    def __post_init__(self) -> None:
        if not self.id or any(letter.isspace() or letter in "/@{}+" for letter in self.id):
            raise ValueError(f"data set id {self.id!r}: letters without spaces, '/', '@', '+' or braces are expected")
        if self.folder is None and self.fetcher is None and self.examiner is None:
            raise ValueError(f"data set {self.id!r}: a folder with the files, or a fetcher, is expected")
        if unknown_columns := set(self.roles) - set(self.shapes):
            raise ValueError(f"data set {self.id!r}: roles of {sorted(unknown_columns)}, which are not among its shapes")

    @property
    def embedded(self) -> bool:
        return self.folder is not None

    @property
    def size(self) -> int:
        """Bytes of its files, packed as they ship."""
        return sum(file.size for file in self.files)

    def parts(self, split: str) -> tuple[str, ...]:
        """The splits that ``split`` names: one, or several joined by '+' in that order; raises UsageError."""
        names = tuple(split.split("+"))
        for name in names:
            if name not in self.splits:
                raise unknown(f"split of {self.id}", name, self.splits)
        if len(set(names)) < len(names):
            raise LabError(f"Split {split!r} of {self.id} names a part twice.")
        return names


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a user's folder.

    layout      the arrangement that was recognised, or ``"nothing"``
    facts       name -> value, in the order in which they are shown
    problems    files that can't be used: path -> why
    advice      what to do, a sentence each
    usable      whether a task can be trained on it as it is (files with problems are left out)
    """

    layout: str
    facts: Mapping[str, str]
    problems: Mapping[str, str] = {}
    advice: tuple[str, ...] = ()
    usable: bool = True


def data_home() -> Path:
    """Folder for downloads and unpacked copies: ``LAB_DATA_DIR``, else ``lab/data`` in the user's cache."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "lab" / "data"


def folder_of(card: DataSet) -> Path:
    """Where the files of a data set lie, or will lie once they are fetched; raises LabError when its package is gone."""
    if card.folder is None:
        return data_home() / card.id
    package, _, inside = card.folder.partition(":")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LabError(f"The package {package!r} that holds {card.id} is not installed.")
    return Path(spec.submodule_search_locations[0]) / inside


def where(card: DataSet) -> Where:
    """Whether the files are inside the package, downloaded, or not on this machine. Looks at names, not at hashes."""
    if card.embedded:
        return "embedded"
    folder = folder_of(card)
    here = bool(card.files) and all((folder / file.name).is_file() for file in card.files)
    return "downloaded" if here else "not here"


def ready_folder(card: DataSet) -> Path:
    """Where the files lie; raises LabError, with what to do, when they are not on this machine."""
    folder = folder_of(card)
    gone = [file.name for file in card.files if not (folder / file.name).is_file()]
    if gone and card.embedded:
        raise LabError(f"{card.id}: {gone[0]} is missing from {folder}.", "Install its package again.")
    if gone:
        instead = f", or use {card.alternative}, which is embedded" if card.alternative else ""
        raise LabError(f"{card.id} is not on this machine.", f"lab data fetch {card.id}{instead}.")
    return folder


def recorded_sums(folder: Path) -> Mapping[str, Fingerprint]:
    """Sizes and hashes that were written down at the first download of files without a published hash."""
    try:
        return msgspec.json.decode((folder / SUMS).read_bytes(), type=dict[str, Fingerprint])
    except (OSError, msgspec.MsgspecError):
        return {}


SUMS = "sums.json"


def damage(card: DataSet) -> list[str]:
    """One line for each file that isn't what its card says; empty when all are. Reads every file."""
    folder = ready_folder(card)
    recorded = recorded_sums(folder)
    found: list[str] = []
    for file in card.files:
        written = Fingerprint(file.size, file.sha256) if file.sha256 else recorded.get(file.name)
        if written is None:
            found.append(f"{file.name} has no recorded sum")
        elif why := file_damage(folder / file.name, written):
            found.append(f"{file.name} {why}")
    return found


def load(card: DataSet, split: str = "train", **options: Any) -> Any:
    """What the card's loader gives for a split (``"train"``, ``"train+validation"``); raises UsageError for an unknown one."""
    if card.splits:
        card.parts(split)
    return load_object(card.loader, what=f"Data set {card.id}")(card, split, **options)


def fetch(card: DataSet, **options: Any) -> Path:
    """Download what is missing and verify what is there; the folder. ``options`` are those of the card's fetcher.

    Raises LabError in one line when that fails.
    """
    folder = folder_of(card)
    if card.fetcher is not None:
        load_object(card.fetcher, what=f"Data set {card.id}")(card, folder, **options)
    return ready_folder(card)
