"""What is installed in this environment, and which installs of plugins a user asked for.

The second is remembered outside the environment, because ``uv sync`` removes what the project doesn't list:

    $XDG_STATE_HOME/lab/plugins.json (~/.local/state/lab/plugins.json)     {environment: [record, ...]}
"""

import importlib
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from lab_app.packages.probation import state_folder
from lab_core.errors import LabError
from lab_core.files import disk_errors, write_atomic
from lab_core.registry.discovery import normalised


class _Folder(msgspec.Struct):
    editable: bool = False


class _Origin(msgspec.Struct):
    """What direct_url.json says (PEP 610)."""

    url: str
    dir_info: _Folder = msgspec.field(default_factory=_Folder)


class Package(msgspec.Struct, frozen=True):
    """An installed distribution; ``origin`` is its direct_url.json, empty for one from an index."""

    name: str
    version: str
    origin: str
    requires: tuple[str, ...]

    def source(self) -> list[str]:
        """What an installer is given to install the same again."""
        try:
            found = msgspec.json.decode(self.origin, type=_Origin)
        except (msgspec.DecodeError, msgspec.ValidationError):  # from an index
            return [f"{self.name}=={self.version}"]
        if not found.url.startswith("file:"):
            return [f"{self.name} @ {found.url}"]
        path = url2pathname(urlsplit(found.url).path)
        return ["--editable", path] if found.dir_info.editable else [path]


class Record(msgspec.Struct, frozen=True):
    """One install that a user asked for. ``spec`` is absolute where it is a path."""

    distribution: str
    spec: str
    editable: bool = False

    def command(self) -> str:
        """The command that installs it again."""
        return f"lab plugins install {'--editable ' if self.editable else ''}{shlex.quote(self.spec)}"


def packages() -> dict[str, Package]:
    """Every installed distribution by its normalised name."""
    importlib.invalidate_caches()
    found: dict[str, Package] = {}
    for distribution in metadata.distributions():
        with suppress(Exception):  # a folder that isn't a distribution is nobody's requirement
            name = normalised(distribution.metadata["Name"])
            origin = distribution.read_text("direct_url.json") or ""
            found.setdefault(name, Package(name, distribution.version, origin, tuple(distribution.requires or ())))
    return found


def constraints(installed: Iterable[Package], *, free: str | None) -> str:
    """Requirements that hold every installed package where it is, but the one called ``free``."""
    return "".join(f"{one.name}=={one.version}\n" for one in installed if one.name != free)


def overrides(installed: dict[str, Package]) -> str:
    """Requirements for what the environment holds against a package's own declaration.

    TF-Agents declares ancient versions that the lab overrides on purpose. Without the same here, whatever depends on it
    could never be resolved.
    """
    lines: set[str] = set()
    for one in installed.values():
        for requirement in needed(one.requires):
            name = normalised(requirement.name)
            if name not in installed:
                lines.add(f"{name}; sys_platform == 'never'")
            elif not requirement.specifier.contains(installed[name].version, prereleases=True):
                lines.add(f"{name}=={installed[name].version}")
    return "".join(f"{line}\n" for line in sorted(lines))


def needed(requires: Iterable[str]) -> Iterator[Requirement]:
    """The requirements that hold on this machine, extras left out."""
    for text in requires:
        with suppress(InvalidRequirement):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield requirement


def remember(record: Record) -> None:
    """Keep what was installed, so that its loss can be named."""
    records = [one for one in remembered() if one.distribution != record.distribution]
    _write([*records, record])


def forget(distribution: str) -> None:
    """The user took it out; its absence is no loss."""
    _write([one for one in remembered() if one.distribution != distribution])


def remembered() -> list[Record]:
    """What a user installed into this environment; empty where nothing readable is kept."""
    return _read().get(sys.prefix, [])


def lost() -> list[Record]:
    """What a user installed and is no longer there."""
    present = packages() if remembered() else {}
    return [one for one in remembered() if one.distribution not in present]


def state_file() -> Path:
    """Where installs are remembered; raises LabError where there is no home."""
    folder = state_folder()
    if folder is None:
        raise LabError("There is no home folder to remember installs in.", "Set XDG_STATE_HOME.")
    return folder / "plugins.json"


def _read() -> dict[str, list[Record]]:
    try:
        return msgspec.json.decode(state_file().read_bytes(), type=dict[str, list[Record]])
    except (OSError, LabError, msgspec.DecodeError, msgspec.ValidationError):
        return {}


def _write(records: list[Record]) -> None:
    path = state_file()
    every = {**_read(), sys.prefix: records}
    if not records:
        every.pop(sys.prefix)
    with disk_errors("The list of installed plugins", path.parent, option="XDG_STATE_HOME"):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, msgspec.json.format(msgspec.json.encode(every)), option="XDG_STATE_HOME")
