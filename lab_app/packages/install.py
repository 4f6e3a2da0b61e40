"""Putting plugins into this environment and taking them out, through uv or pip, so that nothing of ours moves."""

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from lab_app.packages import probation
from lab_app.packages.installed import Package, Record, constraints, forget, lost, overrides, packages, remember
from lab_app.packages.rollback import Kept, keep
from lab_core.errors import LabError, UsageError, unknown, word
from lab_core.files import read_file
from lab_core.registry.discovery import GROUP, OURS, Found, PluginStatus, installed, normalised

Say = Callable[[str], None]
_NO_NETWORK = re.compile(
    r"dns error|client error \(connect\)|network is unreachable|failed to establish a new connection|connection refused"
    r"|name or service not known|temporary failure in name resolution|error sending request|network was disabled"
    r"|could not connect|timed out",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"(\S+) was not found in the (?:package registry|provided package locations|cache)|No matching distribution found for (\S+)"
)
_ERROR = re.compile(r"\s*(error|cause|ERROR|Caused by):\s+(.+)")
_NOISE = re.compile(r"Requirement already satisfied|Looking in (?:indexes|links)|Using Python")
_GET_UV = "Get uv: https://docs.astral.sh/uv/"


class Spec(msgspec.Struct, frozen=True):
    """What a user wants installed: ``text`` for the installer, the distribution's name where it is known beforehand."""

    text: str
    distribution: str | None
    folder: bool = False


class Installed(msgspec.Struct, frozen=True):
    """What an install brought: the plugin's distribution, its plugins as a fresh process sees them, other packages."""

    distribution: str
    plugins: tuple[PluginStatus, ...]
    others: tuple[str, ...]


def parse_spec(text: str) -> Spec:
    """A folder, a wheel or source archive, a URL, or a name as package indexes know it; raises UsageError."""
    path = Path(text).expanduser()
    as_path = _looks_like_path(text)
    if path.is_dir() and text and (as_path or (path / "pyproject.toml").is_file()):
        return Spec(str(path.resolve()), _project_name(path), folder=True)
    if path.is_file():
        return Spec(str(path.resolve()), _archive_name(path))
    if " @ " not in text:
        if "://" in text:
            return Spec(text, None)
        if as_path or text.endswith((".whl", ".tar.gz", ".zip")):
            raise UsageError(f"There is no file or folder {text!r}.", "Give a package's folder, a wheel, or a name.")
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise UsageError(
            f"{text!r} is not a package.", "Give a package's folder, a wheel, or a name such as some-plugin."
        ) from None
    return Spec(text, normalised(requirement.name))


def _looks_like_path(text: str) -> bool:
    return text.startswith((".", "/", "~")) or os.sep in text


def install(text: str, *, editable: bool = False, say: Say = lambda line: None) -> Installed:
    """Install a plugin's package and remember it; raises LabError, with everything as it was, when that isn't possible."""
    spec = parse_spec(text)
    if editable and not spec.folder:
        raise UsageError(f"--editable needs a folder; {text!r} is none.")
    if spec.distribution in OURS:
        raise UsageError(f"{spec.distribution} is part of lab itself.", "uv sync --inexact puts it in.")
    before = packages()
    plugins = {one.distribution for one in installed()}
    if spec.distribution in before and spec.distribution not in plugins:
        raise UsageError(
            f"{spec.distribution} {before[spec.distribution].version} is installed, and it is not a plugin: it is not replaced.",
            "If this package is a plugin, give its project another name.",
        )
    with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryDirectory() as aside:
        kept = keep(spec.distribution, Path(aside)) if spec.distribution in before else None
        _run(_install_command(spec, editable, before, Path(temporary)), text, say)
        after = packages()
        changed = {name for name, one in after.items() if before.get(name) != one}
        moved = sorted(name for name in changed if name in before and name != spec.distribution and name not in plugins)
        points = [point for point in installed() if point.distribution in {spec.distribution, *changed}]
        distribution = spec.distribution or next((point.distribution for point in points), None)
        try:
            if moved:
                raise LabError(f"{text} replaces what is installed: {', '.join(moved)}.")
            if not points or distribution is None:
                raise LabError(f"{text} is not a plugin: it has no entry point in the group {GROUP!r}.")
            statuses = _checked(points, editable=editable)
        except LabError as error:
            what = _restore(before, changed, spec.distribution, kept, say)
            raise LabError(f"{error.message.removesuffix('.')}. {what}", error.hint) from None
    try:
        remember(Record(distribution, spec.text, editable))
    except LabError as error:  # the plugin is in all the same
        say(f"lab doctor won't know of it: {error.message}")
    mine = {point.distribution for point in points}
    return Installed(distribution, statuses, tuple(sorted(changed - set(before) - mine)))


