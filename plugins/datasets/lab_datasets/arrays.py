"""Sets that ship as packed arrays, one file ``NAME.npy.xz`` for each array of the card, splits one after the other.

xz over plain pixels packs 28 x 28 images better than PNG, lossless WebP, or xz over predicted pixels did (22.5 MB against
24.2, 23.6 and 23.4 for 60,000 images of Fashion-MNIST), and needs no image library. Unpacking takes about two seconds, so an
unpacked copy is kept under the user's cache and memory-mapped; where that can't be written, the arrays live in memory.
"""

import hashlib
import io
import lzma
import os
from collections import namedtuple
from contextlib import suppress
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataFile, DataSet, data_home, ready_folder
from lab_core.errors import LabError
from lab_core.files import write_atomic

Array = NDArray[Any]


def load(card: DataSet, split: str) -> Any:
    """The arrays of a split as a named tuple, read-only; views where the parts lie beside each other."""
    folder = ready_folder(card)
    files = {file.name: file for file in card.files}
    arrays = [unpacked(card.id, folder, files[f"{name}.npy.xz"]) for name in card.shapes]
    return namedtuple("Arrays", card.shapes)(*(_parts(card, split, array) for array in arrays))


def _parts(card: DataSet, split: str, array: Array) -> Array:
    ends = dict(zip(card.splits, accumulate(card.splits.values()), strict=True))
    if len(array) != max(ends.values()):
        raise LabError(f"{card.id} holds {len(array):,} items, its card says {max(ends.values()):,}.")
    spans: list[tuple[int, int]] = []
    for name in card.parts(split):
        start, end = ends[name] - card.splits[name], ends[name]
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    if len(spans) == 1:
        return array[spans[0][0] : spans[0][1]]
    joined = np.concatenate([array[start:end] for start, end in spans])
    joined.flags.writeable = False
    return joined


@cache
def unpacked(data_id: str, folder: Path, file: DataFile) -> Array:
    """A whole array, memory-mapped from the cache; unpacked into it the first time on this machine."""
    copy = data_home() / "unpacked" / f"{data_id}-{file.name.split('.')[0]}-{file.sha256[:16]}.npy"
    with suppress(OSError, ValueError):  # not there, or cut short by a full disk
        return np.load(copy, mmap_mode="r", allow_pickle=False)
    data = unpack(folder / file.name, file)
    with suppress(OSError, LabError):  # a cache that can't be written costs two seconds a process, no more
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(copy, data)
        return np.load(copy, mmap_mode="r", allow_pickle=False)
    array = np.load(io.BytesIO(data), allow_pickle=False)
    array.flags.writeable = False
    return array


def unpack(path: Path, file: DataFile) -> bytes:
    """The contents of a file packed by xz; raises LabError when it isn't what its card says."""
    packed = path.read_bytes()
    if len(packed) != file.size or hashlib.sha256(packed).hexdigest() != file.sha256:
        raise LabError(f"{os.fspath(path)} is damaged.", "Install its package again.")
    return lzma.decompress(packed)
