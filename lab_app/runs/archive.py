"""Runs in one file, to move them between machines: a tar of plain files, and at its end a list of every file with its sum.

Reading trusts nothing: only regular files with plain relative names, within the free space of the disk, no link, no name twice,
all of it into a folder aside; a run takes its place only after every sum has been compared, and never that of another.
"""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from lab_core.errors import LabError, UsageError, printable
from lab_core.files import Fingerprint, decode_json, disk_errors, encode_json, make_folder, open_plain, remove_tree, sync_folder
from lab_core.runs.locking import FileLock
from lab_core.runs.plain import MOST_ENTRIES, MOST_LEVELS, check_plain
from lab_core.runs.run import RECORD, Run

FORMAT = 1
LIST = "lab-archive.json"
SUFFIXES = (".tar", ".tar.gz", ".tgz")
_CHUNK = 1 << 20
_MOST_AT_ONCE = 64 << 20  # bytes that a header or the list may have


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """``lab-archive.json``: by run id every file below the run's folder."""

    runs: dict[str, dict[str, Fingerprint]]
    created: str = ""
    format: int = FORMAT


class Imported(msgspec.Struct, frozen=True):
    """Ids of runs: new ones, and those that were there already and stay as they are."""

    runs: tuple[str, ...]
    present: tuple[str, ...]


def write_archive(path: Path, folders: Sequence[Path], *, leave_out: Sequence[str] = ()) -> Contents:
    """Write run folders into a new file; ``leave_out`` names parts of a run that stay behind (``checkpoints``).

    Raises UsageError for a name that is no archive's or is taken, LabError for a run under way and for a disk that refuses.
    """
    if not path.name.endswith(SUFFIXES):
        raise UsageError(f"An archive can't be written as {path.name!r}.", f"Give it a name that ends in {', '.join(SUFFIXES)}.")
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already.", "Give a new name: --to FILE")
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors("The archive", path.parent, option="--to"):
        make_folder(path.parent)
        try:
            with tarfile.open(aside, "w" if path.suffix == ".tar" else "w:gz", format=tarfile.PAX_FORMAT) as tar:
                contents = Contents(
                    runs={f"{folder.parent.name}/{folder.name}": _add(tar, folder, leave_out) for folder in folders},
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                )
                data = encode_json(contents)
                tar.addfile(_member(LIST, len(data)), io.BytesIO(data))
            with aside.open("rb") as file:
                os.fsync(file.fileno())
            os.link(aside, path)  # unlike a rename it never takes another file's place
            sync_folder(path.parent)
        except FileExistsError:
            raise UsageError(f"{path} exists already.", "Give a new name: --to FILE") from None
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
    return contents


def _add(tar: tarfile.TarFile, folder: Path, leave_out: Sequence[str]) -> dict[str, Fingerprint]:
    name = f"{folder.parent.name}/{folder.name}"
    found: dict[str, Fingerprint] = {}
    with FileLock(folder / "lock", what=f"Run {name}").held():
        check_plain(folder, f"Run {name}")
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in inside.parts)
            if not path.is_file() or hidden or inside.parts[0] in ("lock", *leave_out):
                continue
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                reader = _Hashed(file)
                tar.addfile(_member(f"{name}/{inside.as_posix()}", size), reader)
            found[inside.as_posix()] = Fingerprint(size, reader.digest.hexdigest())
    return found


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    return member


