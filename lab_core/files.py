"""Files that survive a crash: written aside, flushed to the disk, renamed. Disk errors as one clear line."""

import errno
import hashlib
import math
import os
import shutil
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from lab_core.errors import LabError, printable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISTAKES = {errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EBADF}
_FLOAT = "__float__"
LARGEST = 64 << 20  # bytes of a record that is read whole
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Fingerprint(msgspec.Struct, frozen=True):
    """Size in bytes and hash of a file, to tell later whether it is still what was written."""

    size: int
    sha256: str


@contextmanager
def disk_errors(what: str, folder: Path, *, option: str = "--runs-dir") -> Generator[None]:
    """Turn a disk that refuses into a LabError that names ``what`` was being written, ``folder`` and a way out.

    ``option`` is the command line option that chooses another place. Errors of other kinds pass as they are.
    """
    try:
        yield
    except LabError:
        raise
    except OSError as error:
        explained = _explained(error.errno, what, folder, option)
        if explained is None:
            raise
        raise explained from error
    except Exception as error:  # TensorFlow and HDF5 report a full disk through exceptions of their own
        explained = _explained(errno.ENOSPC, what, folder, option)
        if explained is None or os.strerror(errno.ENOSPC).lower() not in str(error).lower():
            raise
        raise explained from error


def _explained(number: int | None, what: str, folder: Path, option: str) -> LabError | None:
    """The error for a user; None for a mistake of the code that writes, which needs its traceback."""
    if number in _FULL:
        return LabError(
            f"{what} was not written: the disk of {folder} is full.", "Free some space; what was saved before is kept."
        )
    if number in _FORBIDDEN:
        hint = f"Make it writable or choose another place with {option}."
        return LabError(f"{what} was not written: {folder} can't be written to ({_reason(number)}).", hint)
    blocking = next((path for path in (folder, *folder.parents) if path.is_file()), None)
    if blocking is not None:
        return LabError(f"{what} was not written: {blocking} is a file, not a folder.", f"Choose another place with {option}.")
    if not folder.exists():
        return LabError(f"{what} was not written: the folder {folder} is gone.")
    if number is None or number in _MISTAKES:
        return None
    return LabError(f"{what} was not written: {folder}: {_reason(number)}.")


def _reason(number: int | None) -> str:
    return os.strerror(number or 0).lower()


def write_atomic(path: Path, data: bytes | str, *, option: str = "--runs-dir") -> None:
    """Replace ``path`` by ``data`` so that a crash leaves either the earlier file or the new one, whole and on the disk.

    Raises LabError when the disk is full or the folder can't be written; the earlier file is then untouched.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path.name, path.parent, option=option):
        try:
            with aside.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
            sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise


def remove_leftovers(folder: Path) -> None:
    """Delete what :func:`write_atomic` left in ``folder`` when its process died."""
    for path in folder.glob(".*.tmp"):
        pid = path.name.split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            with suppress(OSError):
                path.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each recorded on the disk in the folder above it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries (new names, renames) to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network and user-space file systems can't flush a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def fingerprint(path: Path, *, sync: bool = False) -> Fingerprint:
    """Hash a file, and flush it to the disk with ``sync``."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        if sync:
            os.fsync(file.fileno())
        return Fingerprint(file.tell(), digest.hexdigest())


def fingerprints(folder: Path, *, sync: bool = False) -> dict[str, Fingerprint]:
    """Every file below ``folder`` by its relative path with slashes; ValueError for anything that isn't a plain file.

    With ``sync``, files and folders are flushed to the disk on the way.
    """
    found: dict[str, Fingerprint] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ValueError(f"{path} is not a plain file")
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = fingerprint(path, sync=sync)
        elif sync:
            sync_folder(path)
    if sync:
        sync_folder(folder)
    return found