def _checked(points: Sequence[Found], *, editable: bool) -> tuple[PluginStatus, ...]:
    """How the new plugins load, each in a process of its own first; raises LabError where nothing of one comes through.

    Where it is ``editable``, one that loads and brings nothing stays: its author is about to change it.
    """
    for point in points:
        why = probation.try_again(point.owner)
        if why is not None:
            probation.forget(point.distribution)
            raise LabError(f"Plugin {point.name} {why.removesuffix('; it is left out')}.")
    mine = {point.distribution for point in points}
    statuses = tuple(status for status in fresh_statuses() if status.distribution in mine)
    for status in statuses:
        if not editable and not status.ok and not (status.tasks or status.benchmarks or status.data_sets):
            raise LabError(f"Plugin {status.name} brings nothing: {status.reasons[0]}.")
    return statuses


def _restore(before: dict[str, Package], changed: set[str], tried: str | None, kept: Kept | None, say: Say) -> str:
    """Take out what came and put back what was replaced, from its files where they were kept, else from where it had come.

    ``changed`` doesn't tell of the distribution that was ``tried`` where its files changed under the same version. Says what was
    done.
    """
    replaced = tried if tried in before and kept is not None else None
    _uninstall([name for name in sorted(changed) if name not in before])
    uv = find_uv()
    for one in (before[name] for name in sorted(changed) if name in before and name != replaced):
        command = [uv, "pip", "install", "--python", sys.executable] if uv else [*_pip(), "install"]
        command += ["--no-deps", *(["--reinstall-package", one.name] if uv else ["--force-reinstall"]), *one.source()]
        try:
            _run(command, f"{one.name} {one.version}", lambda line: None)
        except LabError as error:
            say(f"{one.name} {one.version} could not be put back: {error.message}")
    if replaced is not None and kept is not None:
        _uninstall([replaced])
        kept.put_back()
    importlib.invalidate_caches()
    return (
        "It was taken out again." if replaced is None else f"{replaced} {before[replaced].version}, which it replaced, is back."
    )


def uninstall(name: str) -> Found:
    """Take a plugin out by its own or its distribution's name, or forget one that is gone already.

    Raises UsageError for ours and for what is no plugin.
    """
    every = installed()
    found = next((one for one in every if name == one.name or normalised(name) in (one.distribution, normalised(one.name))), None)
    if normalised(name) in OURS or (found is not None and found.distribution in OURS):
        raise UsageError(f"{name} is part of lab itself and stays.", "LAB_PLUGINS_DISABLED=NAME switches a plugin off.")
    if found is None and normalised(name) in [one.distribution for one in lost()]:
        forget(normalised(name))
        return Found(name, "", normalised(name), "")
    if found is None:
        raise unknown("plugin to uninstall", name, [one.name for one in every if one.distribution not in OURS])
    _uninstall([found.distribution])
    forget(found.distribution)
    probation.forget(found.distribution)
    return found


def plugin_names(text: str) -> list[str]:
    """The installed plugins that a name or the folder of a package stands for; raises UsageError with the nearest."""
    every = installed()
    path = Path(text).expanduser()
    if path.is_dir() and text and (_looks_like_path(text) or (path / "pyproject.toml").is_file()):
        distribution = _project_name(path)
        names = [one.name for one in every if one.distribution == distribution]
        if not names:
            raise UsageError(f"{text} is not installed.", f"lab plugins install --editable {word(text)}")
        return names
    names = [one.name for one in every if text == one.name] or [one.name for one in every if normalised(text) == one.distribution]
    if not names:
        raise unknown("plugin", text, [one.name for one in every])
    return names


def fresh_statuses() -> list[PluginStatus]:
    """How plugins load in a new process; raises LabError when that process fails."""
    code = (
        "import sys, msgspec; from lab_app.packages.probation import Watch; from lab_core import guard; guard.use(Watch()); "
        "from lab_core.registry.discovery import discover; "
        "sys.stdout.buffer.write(msgspec.json.encode(discover()[1]))"
    )
    try:
        done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise LabError("Loading the plugins does not end.") from None
    try:
        return msgspec.json.decode(done.stdout, type=list[PluginStatus])
    except msgspec.DecodeError:
        text = done.stderr.decode(errors="replace").strip().splitlines()
        raise LabError(
            f"Loading the plugins ended the process: {text[-1] if text else f'exit code {done.returncode}'}."
        ) from None


