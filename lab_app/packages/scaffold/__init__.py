"""What ``lab plugins new`` writes: the package under ``template/``, a real one under another name.

The template is called my-bandit throughout; writing replaces that name, the core's version and where the core comes from.
"""

import json
import keyword
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import msgspec

from lab_app.packages.installed import packages
from lab_core.errors import UsageError
from lab_core.files import disk_errors
from lab_core.registry.discovery import discover, installed, normalised

TEMPLATE = Path(__file__).parent / "template"
_SUFFIX = ".tmpl"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*([._-]+[A-Za-z0-9]+)*")
_METHODS = ("epsilon-greedy", "ucb")


class Names(msgspec.Struct, frozen=True):
    """One name in its three forms: of the package and the plugin, of the module, and for people."""

    distribution: str
    module: str
    title: str


def write(name: str, parent: Path) -> Path:
    """Write a new plugin's package into ``parent`` and return its folder, absolute.

    Raises UsageError for a name that is none or that something else has, and LabError when the disk refuses. The folder
    appears whole or not at all.
    """
    names = checked(name)
    folder = parent.absolute() / names.distribution
    if folder.exists():
        raise UsageError(f"{folder} exists already.", "Choose another name, or another folder with --path.")
    with disk_errors("The new plugin", parent, option="--path"):
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{names.distribution}-", dir=parent))
        try:
            _fill(aside, names, source=core_source(folder))
            aside.chmod(0o755)  # mkdtemp makes private folders
            aside.rename(folder)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    return folder


def checked(name: str) -> Names:
    """The forms of a name; raises UsageError for one that can't name a package, or that is taken."""
    names = Names(normalised(name), normalised(name).replace("-", "_"), normalised(name).replace("-", " ").capitalize())
    if not _NAME.fullmatch(name) or keyword.iskeyword(names.module):
        raise UsageError(f"{name!r} can't name a package.", "Letters, digits and hyphens, such as my-bandit.")
    if names.module in sys.stdlib_module_names or find_spec(names.module) is not None:
        raise UsageError(f"There is already a module {names.module!r}.", f"Try {names.distribution}-task.")
    if names.distribution in packages():
        raise UsageError(f"A package {names.distribution!r} is already installed.", f"Try {names.distribution}-task.")
    if names.distribution in _taken():
        raise UsageError(f"A plugin or task of lab already uses the name {names.distribution!r}.", "Choose another one.")
    return names


def core_source(folder: Path) -> str:
    """The ``[tool.uv.sources]`` table that points at the core this process runs on; empty for one from an index.

    ``folder`` is where the package will be: a member of the core's own workspace refers to the core by the workspace.
    """
    try:
        text = metadata.distribution("lab-runner").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        text = None
    if text is None:
        return ""
    origin = json.loads(text)
    url = str(origin["url"])
    if url.startswith("file:"):
        path = Path(url2pathname(unquote(urlsplit(url).path)))
        if path / "plugins" == folder.parent:
            entry = "workspace = true"
        else:
            editable = ", editable = true" if origin.get("dir_info", {}).get("editable") else ""
            entry = f"path = {json.dumps(str(path))}{editable}"
    elif "vcs_info" in origin:
        entry = f"git = {json.dumps(url)}, rev = {json.dumps(origin['vcs_info']['commit_id'])}"
    else:
        entry = f"url = {json.dumps(url)}"
    return f"\n[tool.uv.sources]\nlab-runner = {{ {entry} }}\n"


def _taken() -> Iterable[str]:
    """Names of which a plugin, or a task with the scaffold's way of naming, exists."""
    registry, _ = discover()
    taken = {normalised(found.name) for found in installed()}
    endings = [task.id.removeprefix(f"{method}-") for task in registry.tasks() for method in _METHODS]
    return taken | set(endings)


def _fill(folder: Path, names: Names, *, source: str) -> None:
    core = metadata.distribution("lab-runner")
    version = ".".join(core.version.split(".")[:2])
    python = core.metadata["Requires-Python"]
    for path in sorted(TEMPLATE.rglob(f"*{_SUFFIX}")):
        inside = path.relative_to(TEMPLATE).as_posix().removesuffix(_SUFFIX).replace("my_bandit", names.module)
        target = folder / (".gitignore" if inside == "gitignore" else inside)
        text = path.read_text()
        for old, new in (
            ("LAB_VERSION", version),
            ("LAB_PYTHON", python),
            ("LAB_SOURCE\n", source),
            ("my_bandit", names.module),
            ("my-bandit", names.distribution),
            ("My bandit", names.title),
        ):
            text = text.replace(old, new)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
