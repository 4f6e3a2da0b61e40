"""Whatever a command raises that is no LabError, as one line that names who failed; the traceback goes into a file."""

import errno
import os
import sys
import threading
import traceback
from types import TracebackType

from lab_core.errors import LabError, UsageError


def explained(error: BaseException) -> LabError:
    """The error for the user: which plugin failed, or that the lab itself did."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return UsageError(f"{str(error.filename)[:60]!r}... is too long to be the name of a file, and is nothing that is known.")
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return UsageError("A zero byte can't be part of a name.")
    what = " ".join(f"{type(error).__name__}: {error}".split())[:500].rstrip(".")
    plugin = culprit(error)
    who = "lab itself failed" if plugin is None else f"Plugin {plugin!r} failed"
    return LabError(f"{who}: {what}.", _kept(error))


def culprit(error: BaseException) -> str | None:
    """The plugin whose code an exception came through, the innermost one; None where there was none."""
    from lab_core.registry.discovery import installed

    plugins = {one.value.partition(":")[0].partition(".")[0]: one.name for one in installed()}
    modules = [_package(frame) for frame in _frames(error.__traceback__)]
    return next((plugins[name] for name in reversed(modules) if name in plugins), None)


def _frames(trace: TracebackType | None) -> list[TracebackType]:
    frames: list[TracebackType] = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    return frames


def _package(frame: TracebackType) -> str:
    return str(frame.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _kept(error: BaseException) -> str | None:
    from lab_app.packages.probation import state_folder

    folder = state_folder()
    try:
        if folder is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "error.txt"
        path.write_text("".join(traceback.format_exception(error)), errors="backslashreplace")
    except OSError:
        return None
    return f"The traceback is in {path}."


def leave(code: int) -> None:
    """End the process now where a thread that a plugin started while it was loaded would keep it from ending."""
    discovery = sys.modules.get("lab_core.registry.discovery")
    threads: list[threading.Thread] = getattr(discovery, "threads", [])
    if any(one.is_alive() for one in threads):
        import atexit

        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                continue
        os._exit(code)