class _Hashed(io.RawIOBase):
    """Reads a file and keeps the hash of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def read_archive(path: Path, runs_dir: Path, *, say: Callable[[str], None] = lambda line: None) -> Imported:
    """Put the runs of an archive into ``runs_dir``, all files compared with their sums before any run takes its place.

    A run whose name is taken stays in the archive, and the one that is there as it is. Raises UsageError where the file can't be
    read, LabError where it holds anything but runs, is damaged or cut short, or is larger than the free space.
    """
    with disk_errors("The runs", runs_dir):
        make_folder(runs_dir)
    aside = runs_dir / f".import-{os.getpid()}"
    remove_tree(aside)
    try:
        with open_plain(Path(os.path.realpath(path))) as file:
            found = _unpack(file, aside, path, shutil.disk_usage(runs_dir).free)
        return _take(found, aside, runs_dir, path, say)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError, RecursionError) as error:
        raise _refused(path, f"it can't be read as a tar ({printable(str(error))[:100] or type(error).__name__})") from None
    finally:
        remove_tree(aside)


def _unpack(file: IO[bytes], aside: Path, path: Path, free: int) -> dict[str, dict[str, Fingerprint]]:
    """Write the members below ``aside``; what was written, by run, equal to what the list says."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    source: Any = _Bounded(gzip.GzipFile(fileobj=file) if packed else file, path)
    written: dict[str, dict[str, Fingerprint]] = {}
    contents: Contents | None = None
    total = 0
    with tarfile.open(fileobj=source, mode="r:") as tar:
        for number, member in enumerate(tar):
            total += member.size
            if number > MOST_ENTRIES or total > free:
                raise _refused(path, f"it holds {total:,} bytes or more, {free:,} are free" if total > free else "too many files")
            if contents is not None:
                raise _refused(path, f"files follow its list {LIST}")
            if not member.isreg() or member.issparse():
                raise _refused(path, f"{printable(member.name)[:100]!r} is not a plain file")
            data = tar.extractfile(member)
            assert data is not None
            if member.name == LIST:
                contents = _contents(data.read(member.size), path)
                continue
            run, inside = _place(member.name, path)
            if inside in written.setdefault(run, {}):
                raise _refused(path, f"{printable(member.name)[:100]!r} is in it twice")
            written[run][inside] = _write(data, aside / run / inside, member.size)
    if contents is None:
        raise _refused(path, f"its list {LIST} is missing: it is cut short, or no archive of runs")
    if contents.runs != written:
        wrong = {f"{run}/{name}" for one in (contents.runs, written) for run, files in one.items() for name in files}
        both = (contents.runs, written)
        first = min(name for name in wrong if len({repr(_of(one, name)) for one in both}) > 1)
        raise _refused(path, f"{printable(first)[:100]!r} is not what was written")
    return written


def _of(runs: dict[str, dict[str, Fingerprint]], name: str) -> Fingerprint | None:
    task, run, inside = name.split("/", 2)
    return runs.get(f"{task}/{run}", {}).get(inside)


def _contents(data: bytes, path: Path) -> Contents:
    try:
        return msgspec.convert(decode_json(data), Contents)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _refused(path, f"its list is damaged ({error})") from None


def _place(name: str, path: Path) -> tuple[str, str]:
    """The run's id and the place in its folder; raises LabError for any name that could lead elsewhere."""
    parts = name.split("/")
    plain = all(part and part[0] != "." and part.isprintable() and "\\" not in part and len(part) < 200 for part in parts)
    if not plain or not 3 <= len(parts) <= MOST_LEVELS:
        raise _refused(path, f"{printable(name)[:100]!r} is not the name of a run's file")
    return f"{parts[0]}/{parts[1]}", "/".join(parts[2:])


def _write(data: IO[bytes], target: Path, size: int) -> Fingerprint:
    digest, count = hashlib.sha256(), 0
    with disk_errors("The runs", target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while chunk := data.read(_CHUNK):
                digest.update(chunk)
                count += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    if count != size:
        raise EOFError("cut short")
    return Fingerprint(count, digest.hexdigest())


def _take(
    found: dict[str, dict[str, Fingerprint]], aside: Path, runs_dir: Path, path: Path, say: Callable[[str], None]
) -> Imported:
    for run_id in found:
        if RECORD not in found[run_id] or Run.open(aside / run_id).record.id != run_id:
            raise _refused(path, f"{printable(run_id)} is not a run of that name")
    runs: list[str] = []
    present: list[str] = []
    for run_id in found:
        target = runs_dir / run_id
        if os.path.lexists(target):
            present.append(run_id)
            say(f"{run_id} is there already and stays as it is")
            continue
        with disk_errors("The runs", runs_dir):
            make_folder(target.parent)
            os.rename(aside / run_id, target)
            sync_folder(target.parent)
        runs.append(run_id)
    return Imported(tuple(runs), tuple(present))


def _refused(path: Path, why: str) -> LabError:
    return LabError(f"{path} was not imported: {why}.")


class _Bounded(io.RawIOBase):
    """A file of which nobody reads more than a bounded number of bytes at once, whatever a header says."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MOST_AT_ONCE:
            raise _refused(self._path, f"a header or its list has {size:,} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
