"""From a config to columns: registered sets, the user's own, and one kind of data seen as another."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataKind, DataSet
from lab_core.errors import UsageError, word
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.config import is_own, read_reference, resolve_data
from lab_datasets.fitting import fitted
from lab_datasets.roles import common_names, roles_of

SHUFFLE = 20261129  # seed of the random part that ``limit`` keeps


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a config says about data, with defaults where the caller has none.

    ``size`` 0: images as they are.
    """

    size: int = 0
    colour: str = "auto"
    crop: str = "centre"
    halves: str = "auto"
    limit: int = 0
    validation: float = 0.1
    test: float = 0.1
    time: str = ""
    columns: str = ""

    @property
    def grey(self) -> bool | None:
        return None if self.colour == "auto" else self.colour == "grey"


def options_of(config: Any, *, fit: bool) -> Options:
    """The fields of a config that are there."""
    names = Options.__struct_fields__
    found = {name: getattr(config, name) for name in names if hasattr(config, name)}
    return Options(**({**found, "size": 0} if not fit else found))


def load_columns(
    data: Any, split: str = "train", *, kind: DataKind | None = None, fit: bool = True, fewest: int = FEWEST, **given: Any
) -> Columns:
    """A split as columns. ``data`` is a config that inherits DataConfig, or the id of a data set, a path, or a reference.

    ``given`` options go before the config's fields: size, colour, crop, halves, limit, validation, test.

    ``kind`` is what the caller learns from: pairs and captioned images are then given as single images, captioned images as
    pairs where that is possible; raises UsageError where the data hold something else. ``fit``: images as one array of the
    config's size and channels; without it as they are, in a list. Raises UsageError for unknown data and for fewer than
    ``fewest`` items of the user's own; LabError for data that aren't here.
    """
    if isinstance(data, str | Path):
        name, found = read_reference(str(data))
        name, options = resolve_data(name), Options(**{**found, **given})
    else:
        name, options = str(data.data), msgspec.structs.replace(options_of(data, fit=fit), **given)
        if not is_own(name):
            name = resolve_data(name)
    columns = _own(Path(name), split, options, kind, fewest) if is_own(name) else _registered(name, split, options)
    if kind is not None:
        columns = seen_as(columns, kind)
    return _limited(columns, options.limit) if "train" in split.split("+") else columns


def _registered(data_id: str, split: str, options: Options) -> Columns:
    from lab_core import data as core
    from lab_datasets import card as card_of

    card = card_of(data_id)
    if split == "all":
        split = "+".join(card.splits) or "train"
    found = core.load(card, split)
    return from_card(card, found, options)


def from_card(card: DataSet, found: Any, options: Options) -> Columns:
    """What a loader gave (a named tuple in the order of the card's shapes) as columns under their common names."""
    roles = roles_of(card)
    kind: DataKind = card.kind
    names = common_names(kind, roles)
    columns: dict[str, Any] = {}
    for own, column in zip(card.shapes, found, strict=True):
        if roles[own] == "label" and kind != "boxes":  # a list of classes for each image
            column = np.asarray(column, np.int32)
        if roles[own] == "time" and column.dtype.kind == "M":
            column = column.astype("datetime64[s]")
        columns[names[own]] = fitted(column, options) if _pictures(column) else column
    named = {names[own]: role for own, role in roles.items()}
    if kind == "captions" and "captions" not in columns:
        columns["captions"], named["captions"] = [[caption] for caption in columns["caption"]], "about"
    lengths = {len(column) for column in columns.values()}
    return Columns(
        columns,
        named,
        kind=kind,
        data=card.id,
        classes=card.classes if "label" in columns else (),
        card=card,
        aligned=len(lengths) == 1,
        aliases={own: name for own, name in names.items() if own != name},
        value_names=card.value_names,
    )


def _pictures(column: Any) -> bool:
    return len(column) > 0 and np.ndim(column[0]) == 3 and np.asarray(column[0]).dtype == np.uint8


def _own(path: Path, split: str, options: Options, kind: DataKind | None, fewest: int) -> Columns:
    from lab_datasets.own import reader_for

    reader = reader_for(path, kind)
    columns, total = reader.read(path, split, options)
    if total < fewest and columns.kind != "series":
        kind_held = columns.kind.removesuffix("s") if total == 1 else columns.kind
        raise UsageError(
            f"{path} holds {total} {kind_held}; at least {fewest} are expected, and hundreds to learn from.",
            f"See lab data check {word(path)}",
        )
    return columns


def seen_as(columns: Columns, kind: DataKind) -> Columns:
    """The columns as another kind, where that is possible; raises UsageError."""
    if columns.kind == kind:
        return columns
    if kind == "images" and columns.kind == "image pairs":
        return _single_images(columns)
    if kind == "images" and columns.kind in ("captions", "boxes"):
        return columns.replaced(dict(columns), kind="images")
    if kind == "captions" and "caption" in columns and "target" in columns:
        found = {("image" if name == "target" else name): column for name, column in columns.items()}
        found["captions"] = [[caption] for caption in found["caption"]]
        return columns.replaced(found, {"image": "input", "caption": "target", "input": "about"}, kind="captions")
    raise UsageError(f"{columns.data} holds {columns.kind}; {kind} are expected.", "See lab data list, or lab data check DIR.")


def _single_images(columns: Columns) -> Columns:
    """Of a registered set the targets (what is made from the inputs); of the user's own pairs both sides."""
    if columns.card is not None:
        kept = {("image" if name == "target" else name): column for name, column in columns.items() if name != "input"}
        return columns.replaced(kept, {"image": "input"}, kind="images", aliases={})
    sides = [columns["input"], columns["target"]]
    both = [image for side in sides for image in side] if isinstance(sides[0], list) else np.concatenate(sides)
    return columns.replaced({"image": both}, {"image": "input"}, kind="images", aligned=True, aliases={})


def _limited(columns: Columns, limit: int) -> Columns:
    """The first ``limit`` of a fixed random order, in the order of the data; rows of a series all stay."""
    if not limit or columns.kind == "series" or columns.count <= limit:
        return columns
    if not columns.aligned:
        parts = {name: _some(column, limit) for name, column in columns.items()}
        return columns.replaced(parts)
    return columns.take(_places(columns.count, limit))


def _some(column: Any, limit: int) -> Any:
    places = _places(len(column), limit)
    return column[places] if isinstance(column, np.ndarray) else [column[place] for place in places]


def _places(count: int, limit: int) -> NDArray[np.intp]:
    return np.sort(np.random.default_rng(SHUFFLE).permutation(count)[:limit])
