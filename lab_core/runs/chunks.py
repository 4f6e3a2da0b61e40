"""Large append-only state beside checkpoints: immutable files that several checkpoints share."""

import hashlib
import io
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from lab_core.errors import LabError
from lab_core.files import Fingerprint, make_folder, sync_folder
from lab_core.trainer import Chunks

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class StoredChunk(msgspec.Struct, frozen=True):
    """One chunk in a manifest. ``file`` holds the start of the hash, so that two contents never share a file."""

    name: str
    file: str
    size: int
    sha256: str

    @property
    def written(self) -> Fingerprint:
        return Fingerprint(self.size, self.sha256)


class SavingChunks(Chunks):
    """Collects the chunks of a checkpoint that is being saved; ``stored`` are those of its own history, not written again."""

    def __init__(self, folder: Path, stored: Mapping[str, StoredChunk]) -> None:
        self._folder = folder
        self._stored = stored
        self._wrote = False
        self.listed: dict[str, StoredChunk] = {}

    def add(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        if not name or name.startswith(".") or "/" in name or len(name) > 150:
            raise ValueError(f"chunk name {name!r}: up to 150 letters without '/' and no leading '.' are expected")
        if name in self.listed:
            raise ValueError(f"chunk {name!r} is listed twice in one checkpoint")
        known = self._stored.get(name)
        self.listed[name] = known if known and self._is_there(known) else self._write(name, write)

    def path(self, name: str) -> Path:
        raise LabError(f"Chunk {name!r} can't be read while a checkpoint is being saved.")

    def names(self) -> tuple[str, ...]:
        return tuple(self.listed)

    def sync(self) -> None:
        """Flush the names of new chunks to the disk, before a manifest lists them."""
        if self._wrote:
            sync_folder(self._folder)

    def _is_there(self, chunk: StoredChunk) -> bool:
        path = self._folder / chunk.file
        return path.is_file() and path.stat().st_size == chunk.size

    def _write(self, name: str, write: Callable[[BinaryIO], None]) -> StoredChunk:
        make_folder(self._folder)
        aside = self._folder / f".{name}.tmp"
        try:
            with aside.open("wb") as file:
                hashing = _HashingWriter(file)
                write(cast(BinaryIO, hashing))
                file.flush()
                os.fsync(file.fileno())
            digest = hashing.digest.hexdigest()
            chunk = StoredChunk(name, f"{digest[:16]}-{name}", hashing.size, digest)
            os.replace(aside, self._folder / chunk.file)
        except BaseException:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        self._wrote = True
        return chunk


class LoadedChunks(Chunks):
    """The chunks of a checkpoint that is being loaded; their hashes have been checked."""

    def __init__(self, folder: Path, stored: Mapping[str, StoredChunk]) -> None:
        self._folder = folder
        self._stored = stored

    def add(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        raise LabError(f"Chunk {name!r} can't be added while a checkpoint is being loaded.")

    def path(self, name: str) -> Path:
        if name not in self._stored:
            raise LabError(f"This checkpoint lists no chunk {name!r}.")
        return self._folder / self._stored[name].file

    def names(self) -> tuple[str, ...]:
        return tuple(self._stored)


class _HashingWriter(io.BufferedIOBase):
    """Passes what is written on to a file and hashes it; can't seek, since a hash only goes forward."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        view = memoryview(data).cast("B")
        self._file.write(view)
        self.digest.update(view)
        self.size += len(view)
        return len(view)

    def tell(self) -> int:
        return self.size
