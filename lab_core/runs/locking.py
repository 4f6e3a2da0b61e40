"""A lock between processes that dies with its holder."""

import errno
import os
import stat
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab_core.errors import LabError
from lab_core.files import disk_errors

_TRIES = 5


class FileLock:
    """An advisory lock on a file (``flock``) with the holder's process id inside. The file itself stays.

    The operating system releases it when the holder ends, by SIGKILL too, so there is no stale lock to clear.
    """

    def __init__(self, path: Path, *, what: str) -> None:
        self._path = path
        self._what = what

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock; raises LabError naming the process that has it, also when that is this one."""
        import fcntl

        with disk_errors(f"The lock of {self._what}", self._path.parent):
            descriptor = _opened(self._path, os.O_RDWR | os.O_CREAT)
        held = _Descriptor(descriptor)
        try:
            with disk_errors(f"The lock of {self._what}", self._path.parent):
                for left in reversed(range(_TRIES)):  # a process that only looks who holds it has it for an instant
                    try:
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if not left:
                            raise LabError(
                                f"{self._what} is in use by process {_pid(descriptor) or 'unknown'}.",
                                "Wait until it has ended, or stop it.",
                            ) from None
                        time.sleep(0.02)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            held.close()

    def owner(self) -> int | None:
        """The process that holds the lock now; None if nobody does."""
        import fcntl

        try:
            descriptor = _opened(self._path, os.O_RDONLY)
        except (OSError, LabError):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid(descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return None


def _opened(path: Path, flags: int) -> int:
    """A descriptor of a regular file, never through a link; raises LabError for anything else: it would be truncated."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise LabError(f"{path} is not a plain file.", "Delete it.") from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LabError(f"{path} is not a plain file.", "Delete it.")
    return descriptor


class _Descriptor:
    """An open lock. A forked child closes its copy, or a worker that outlives its parent would go on holding the lock."""

    def __init__(self, number: int) -> None:
        self.number: int | None = number
        _open.add(self)

    def close(self) -> None:
        if self.number is not None:
            os.close(self.number)
            self.number = None


_open: "weakref.WeakSet[_Descriptor]" = weakref.WeakSet()


def _close_in_child() -> None:
    for descriptor in list(_open):
        descriptor.close()


os.register_at_fork(after_in_child=_close_in_child)


def _pid(descriptor: int) -> int | None:
    with suppress(OSError, ValueError):
        return int(os.pread(descriptor, 32, 0).decode(errors="replace"))
    return None
