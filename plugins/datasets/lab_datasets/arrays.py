"""Sets that ship as packed columns, a file ``NAME.npy.xz`` or ``NAME.json.xz`` (texts) each, splits one after the other.

xz over plain pixels packs 28 x 28 images better than PNG, lossless WebP, or xz over predicted pixels did (22.5 MB against
24.2, 23.6 and 23.4 for 60,000 images of Fashion-MNIST), and needs no image library. Unpacking takes about two seconds, so an
unpacked copy is kept under the user's cache and memory-mapped; where that can't be written, the arrays live in memory.
"""

import hashlib
import io
import lzma
import os
from collections import namedtuple
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataFile, DataSet, data_home, ready_folder
from lab_core.errors import LabError
from lab_core.files import write_atomic

Array = NDArray[Any]


def load(card: DataSet, split: str) -> Any:
    """The columns of a split as a named tuple: arrays, read-only, views where the parts lie beside each other; lists of str."""
    folder = ready_folder(card)
    files = {file.name: file for file in card.files}
    columns: dict[str, Any] = {}
    for name in card.shapes:
        if f"{name}.npy.xz" in files:
            file = files[f"{name}.npy.xz"]
            columns[name] = unpacked(f"{card.id}-{name}-{file.sha256[:16]}", partial(unpack, folder / file.name, file))
        else:
            columns[name] = _texts(folder / f"{name}.json.xz", files[f"{name}.json.xz"])
    return select(card, split, columns)


def select(card: DataSet, split: str, columns: Mapping[str, Any]) -> Any:
    """A split of columns that hold every split of the card, one after the other."""
    return namedtuple("Columns", card.shapes)(*(_parts(card, split, columns[name]) for name in card.shapes))


def _parts(card: DataSet, split: str, column: Any) -> Any:
    ends = dict(zip(card.splits, accumulate(card.splits.values()), strict=True))
    if len(column) != max(ends.values()):
        raise LabError(f"{card.id} holds {len(column):,} items, its card says {max(ends.values()):,}.")
    spans: list[tuple[int, int]] = []
    for name in card.parts(split):
        start, end = ends[name] - card.splits[name], ends[name]
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    pieces = [column[start:end] for start, end in spans]
    if len(pieces) == 1:
        return pieces[0]
    if isinstance(column, list):
        return [item for piece in pieces for item in piece]
    joined = np.concatenate(pieces)
    joined.flags.writeable = False
    return joined


_kept: dict[Path, Array] = {}


def unpacked(name: str, make: Callable[[], bytes]) -> Array:
    """An array in NumPy's file format, memory-mapped from the cache; made and written there the first time on this machine.

    ``name`` must say all that the contents depend on.
    """
    copy = data_home() / "unpacked" / f"{name}.npy"
    if copy not in _kept:
        _kept[copy] = _from_cache(copy, make)
    return _kept[copy]


def _from_cache(copy: Path, make: Callable[[], bytes]) -> Array:
    with suppress(OSError, ValueError):  # not there, or cut short by a full disk
        return np.load(copy, mmap_mode="r", allow_pickle=False)
    data = make()
    with suppress(OSError, LabError):  # a cache that can't be written costs two seconds a process, no more
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(copy, data)
        return np.load(copy, mmap_mode="r", allow_pickle=False)
    array = np.load(io.BytesIO(data), allow_pickle=False)
    array.flags.writeable = False
    return array


def _texts(path: Path, file: DataFile) -> list[str]:
    return msgspec.json.decode(unpack(path, file), type=list[str])


def unpack(path: Path, file: DataFile) -> bytes:
    """The contents of a file packed by xz; raises LabError when it isn't what its card says."""
    packed = path.read_bytes()
    if len(packed) != file.size or hashlib.sha256(packed).hexdigest() != file.sha256:
        raise LabError(f"{os.fspath(path)} is damaged.", "Install its package again.")
    return lzma.decompress(packed)
