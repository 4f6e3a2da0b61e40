"""Plugins that end or hang the process which loads them.

Nothing in a process can hold back ``os._exit`` or a crash in compiled code. So while a plugin that isn't ours is loaded, a small
file names it; a process that ends meanwhile leaves the file, and the next one tries that plugin in a process of its own first.
What doesn't come through there is left out, until its version changes, a day has passed, or ``lab doctor`` tries it again.

The same holds for each module that a plugin's records name, which is imported when a task is used. Such a
module is tried when it is needed again, and costs the plugin nothing but the tasks that need it.

    $XDG_STATE_HOME/lab/loading/process-PID.json                    what a process is loading
    $XDG_STATE_HOME/lab/loading/verdict-DISTRIBUTION.json           what was found out about it
    $XDG_STATE_HOME/lab/loading/verdict-DISTRIBUTION+MODULE.json    the same of one module
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from lab_core.errors import LabError
from lab_core.guard import Guard, Owner, TooLong

MOST_SECONDS = 20.0  # a plugin that takes longer to load is left out
MODULE_SECONDS = 120.0  # the same of a module that a task needs: it may import a learning library
PROBE_VARIABLE = "LAB_PLUGIN_PROBE"  # set in the process that tries one plugin
_KEPT_SECONDS = 86400.0
_PROCESS, _VERDICT = "process-", "verdict-"
_PROBE = """
import contextlib, importlib, os, sys
from lab_core.registry.discovery import installed, load_one
found = [one for one in installed() if one.name == sys.argv[1]]
load_one(found[0])
with contextlib.suppress(BaseException):
    importlib.import_module(sys.argv[2]) if sys.argv[2] else None
