"""A split of a data set as named columns, the same for registered sets and for the user's own folders and files.

    columns = load_columns(config, "train")              # lab_datasets.loading
    columns["image"], columns["label"], columns.classes

| kind | columns |
| --- | --- |
| images | image uint8 [n, h, w, 1 or 3] (or a list of images of many sizes), label int32 [n] |
| image pairs | input, target uint8 [n, h, w, c]; not ``aligned``: two unpaired sets of different lengths |
| captions | image, caption (list of n texts: the first of each image), captions (list of n lists of texts) |
| boxes | image (list), boxes (list of float32 [k, 4]: x0, y0, x1, y1 in pixels), box_label (list of int32 [k]) |
| text | text (list of n texts) |
| text pairs | source, reference (lists of n texts) |
| series | time [n], values float32 [n, d] |
| sequences | series (float32 [n, t, d], or a list where lengths differ), label int32 [n] |

Further columns keep the names that the data set gives them; a registered set's own names work too (``columns["outline"]``).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataKind, DataSet, Role
from lab_core.errors import LabError, UsageError

Column = Any  # an array [n, ...] or a list of n items
FEWEST = 8  # items of the user's own data: the first score needs as many


class Columns(Mapping[str, Column]):
    """Named columns of one split, with the role of each.

    kind         what an item is
    roles        name -> role
    classes      names of the labels, in their order; empty without labels
    data         id of the data set, or path of the user's own
    card         the data set's card; None for the user's own
    aligned      whether all columns have one row an item; False: unpaired sets
    aliases      the data set's own name of a column -> the name here
    value_names  names of the columns of ``values`` or ``series``
    left_out     file -> why it could not be used
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        roles: Mapping[str, Role],
        *,
        kind: DataKind,
        data: str,
        classes: Iterable[str] = (),
        card: DataSet | None = None,
        aligned: bool = True,
        aliases: Mapping[str, str] | None = None,
        value_names: Iterable[str] = (),
        left_out: Mapping[str, str] | None = None,
    ) -> None:
        self._columns = dict(columns)
        self.roles: Mapping[str, Role] = {name: roles[name] for name in columns}
        self.kind: DataKind = kind
        self.data, self.card, self.aligned = data, card, aligned
        self.classes, self.value_names = tuple(classes), tuple(value_names)
        self.aliases = dict(aliases or {})
        self.left_out = dict(left_out or {})
        lengths = {name: len(column) for name, column in self._columns.items()}
        if aligned and len(set(lengths.values())) > 1:
            raise LabError(f"{data}: columns of different lengths: {lengths}.")

    def __getitem__(self, name: str) -> Column:
        name = self.aliases.get(name, name)
        if name not in self._columns:
            raise KeyError(f"{self.data} has no column {name!r}; it has {', '.join(self._columns)}")
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Columns({self.data}: {self.count:,} x {', '.join(self._columns)})"

    @property
    def count(self) -> int:
        """Items: rows of the first column."""
        return len(next(iter(self._columns.values()))) if self._columns else 0

    @property
    def fingerprint(self) -> str:
        """A hash of all columns, by which a resumed run recognises its data."""
        found = hashlib.sha256()
        for name, column in self._columns.items():
            found.update(name.encode())
            _hash(found, column)
        return found.hexdigest()[:16]

    def names(self, role: Role) -> tuple[str, ...]:
        """The columns with a role."""
        return tuple(name for name, one in self.roles.items() if one == role)

    def need(self, *names: str) -> None:
        """Raise UsageError unless the columns are there."""
        for name in names:
            if name not in self:
                raise UsageError(f"{self.data} has no {name}; it has {', '.join(self)}.", "See lab data list.")

    def need_classes(self, what: str) -> None:
        """Raise UsageError where there are fewer than two classes, which ``what`` needs."""
        if len(self.classes) < 2:
            raise UsageError(f"{self.data} has no classes, and {what} needs them.", "Use a folder with one folder a class.")

    def __contains__(self, name: object) -> bool:
        return name in self._columns or name in self.aliases

    def take(self, places: NDArray[np.integer[Any]]) -> "Columns":
        """The items at ``places``, in that order."""
        return self.replaced({name: _taken(column, places) for name, column in self._columns.items()})

    def replaced(self, columns: Mapping[str, Column], roles: Mapping[str, Role] | None = None, **changes: Any) -> "Columns":
        """The same with other columns. ``roles`` are those of new ones; ``changes`` are keyword arguments of the class."""
        known = {**self.roles, **(roles or {})}
        settings: dict[str, Any] = {
            "kind": self.kind,
            "data": self.data,
            "classes": self.classes,
            "card": self.card,
            "aligned": self.aligned,
            "aliases": {own: name for own, name in self.aliases.items() if name in columns},
            "value_names": self.value_names,
            "left_out": self.left_out,
        }
        return Columns(columns, {name: known.get(name, "about") for name in columns}, **{**settings, **changes})


def _hash(found: Any, column: Column) -> None:
    if isinstance(column, np.ndarray):
        found.update(f"{column.dtype}{column.shape}".encode())
        found.update(np.ascontiguousarray(column).view(np.uint8) if column.dtype.kind in "Mm" else np.ascontiguousarray(column))
        return
    found.update(str(len(column)).encode())
    for item in column:
        if isinstance(item, str):
            data = item.encode("utf-8", "surrogateescape")
            found.update(len(data).to_bytes(8, "little") + data)
        else:
            _hash(found, item)


def _taken(column: Column, places: NDArray[np.integer[Any]]) -> Column:
    return column[places] if isinstance(column, np.ndarray) else [column[place] for place in places]
