"""A suite: tasks with their settings, in a TOML file.

    title = "Three ways to balance a pole"
    preset = "default"                      # of every entry that names none
    tasks = ["dqn-cartpole", "ppo-cartpole"]

    [[entry]]                               # where a task alone doesn't say it
    task = "dqn-atari"
    preset = "quick"
    set = { game = "qbert" }

Suites lie in ``lab_app/suites``, in the folder ``suites`` of a plugin's package or beside it, and wherever a user names a file.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from lab_app.records.shipped import shipped_paths
from lab_core.benchmark import Benchmark
from lab_core.config import TrainConfig, changed, resolve
from lab_core.errors import LabError, UsageError, unknown
from lab_core.files import read_file
from lab_core.registry.discovery import Found, installed
from lab_core.registry.registry import Registry, config_type
from lab_core.task import Task

SUFFIX = ".toml"


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task under a preset with settings on top of it.

    steps, time   its length, and the wall time that ends it ("10m"), where not the preset's
    name, source, stated, note   a system of a book or paper: what it is called, where it stands, the number that is stated
                                 there, and what should be known about ours
    """

    task: str
    preset: str = ""
    set: Mapping[str, Any] = {}
    steps: int | None = None
    time: str | None = None
    name: str = ""
    source: str = ""
    stated: str = ""
    note: str = ""


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tasks`` are entries that need no more than the task's id."""

    name: str = ""
    title: str = ""
    preset: str = "default"
    tasks: tuple[str, ...] = ()
    entry: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries with their presets filled in, in the order of the file."""
        every = (*(Entry(task=task) for task in self.tasks), *self.entry)
        return tuple(msgspec.structs.replace(one, preset=one.preset or self.preset) for one in every)


class Resolved(msgspec.Struct, frozen=True):
    """An entry with its task, its config and its benchmark (None for a task that has no score)."""

    entry: Entry
    task: Task
    config: TrainConfig
    benchmark: Benchmark | None

    @property
    def changed(self) -> dict[str, Any]:
        """The settings on top of the preset; its length is none."""
        found = changed(self.config, self.task.preset(self.entry.preset))
        return {name: value for name, value in found.items() if name != "steps"}


def read_suite(path: Path) -> Suite:
    """The suite of a file; raises UsageError where it can't be read or holds anything but a suite."""
    try:
        suite = msgspec.toml.decode(read_file(path, limit=1 << 20), type=Suite)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        hint = 'Example: tasks = ["dqn-cartpole", "ppo-cartpole"]'
        raise UsageError(f"{path} is not a suite: {error}.", hint) from None
    if not suite.entries:
        raise UsageError(f"{path} names no task.", 'Example: tasks = ["dqn-cartpole", "ppo-cartpole"]')
    return msgspec.structs.replace(suite, name=path.stem)


def suite_files(plugins: Iterable[Found] | None = None) -> dict[str, Path]:
    """The suites that are installed, by name; those of the application go before a plugin's of the same name."""
    paths = sorted(Path(__file__).parent.glob(f"*{SUFFIX}"))
    for plugin in installed() if plugins is None else plugins:
        paths += shipped_paths(plugin.value, "suites", f"*{SUFFIX}")
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(path.stem, path)
    return found


def find_suite(text: str) -> Suite:
    """The suite of a name, or of a TOML file; raises UsageError with the nearest name."""
    if text.endswith(SUFFIX):
        return read_suite(Path(text))
    files = suite_files()
    if text not in files:
        raise unknown("suite", text, files)
    return read_suite(files[text])


def resolved(suite: Suite, registry: Registry) -> tuple[list[Resolved], list[str]]:
    """The entries whose tasks are installed, and one line for each that is left out.

    Raises UsageError for a preset or a setting that a task doesn't have.
    """
    found: list[Resolved] = []
    missing: list[str] = []
    for entry in suite.entries:
        if not registry.has_task(entry.task):
            missing.append(f"left out: {entry.task}, which no installed plugin has")
            continue
        task = registry.task(entry.task)
        try:
            length = {} if entry.steps is None else {"steps": entry.steps}
            config = resolve(config_type(task), task.preset(entry.preset), dict(entry.set), length)
            benchmark = registry.benchmark_of(task, config)
        except LabError as error:
            raise UsageError(f"Suite {suite.name}, {entry.task}: {error.message}", error.hint) from None
        found.append(Resolved(entry, task, config, benchmark))
    return found, missing
