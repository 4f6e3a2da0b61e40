"""A replay on disk: closed segments of its ring as chunks that checkpoints share, the rest in the checkpoint itself.

A segment is a fixed range of positions. Once all of it is written it never changes, so it is stored once. Its chunk is named by
the range and a hash of the content: two trainings that continued differently from one checkpoint never share one.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.npz import read_npz
from lab_core.trainer import Chunks

SEGMENT_BYTES, LONGEST = 8 << 20, 65_536
Rows = Mapping[str, NDArray[Any]]


class Ring(Protocol):
    """Named arrays [slots, ...] that are written in turns: position t (0, 1, 2, ...) is in slot t modulo slots."""

    position: int  # of the next row to be completed

    @property
    def arrays(self) -> Rows:
        """The ring's arrays by name."""
        ...


class RingStore:
    """Saves one ring and reads it back exactly.

    unfinished     rows from ``position`` on that hold something already (a frame whose action isn't known yet)
    compressed     deflate at the fastest level: Atari frames shrink to a tenth at little cost
    segment_bytes  size of a segment, uncompressed
    """

    def __init__(self, ring: Ring, *, unfinished: int = 0, compressed: bool = False, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.ring, self._unfinished = ring, unfinished
        self._compression = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        self.slots = len(next(iter(ring.arrays.values())))
        row = sum(array[0].nbytes for array in ring.arrays.values())
        self.segment = max(1, min(segment_bytes // row, -(-self.slots // 8), LONGEST))
        self._names: dict[int, str] = {}  # of the segments already hashed, by number

    def save(self, path: Path, chunks: Chunks) -> None:
        """List the closed segments in ``chunks`` and write the rest of the ring to ``path``."""
        (head, tail), closed = self._parts(self.ring.position)
        self._names = {number: name for number, name in self._names.items() if number in closed}
        for number in closed:
            start = number * self.segment
            rows = (start, start + self.segment)
            chunks.add(self._name(number), lambda file, rows=rows: self._write(file, self._rows(*rows)))
        parts = (("head", self._rows(*head)), ("tail", self._rows(*tail)))
        with path.open("wb") as file:
            self._write(file, {f"{part}/{name}": array for part, rows in parts for name, array in rows.items()})

    def load(self, path: Path, chunks: Chunks, position: int) -> None:
        """Fill the ring as it was when it stood at ``position``; raises LabError when it does not fit."""
        self.ring.position = position
        (head, tail), closed = self._parts(position)
        rest = _read(path)
        for part, (start, stop) in (("head", head), ("tail", tail)):
            self._put(start, stop, {name: rest[f"{part}/{name}"] for name in self.ring.arrays if f"{part}/{name}" in rest})
        stored = {name.split("-")[1]: name for name in chunks.names() if name.startswith("replay-")}
        self._names = {}
        for number in closed:
            start = number * self.segment
            name = stored.get(f"{start:012d}")
            if name is None:
                raise LabError(f"The checkpoint lacks the replay from position {start}.")
            self._put(start, start + self.segment, _read(chunks.path(name)))
            self._names[number] = name

    def _parts(self, position: int) -> tuple[tuple[tuple[int, int], tuple[int, int]], range]:
        """The ranges of positions before and behind the closed segments, and the segments' numbers."""
        end = position + self._unfinished
        oldest = max(0, end - self.slots)
        first, last = -(-oldest // self.segment), position // self.segment
        if last < first:  # the whole ring lies within one segment
            return ((oldest, end), (end, end)), range(0)
        return ((oldest, first * self.segment), (last * self.segment, end)), range(first, last)

    def _name(self, number: int) -> str:
        if number not in self._names:
            digest = hashlib.blake2b(digest_size=8)
            for value in self._rows(number * self.segment, (number + 1) * self.segment).values():
                digest.update(np.ascontiguousarray(value).data)
            self._names[number] = f"replay-{number * self.segment:012d}-{digest.hexdigest()}.npz"
        return self._names[number]

    def _rows(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        slots = np.arange(start, stop) % self.slots
        return {name: array[slots] for name, array in self.ring.arrays.items()}

    def _put(self, start: int, stop: int, rows: Rows) -> None:
        slots = np.arange(start, stop) % self.slots
        for name, target in self.ring.arrays.items():
            value = rows.get(name)
            if value is None or value.shape != (len(slots), *target.shape[1:]) or value.dtype != target.dtype:
                found = "missing" if value is None else f"{value.dtype} {list(value.shape)}"
                raise LabError(f"The saved replay does not fit: {name} is {found}.")
            target[slots] = value

    def _write(self, file: BinaryIO, arrays: Rows) -> None:
        """An .npz with fixed dates, so that equal content gives equal bytes."""
        with zipfile.ZipFile(file, "w", self._compression, compresslevel=1) as archive:
            for name, value in arrays.items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(value), allow_pickle=False)
                info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
                archive.writestr(info, buffer.getbuffer(), self._compression, 1)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return read_npz(path)
    except FileNotFoundError as error:
        raise LabError(f"The saved replay {path} can't be read: {error}.") from error