sys.stdout.write("loaded")
sys.stdout.flush()
os._exit(0)
"""


class _Marker(msgspec.Struct):
    """``verdict`` is "" while the plugin, or ``module`` of it, is being loaded, then why it is left out."""

    name: str
    distribution: str
    version: str
    module: str = ""
    verdict: str = ""


def state_folder() -> Path | None:
    """Where the lab keeps what it must remember between commands; None where there is no home folder."""
    chosen = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(chosen) if chosen else Path.home() / ".local/state") / "lab"
    except RuntimeError:
        return None


def try_again(owner: Owner) -> str | None:
    """Load a plugin in a process of its own, then each of its modules that stand accused, and remember what happened.

    One line about the plugin; None where it comes through.
    """
    accused = _accused_modules(owner.distribution)
    forget(owner.distribution)
    verdict = _judged(owner, "")
    if verdict is None:
        for module in accused:
            _judged(owner, module)
    return verdict


def forget(distribution: str, module: str | None = None) -> None:
    """Forget what is known about a plugin, or about one module of it: it was installed again, or taken out."""
    for path in _markers():
        marker = _read(path)
        if marker is not None and marker.distribution == distribution and module in (None, marker.module):
            with suppress(OSError):
                path.unlink()


class Watch(Guard):
    """The guard that remembers what a process was loading when it ended, and tries that again in another."""

    def __init__(self) -> None:
        self._owners: dict[str, Owner] = {}  # of each module that a record names

    def refusal(self, owner: Owner) -> str | None:
        folder = _folder()
        if os.environ.get(PROBE_VARIABLE) or folder is None or not folder.is_dir():
            return None
        return _known(owner, "")

    def loading(self, owner: Owner) -> AbstractContextManager[None]:
        return _watched(owner, "", MOST_SECONDS)

    def loaded(self, owner: Owner, modules: frozenset[str]) -> list[str]:
        self._owners.update(dict.fromkeys(modules, owner))
        lines: list[str] = []
        for module in _accused_modules(owner.distribution):
            path = _verdict_path(owner.distribution, module)
            known = _read(path) if path is not None else None
            what = known.verdict if known is not None else "was being imported by a process that ended meanwhile"
            lines.append(f"its module {module!r} {what}; tasks that need it may fail; lab doctor tries it again")
        return lines

    @contextmanager
    def importing(self, module: str) -> Generator[None]:
        owner = self._owners.get(module)
        folder = _folder()
        if owner is None or folder is None or os.environ.get(PROBE_VARIABLE):
            yield
            return
        who = f"Plugin {owner.name!r}: importing its module {module!r}"
        if folder.is_dir() and (why := _known(owner, module)):
            raise LabError(f"{who} {why}.", "After fixing that: lab doctor")
        try:
            with _watched(owner, module, MODULE_SECONDS):
                yield
        except TooLong as error:
            raise LabError(f"{who} takes more than {error}.", "Its author can fix that.") from None
        except KeyboardInterrupt:
            print(f"interrupted: {who}", file=sys.stderr)
            raise


def _known(owner: Owner, module: str) -> str | None:
    """The verdict on a plugin or on a module of it; found now where a process that has ended was loading it."""
    path = _verdict_path(owner.distribution, module)
    known = _read(path) if path is not None else None
    if path is not None and known is not None and known.version == owner.version and _age(path) < _KEPT_SECONDS:
        return known.verdict
    if any(_accuses(path, owner.distribution, module) for path in _markers()):
        forget(owner.distribution, module)
        return _judged(owner, module)
    return None


def _judged(owner: Owner, module: str) -> str | None:
    verdict, path = _tried(owner.name, module), _verdict_path(owner.distribution, module)
    if verdict is not None and path is not None:
        _write(path, _Marker(*owner, module, verdict))
    return verdict


def _verdict_path(distribution: str, module: str) -> Path | None:
    folder, part = _folder(), f"+{sha256(module.encode()).hexdigest()[:12]}" if module else ""
    return folder / f"{_VERDICT}{distribution}{part}.json" if folder is not None else None


def _accused_modules(distribution: str) -> list[str]:
    found = [_read(path) for path in _markers() if path.stem.startswith(_VERDICT) or _of_the_past(path)]
    return sorted({marker.module for marker in found if marker and marker.module and marker.distribution == distribution})


@contextmanager
def _watched(owner: Owner, module: str, most: float) -> Generator[None]:
    """While open, the plugin is named in a file; raises TooLong in the main thread when it takes too long."""
    folder = None if os.environ.get(PROBE_VARIABLE) else _folder()
    path = folder / f"{_PROCESS}{os.getpid()}.json" if folder else None
    if path is not None:
        _write(path, _Marker(*owner, module))
    try:
        with _limited(most):
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
        raise TooLong(f"{seconds:g} s")

    earlier = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again and again, in case the plugin swallows it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def _tried(name: str, module: str) -> str | None:
    """What happens to a process that loads a plugin, then a module of it, and nothing else: None where it comes through."""
    import subprocess

    environment = {**os.environ, PROBE_VARIABLE: "1"}
    command = [sys.executable, "-P", "-c", _PROBE, name, module]
    limit = MODULE_SECONDS if module else 2 * MOST_SECONDS
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    try:
        done = subprocess.run(command, env=environment, stdin=null, stdout=pipe, stderr=null, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"had not been loaded after {limit:g} s; it is left out"
    except OSError:
        return None
    if done.stdout.endswith(b"loaded"):
        return None
    how = f"with exit code {done.returncode}" if done.returncode >= 0 else f"by signal {-done.returncode}"
    return f"ends the process that loads it ({how}); it is left out"


def _markers() -> list[Path]:
    folder = _folder()
    return list(folder.glob("*-*.json")) if folder is not None and folder.is_dir() else []


def _accuses(path: Path, distribution: str, module: str) -> bool:
    """Whether a file says that a process was loading this, and that has ended or been at it for too long."""
    marker = _read(path)
    return marker is not None and (marker.distribution, marker.module) == (distribution, module) and _of_the_past(path)


def _of_the_past(path: Path) -> bool:
    """Whether a file is of a process that has ended, or been at it for too long."""
    pid = path.stem.removeprefix(_PROCESS)
    return pid.isdigit() and (not _alive(int(pid)) or _age(path) > 2 * MODULE_SECONDS)


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
