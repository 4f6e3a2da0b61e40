"""The replay on disk: closed segments as chunks that checkpoints share, the rest in the checkpoint itself.

A segment is a fixed range of absolute positions. Once all of it is written it never changes, so it is stored once. Its chunk
is named by the range and a hash of the content: two trainings that went on differently from one checkpoint never share one.
"""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.trainer import Chunks
from lab_dqn.replay import ARRAYS, Replay

SEGMENT_BYTES = 32 << 20


class ReplayStore:
    """Saves one replay and reads it back exactly."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        row = sum(getattr(replay, name)[0].nbytes for name in ARRAYS)
        self.segment = max(1, min(SEGMENT_BYTES // row, replay.slots // 8, 65_536))
        self._names: dict[int, str] = {}  # of the segments already hashed, by number

    def save(self, path: Path, chunks: Chunks) -> None:
        """List the closed segments in ``chunks`` and write the rest of the ring to ``path``."""
        replay, size = self.replay, self.segment
        oldest, newest = max(0, replay.position - replay.slots + 1), replay.position
        first, last = -(-oldest // size), newest // size
        self._names = {number: name for number, name in self._names.items() if number >= first}
        for number in range(first, last):
            start = number * size
            name = self._name(number)
            chunks.add(name, lambda file, start=start: _write(file, self._rows(start, start + size)))
        head = self._rows(oldest, min(first * size, newest + 1))
        tail = self._rows(max(last * size, oldest), newest + 1) if last >= first else self._rows(newest + 1, newest + 1)
        with path.open("wb") as file:
            _write(
                file,
                {f"head/{key}": value for key, value in head.items()} | {f"tail/{key}": value for key, value in tail.items()},
            )

    def load(self, path: Path, chunks: Chunks, position: int) -> None:
        """Fill the ring as it was when it stood at ``position``; raises LabError when it does not fit."""
        replay, size = self.replay, self.segment
        replay.position = position
        oldest = max(0, position - replay.slots + 1)
        first, last = -(-oldest // size), position // size
        rest = _read(path)
        self._put(oldest, {key: rest[f"head/{key}"] for key in ARRAYS})
        if last >= first:
            self._put(max(last * size, oldest), {key: rest[f"tail/{key}"] for key in ARRAYS})
        stored = {name.split("-")[1]: name for name in chunks.names() if name.startswith("replay-")}
        self._names = {}
        for number in range(first, last):
            name = stored.get(f"{number * size:012d}")
            if name is None:
                raise LabError(f"The checkpoint lacks the replay from position {number * size}.")
            self._put(number * size, _read(chunks.path(name)))
            self._names[number] = name

    def _name(self, number: int) -> str:
        if number not in self._names:
            digest = hashlib.blake2b(digest_size=8)
            for value in self._rows(number * self.segment, (number + 1) * self.segment).values():
                digest.update(np.ascontiguousarray(value))
            self._names[number] = f"replay-{number * self.segment:012d}-{digest.hexdigest()}.npz"
        return self._names[number]

    def _rows(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        slots = np.arange(start, max(start, stop)) % self.replay.slots
        return {name: getattr(self.replay, name)[slots] for name in ARRAYS}

    def _put(self, start: int, rows: dict[str, NDArray[Any]]) -> None:
        slots = np.arange(start, start + len(rows["action"])) % self.replay.slots
        for name in ARRAYS:
            target = getattr(self.replay, name)
            if rows[name].shape[1:] != target.shape[1:] or rows[name].dtype != target.dtype:
                raise LabError(f"The saved replay does not fit: {name} is {rows[name].dtype}{rows[name].shape[1:]}.")
            target[slots] = rows[name]


def _write(file: BinaryIO, arrays: dict[str, NDArray[Any]]) -> None:
    """An .npz whose members are deflated at the fastest level: Atari frames shrink to a tenth at little cost."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, value in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(value), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), buffer.getbuffer(), zipfile.ZIP_DEFLATED, 1)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zipfile.error) as error:
        raise LabError(f"The saved replay {path} can't be read: {error}.") from error
