"""Plugins that end or hang the process which loads them.

Nothing in a process can hold back ``os._exit`` or a crash in compiled code. So while a plugin that isn't ours is loaded, a small
file names it; a process that ends meanwhile leaves the file, and the next one tries that plugin in a process of its own first.
What doesn't come through there is left out, until its version changes, a day has passed, or ``lab doctor`` tries it again.

    $XDG_STATE_HOME/lab/loading/process-PID.json             what a process is loading
    $XDG_STATE_HOME/lab/loading/verdict-DISTRIBUTION.json    what was found out about it
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

MOST_SECONDS = 20.0  # a plugin that takes longer to load is left out
PROBE_VARIABLE = "LAB_PLUGIN_PROBE"  # set in the process that tries one plugin
_KEPT_SECONDS = 86400.0
_PROCESS, _VERDICT = "process-", "verdict-"
_PROBE = """
import os, sys
from lab_core.registry.discovery import installed, load_one
found = [one for one in installed() if one.name == sys.argv[1]]
load_one(found[0])
sys.stdout.write("loaded")
sys.stdout.flush()
os._exit(0)
"""


class _Marker(msgspec.Struct):
    """``verdict`` is "" while the plugin is being loaded, then why it is left out."""

    name: str
    distribution: str
    version: str
    verdict: str = ""


class TooLong(BaseException):
    """Raised in the main thread when a plugin takes too long. Not an Exception, so that few handlers swallow it."""


def state_folder() -> Path | None:
    """Where the lab keeps what it must remember between commands; None where there is no home folder."""
    chosen = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(chosen) if chosen else Path.home() / ".local/state") / "lab"
    except RuntimeError:
        return None


def suspicion(name: str, distribution: str, version: str) -> str | None:
    """Why a plugin must not be loaded here, one line; None where nothing is known against it.

    Tries the plugin in another process where an earlier one ended while loading it.
    """
    folder = _folder()
    if os.environ.get(PROBE_VARIABLE) or folder is None or not folder.is_dir():
        return None
    path = folder / f"{_VERDICT}{distribution}.json"
    known = _read(path)
    if known is not None and known.version == version and _age(path) < _KEPT_SECONDS:
        return known.verdict
    return try_again(name, distribution, version) if any(_accuses(path, distribution) for path in _markers()) else None


def try_again(name: str, distribution: str, version: str) -> str | None:
    """Load a plugin in a process of its own, and remember what happened; one line, None where it comes through."""
    verdict = _tried(name)
    forget(distribution)
    folder = _folder()
    if verdict is not None and folder is not None:
        _write(folder / f"{_VERDICT}{distribution}.json", _Marker(name, distribution, version, verdict))
    return verdict


def forget(distribution: str) -> None:
    """Forget what is known about a plugin: it was installed again, or taken out."""
    for path in _markers():
        marker = _read(path)
        if marker is not None and marker.distribution == distribution:
            with suppress(OSError):
                path.unlink()


@contextmanager
def watched(name: str, distribution: str, version: str) -> Generator[None]:
    """While open, the plugin is named in a file; raises TooLong in the main thread after ``MOST_SECONDS``."""
    folder = None if os.environ.get(PROBE_VARIABLE) else _folder()
    path = folder / f"{_PROCESS}{os.getpid()}.json" if folder else None
    if path is not None:
        _write(path, _Marker(name, distribution, version))
    try:
        with _limited(MOST_SECONDS):
            yield
    finally:
        if path is not None:
            with suppress(OSError):
                path.unlink()


@contextmanager
def _limited(seconds: float) -> Generator[None]:
    usable = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    if not usable or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise TooLong

    earlier = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again and again, in case the plugin swallows it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def _tried(name: str) -> str | None:
    """What happens to a process that loads a plugin and nothing else: None where it comes through."""
    import subprocess

    environment = {**os.environ, PROBE_VARIABLE: "1"}
    command = [sys.executable, "-P", "-c", _PROBE, name]
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    try:
        done = subprocess.run(command, env=environment, stdin=null, stdout=pipe, stderr=null, timeout=2 * MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return f"had not been loaded after {2 * MOST_SECONDS:g} s; it is left out"
    except OSError:
        return None
    if done.stdout.endswith(b"loaded"):
        return None
    how = f"with exit code {done.returncode}" if done.returncode >= 0 else f"by signal {-done.returncode}"
    return f"ends the process that loads it ({how}); it is left out"


def _markers() -> list[Path]:
    folder = _folder()
    return list(folder.glob("*-*.json")) if folder is not None and folder.is_dir() else []


def _accuses(path: Path, distribution: str) -> bool:
    """Whether a file says that a process was loading this plugin, and that has ended or been at it for too long."""
    marker, pid = _read(path), path.stem.removeprefix(_PROCESS)
    if marker is None or marker.distribution != distribution or not pid.isdigit():
        return False
    return not _alive(int(pid)) or _age(path) > 2 * MOST_SECONDS


def _alive(pid: int) -> bool:
    if pid == os.getpid():  # of an earlier process that had our number
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _folder() -> Path | None:
    state = state_folder()
    return state / "loading" if state is not None else None


def _read(path: Path) -> _Marker | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Marker)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _write(path: Path, marker: _Marker) -> None:
    with suppress(OSError):  # without a place to remember, plugins are loaded as they are
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(marker))