def find_uv() -> str | None:
    """The uv that runs this process, else the one on PATH."""
    return os.environ.get("UV") or shutil.which("uv")


def _install_command(spec: Spec, editable: bool, before: dict[str, Package], folder: Path) -> list[str]:
    hold, force = folder / "constraints.txt", folder / "overrides.txt"
    hold.write_text(constraints(before.values(), free=spec.distribution))
    force.write_text(overrides(before))
    target = ["--editable", spec.text] if editable else [spec.text]
    uv = find_uv()
    if uv is None:
        return [*_pip(), "install", "--constraint", str(hold), *target]
    command = [uv, "pip", "install", "--python", sys.executable, "--constraints", str(hold)]
    command += ["--overrides", str(force)] if force.read_text() else []
    # A folder may have changed under the same version. Its [tool.uv.sources] must not replace what is installed here.
    command += ["--reinstall-package", spec.distribution] if spec.folder and spec.distribution else []
    for name in before:
        command += ["--no-sources-package", name] if name != spec.distribution else []
    return [*command, *target]


def _uninstall(names: Sequence[str]) -> None:
    if not names:
        return
    uv = find_uv()
    command = [uv, "pip", "uninstall", "--python", sys.executable] if uv else [*_pip(), "uninstall", "--yes"]
    _run([*command, *names], " ".join(names), lambda line: None)
    importlib.invalidate_caches()


def _pip() -> list[str]:
    if find_spec("pip") is None:
        raise LabError("Neither uv nor pip is here to install with.", _GET_UV)
    return [sys.executable, "-m", "pip"]


def _run(command: Sequence[str], what: str, say: Say) -> None:
    """Run the installer, passing its progress on; raises LabError with one line of why it failed."""
    lines: list[str] = []
    failing = False
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                failing = failing or _ERROR.match(line) is not None
                if not failing and not _NOISE.match(line):
                    say(line.rstrip())
    except OSError as error:
        raise LabError(
            f"{command[0]} does not start: {error.strerror or error}.", "Get uv: https://docs.astral.sh/uv/"
        ) from error
    if process.returncode != 0:
        raise _failure(what, lines)


def _failure(what: str, lines: Sequence[str]) -> LabError:
    text = " ".join(line.strip() for line in lines)
    nothing = "Nothing was changed."
    if _NO_NETWORK.search(text):
        return LabError(f"{what} can't be installed: the package index can't be reached.", f"{nothing} Try a folder or a wheel.")
    missing = _NOT_FOUND.search(text)
    if missing:
        return LabError(f"{what} can't be installed: the package index has no {missing[1] or missing[2]}.", nothing)
    return LabError(f"{what} can't be installed: {_reason(lines)}.", nothing)


def _reason(lines: Sequence[str]) -> str:
    """The installer's own reason: uv's innermost cause, pip's first error, else the last line."""
    causes: list[str] = []
    errors: list[str] = []
    for line in lines:
        found = _ERROR.match(line)
        if found:
            (errors if found[1] == "ERROR" else causes).append(found[2])
    plain = [line for line in lines if line.strip()]
    chosen = errors[0] if errors else (causes or plain or ["the installer failed"])[-1]
    return " ".join(chosen.split())[:400].rstrip(".")


def _project_name(folder: Path) -> str:
    path = folder / "pyproject.toml"
    try:
        return normalised(tomllib.loads(read_file(path, limit=1 << 20).decode())["project"]["name"])
    except FileNotFoundError:
        raise UsageError(f"{folder} is not a package: it has no pyproject.toml.", "lab plugins new NAME writes one.") from None
    except (KeyError, TypeError, AttributeError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} names no project: {error}.") from None


def _archive_name(path: Path) -> str:
    try:
        parsed = parse_wheel_filename(path.name) if path.suffix == ".whl" else parse_sdist_filename(path.name)
    except (InvalidWheelFilename, InvalidSdistFilename):
        raise UsageError(f"{path} is not a wheel or source archive of a package.") from None
    return normalised(parsed[0])
