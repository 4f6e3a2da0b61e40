"""What ``lab doctor`` looks at: one line a finding, each ok, warn or fail, with what to do about it."""

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec
from packaging.requirements import Requirement

from lab_app.display.window import has_screen
from lab_app.packages import install, installed
from lab_core.errors import LabError
from lab_core.machine import devices
from lab_core.registry.discovery import OURS, PluginStatus

Status = Literal["ok", "warn", "fail"]
_PYTHONS = ((3, 11), (3, 13))
_LIBRARIES = ("numpy", "tensorflow", "tf-agents", "keras", "gymnasium", "ale-py", "numba", "tensorboard")
_LITTLE_DISK, _NO_DISK = 5e9, 0.5e9
_LITTLE_MEMORY = 2e9


class Line(msgspec.Struct, frozen=True):
    """One finding: what was looked at, how it is, and what to do where it isn't well."""

    status: Status
    name: str
    text: str
    advice: str = ""


def examine(plugins: Sequence[PluginStatus], runs_dir: Path) -> list[Line]:
    """Every finding, in the order in which a user would put things right."""
    return [
        _python(),
        _uv(),
        *_libraries(),
        *_requirements([*OURS, *(status.distribution for status in plugins)]),
        *_plugins(plugins),
        *_lost(),
        *_devices(),
        _memory(),
        *_display(),
        _video(),
        _runs_folder(runs_dir),
        _disk(runs_dir),
    ]


def _python() -> Line:
    low, high = _PYTHONS
    version = platform.python_version()
    if low <= sys.version_info[:2] <= high:
        return Line("ok", "Python", f"{version} at {sys.prefix}")
    text = f"{version}; expected {low[0]}.{low[1]} to {high[0]}.{high[1]}"
    return Line("fail", "Python", text, f"uv python pin {high[0]}.{high[1]}, then uv sync")


def _uv() -> Line:
    found = install.find_uv()
    if found is None:
        return Line("warn", "uv", "not found; plugins are installed through pip", "pip install uv")
    try:
        done = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Line("warn", "uv", f"{found} does not run: {error}", "pip install uv")
    return Line("ok", "uv", done.stdout.strip().removeprefix("uv "))


def _libraries() -> Iterator[Line]:
    versions = {name: version for name in _LIBRARIES if (version := _version(name)) is not None}
    yield Line("ok", "libraries", ", ".join(f"{name} {version}" for name, version in versions.items()) or "none")


def _requirements(distributions: Iterable[str]) -> Iterator[Line]:
    """What ours and the plugins declare to need, against what is installed."""
    for name in dict.fromkeys(distributions):
        for requirement in installed.needed(_requires(name)):
            version = _version(requirement.name)
            if version is None:
                yield Line("fail", name, f"needs {requirement.name}, which is not installed", _repair(name, requirement))
            elif not requirement.specifier.contains(version, prereleases=True):
                text = f"needs {requirement.name}{requirement.specifier}; {version} is installed"
                yield Line("warn", name, text, _repair(name, requirement))


def _repair(name: str, requirement: Requirement) -> str:
    return "uv sync --inexact" if name in OURS else f"uv pip install '{requirement.name}{requirement.specifier}'"


def _plugins(plugins: Sequence[PluginStatus]) -> Iterator[Line]:
    for status in plugins:
        label = f"{status.distribution} {status.version}: {_amount(status.tasks, 'task')}, "
        label += _amount(status.benchmarks, "benchmark")
        if not status.reasons:
            yield Line("ok", status.name, label)
        for reason in status.reasons:
            advice = "" if status.ok or status.ours else f"tell its author, or: lab plugins uninstall {status.name}"
            yield Line("warn" if status.ok else "fail", status.name, reason, advice)


def _amount(ids: Sequence[str], word: str) -> str:
    return f"{len(ids)} {word}{'' if len(ids) == 1 else 's'}"


def _lost() -> Iterator[Line]:
    for record in installed.lost():
        text = f"was installed from {record.spec} and is gone (uv sync removes what the project doesn't list)"
        yield Line("warn", record.distribution, text, record.command())


def _devices() -> Iterator[Line]:
    try:
        found = devices.detect()
    except LabError as error:
        yield Line("warn", "devices", error.message, error.hint or "")
        return
    for one in found:
        details = [f"{one.threads} threads"] if one.threads else [f"{one.memory / 1e9:.0f} GB, driver {one.driver}"]
        details += ["built for bfloat16"] if one.bfloat16 else []
        yield Line("ok", one.id, f"{one.name}, {', '.join(details)}")
    if len(found) > 1 and not devices.cuda_libraries():
        yield Line("warn", "CUDA", "there is a GPU, but CUDA's libraries are not installed", "uv sync --inexact --extra gpu")


def _memory() -> Line:
    free = devices.available_memory()
    if free is None:
        return Line("ok", "memory", "unknown on this system")
    if free < _LITTLE_MEMORY:
        return Line("warn", "memory", f"{free / 1e9:.1f} GB free", "close other programs, or choose smaller presets")
    return Line("ok", "memory", f"{free / 1e9:.1f} GB free")


def _display() -> Iterator[Line]:
    screen = has_screen()
    if screen and find_spec("pygame") is None:
        yield Line("warn", "window", "there is a screen, but pygame is not installed", "uv pip install 'lab-runner[display]'")
    else:
        yield Line("ok", "window", "there is a screen" if screen else "no screen; --display uses the terminal or a page")
    terminal = sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    yield Line("ok", "terminal", "shows pictures" if terminal else "not one; --display uses a window or a page")
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
        yield Line("ok", "page", "on the loopback address")
    except OSError as error:
        yield Line("warn", "page", f"no port can be opened on 127.0.0.1: {error.strerror or error}", "check the firewall")


def _video() -> Line:
    if find_spec("imageio_ffmpeg") is not None:
        try:
            import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs]

            return Line("ok", "video", f"ffmpeg {imageio_ffmpeg.get_ffmpeg_version()}")
        except Exception as error:  # its own binary is missing or doesn't run here
            return Line("warn", "video", f"imageio-ffmpeg has no ffmpeg that runs: {error}", "install ffmpeg")
    return Line("warn", "video", "imageio-ffmpeg is not installed; no video files", "uv pip install 'lab-runner[display]'")


def _runs_folder(runs_dir: Path) -> Line:
    existing = _existing(runs_dir)
    if not existing.is_dir():
        return Line("fail", "runs folder", f"{existing} is a file", "name another one with --runs-dir or LAB_RUNS_DIR")
    try:
        probe = existing / f".lab-doctor-{os.getpid()}"
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        text = f"{runs_dir} can't be written: {error.strerror or error}"
        return Line("fail", "runs folder", text, "name another one with --runs-dir or LAB_RUNS_DIR")
    return Line("ok", "runs folder", f"{runs_dir.absolute()}{'' if existing == runs_dir.absolute() else ' (not created yet)'}")


def _disk(runs_dir: Path) -> Line:
    free = shutil.disk_usage(_existing(runs_dir)).free
    status: Status = "fail" if free < _NO_DISK else "warn" if free < _LITTLE_DISK else "ok"
    advice = "" if status == "ok" else "remove runs (lab runs remove), or use --runs-dir on another disk"
    return Line(status, "disk", f"{free / 1e9:.1f} GB free", advice)


def _existing(path: Path) -> Path:
    """The path, or its nearest parent that exists."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
