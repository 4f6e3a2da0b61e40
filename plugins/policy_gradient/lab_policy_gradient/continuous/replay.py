"""Replay of whole transitions in NumPy, and how it is kept on disk: closed segments as chunks that checkpoints share."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.trainer import Chunks

SEGMENT_BYTES = 8 << 20


class Replay:
    """A ring of transitions; transition number ``t`` (counted for ever) is in slot ``t`` modulo capacity.

    observation, next_observation float32 [capacity, observation]; action float32 [capacity, action] in [-1, 1];
    reward float32 [capacity]; terminated bool [capacity]. ``next_observation`` is what the episode really ended with, also where
    it was truncated.
    """

    def __init__(self, capacity: int, observation_size: int, action_size: int) -> None:
        self.capacity = capacity
        # zeros: the system commits a page when it is first written, so an empty replay costs nothing
        self.arrays: dict[str, NDArray[Any]] = {
            "observation": np.zeros((capacity, observation_size), np.float32),
            "action": np.zeros((capacity, action_size), np.float32),
            "reward": np.zeros(capacity, np.float32),
            "terminated": np.zeros(capacity, np.bool_),
            "next_observation": np.zeros((capacity, observation_size), np.float32),
        }
        self.position = 0  # transitions ever written

    @property
    def filled(self) -> int:
        """Transitions in memory."""
        return min(self.position, self.capacity)

    def append(self, **columns: NDArray[Any]) -> None:
        """Add transitions [n, ...], one array for each of ``arrays``."""
        slots = np.arange(self.position, self.position + len(columns["reward"])) % self.capacity
        for name, array in self.arrays.items():
            array[slots] = columns[name]
        self.position += len(slots)

    def sample(self, rng: np.random.Generator, updates: int, batch: int) -> dict[str, NDArray[Any]]:
        """Evenly drawn transitions, every array [updates, batch, ...]; raises ValueError when there is none."""
        slots = rng.integers(0, self.filled, (updates, batch))
        return {name: array[slots] for name, array in self.arrays.items()}

    def memory(self) -> int:
        """Bytes when it is full."""
        return sum(array.nbytes for array in self.arrays.values())

    def newest(self) -> Mapping[str, NDArray[Any]]:
        """Everything in memory, oldest first."""
        return self.rows(max(0, self.position - self.capacity), self.position)

    def rows(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Transitions ``start`` to ``stop - 1``, which must still be in memory."""
        slots = np.arange(start, stop) % self.capacity
        return {name: array[slots] for name, array in self.arrays.items()}

    def put(self, start: int, rows: Mapping[str, NDArray[Any]]) -> None:
        """Write transitions back to where :meth:`rows` read them; raises LabError when their shape differs."""
        slots = np.arange(start, start + len(rows["reward"])) % self.capacity
        for name, array in self.arrays.items():
            if rows[name].shape[1:] != array.shape[1:] or rows[name].dtype != array.dtype or len(rows[name]) != len(slots):
                raise LabError(f"The saved replay does not fit: {name} is {rows[name].dtype} {rows[name].shape}.")
            array[slots] = rows[name]


class ReplayStore:
    """Saves a replay and reads it back exactly. A segment is a fixed range of transition numbers; once it is written it never
    changes. Its chunk is named by its number and a hash of its content, so two trainings that went on differently from one
    checkpoint never share one."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.segment = max(1, min(SEGMENT_BYTES * replay.capacity // replay.memory(), -(-replay.capacity // 8)))
        self._names: dict[int, str] = {}

    def save(self, path: Path, chunks: Chunks) -> None:
        """List the closed segments in ``chunks`` and write the open ends of the ring to ``path``."""
        (head, tail), closed = self._parts(self.replay.position)
        self._names = {number: name for number, name in self._names.items() if number in closed}
        for number in closed:
            rows = self.replay.rows(number * self.segment, (number + 1) * self.segment)
            if number not in self._names:
                self._names[number] = f"replay-{number:09d}-{_digest(rows)}"
            chunks.add(self._names[number], lambda file, rows=rows: _write(file, rows))
        with path.open("wb") as file:
            for start, stop in (head, tail):
                _write(file, self.replay.rows(start, stop))

    def load(self, path: Path, chunks: Chunks, position: int) -> None:
        """Fill the ring as it was after ``position`` transitions; raises LabError when it does not fit."""
        (head, tail), closed = self._parts(position)
        stored = {name.split("-")[1]: name for name in chunks.names() if name.startswith("replay-")}
        self._names = {}
        self.replay.position = position
        with _opened(path) as file:
            for start, _ in (head, tail):
                self.replay.put(start, self._read(file, path))
        for number in closed:
            name = stored.get(f"{number:09d}")
            if name is None:
                raise LabError(f"The checkpoint lacks the replay from transition {number * self.segment}.")
            chunk = chunks.path(name)
            with _opened(chunk) as file:
                self.replay.put(number * self.segment, self._read(file, chunk))
            self._names[number] = name

    def _parts(self, position: int) -> tuple[tuple[tuple[int, int], tuple[int, int]], range]:
        """The ranges before and behind the closed segments, and their numbers."""
        oldest = max(0, position - self.replay.capacity)
        first, last = -(-oldest // self.segment), position // self.segment
        if last < first:  # all of the ring lies within one segment
            return ((oldest, position), (position, position)), range(0)
        return ((oldest, first * self.segment), (last * self.segment, position)), range(first, last)

    def _read(self, file: BinaryIO, path: Path) -> dict[str, NDArray[Any]]:
        try:
            return {name: np.lib.format.read_array(file, allow_pickle=False) for name in self.replay.arrays}
        except (OSError, ValueError, EOFError) as error:
            raise LabError(f"The saved replay {path} can't be read: {error}.") from error


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise LabError(f"The saved replay {path} can't be read: {error}.") from error


def _write(file: BinaryIO, rows: Mapping[str, NDArray[Any]]) -> None:
    for value in rows.values():
        np.lib.format.write_array(file, value, allow_pickle=False)


def _digest(rows: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for value in rows.values():
        digest.update(np.ascontiguousarray(value))
    return digest.hexdigest()