def damage(folder: Path, expected: Mapping[str, Fingerprint]) -> str | None:
    """Why the files of ``folder`` aren't what was written, in a few words; None when they are."""
    for name, written in expected.items():
        why = file_damage(folder / name, written)
        if why:
            return f"{name} {why}"
    return None


def file_damage(path: Path, written: Fingerprint) -> str | None:
    """Why a file isn't what was written: missing, cut short, changed, unreadable; None when it is."""
    try:
        if path.is_symlink() or not path.is_file():
            return "is missing"
        size = path.stat().st_size
        if size != written.size:
            return f"has {size} bytes, {written.size} were written"
        if fingerprint(path) != written:
            return "has changed since it was written"
    except OSError as error:
        return f"can't be read ({_reason(error.errno)})"
    return None


def remove_tree(folder: Path) -> None:
    """Delete a folder as far as the file system lets us; what stays is tried again by whoever cleans up next."""
    shutil.rmtree(folder, ignore_errors=True)


def open_plain(path: Path) -> BinaryIO:
    """A regular file, open to be read; raises LabError for a link, a pipe or a device, OSError where it can't be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LabError(f"{path} is a symbolic link; a plain file is expected.") from None
        if error.errno == errno.ENXIO:
            raise LabError(f"{path} is not a plain file.") from None
        raise
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise LabError(f"{path} is not a plain file.")


def read_file(path: Path, *, limit: int = LARGEST) -> bytes:
    """The bytes of a regular file, as :func:`open_plain` opens it; raises LabError for more than ``limit`` of them."""
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise LabError(f"{path} has {size:,} bytes; at most {limit:,} are read.")
        return file.read(limit)


def read_given(path: Path, *, limit: int = LARGEST) -> bytes:
    """The bytes of a file that a user named, through links; raises LabError in one line for whatever can't be read."""
    try:
        return read_file(Path(os.path.realpath(path)), limit=limit)
    except (OSError, ValueError) as error:
        raise LabError(f"{path} can't be read: {(getattr(error, 'strerror', None) or str(error)).lower()}.") from None


def encode_json(value: Any, *, indent: int = 0) -> bytes:
    """JSON of records and plain values. NaN and the infinities, which JSON lacks, become ``{"__float__": "nan"}`` and so on."""
    data = msgspec.json.encode(_written(msgspec.to_builtins(value)))
    return msgspec.json.format(data, indent=indent) + b"\n" if indent else data


def decode_json(data: bytes | str) -> Any:
    """What :func:`encode_json` was given, as plain values; raises msgspec.DecodeError."""
    try:
        plain = msgspec.json.decode(data)
        marked = _FLOAT in data if isinstance(data, str) else _FLOAT.encode() in data
        return _read(plain) if marked else plain
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None


def decode_record(data: bytes) -> Any:
    """Like :func:`decode_json`, for files that may come from elsewhere and whose texts are printed on terminals.

    Control characters become visible escapes.
    """
    plain = decode_json(data)
    # JSON holds no bare control character but DEL, so that text without escapes needs no look at each of its parts
    return plain if data.isascii() and b"\\" not in data and b"\x7f" not in data else _shown(plain)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else printable(value)
    if isinstance(value, dict):
        return {_shown(key): _shown(item) for key, item in cast(dict[Any, Any], value).items()}
    return [_shown(item) for item in cast(list[Any], value)] if isinstance(value, list) else value


def _written(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_FLOAT: str(value)}
    if isinstance(value, dict):
        return {key: _written(item) for key, item in cast(dict[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in cast(list[Any], value)]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        plain = cast(dict[Any, Any], value)
        if plain.keys() == {_FLOAT} and isinstance(plain[_FLOAT], str) and plain[_FLOAT] in _NOT_FINITE:
            return _NOT_FINITE[plain[_FLOAT]]
        return {key: _read(item) for key, item in plain.items()}
    if isinstance(value, list):
        return [_read(item) for item in cast(list[Any], value)]
    return value
