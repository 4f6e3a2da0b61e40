"""Discovery: plugins are found by entry points, loaded and asked one by one. What one does wrong costs no other anything.

    registry, statuses = discover()

A plugin that raises at import, hands back something else than records, or takes an id that is taken loses that and
nothing else; each loss is a line in its :class:`PluginStatus`. What ends the process from below Python (a crash in a compiled
module, ``os._exit``) a guard may find out (:mod:`lab_core.guard`). ``LAB_PLUGINS_DISABLED=name,name`` switches off.
"""

import contextlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, cast

import msgspec
import pluggy

from lab_core import hooks
from lab_core.benchmark import Benchmark
from lab_core.data import DataSet
from lab_core.errors import LabError
from lab_core.extension import Command, ObserverMaker
from lab_core.guard import Owner, TooLong, current
from lab_core.imports import working_folder
from lab_core.registry.faults import Record, a_kind, explain, problem
from lab_core.registry.registry import Registry
from lab_core.task import Task

GROUP = "lab"
DISABLED_VARIABLE = "LAB_PLUGINS_DISABLED"

# Whose records win an id. Names, because a stranger's distribution may be called lab-anything; a test compares the
# tuple with the folders under plugins/.
OURS = (
    "lab-runner",
    "lab-tensorflow",
    "lab-environments",
    "lab-datasets",
    "lab-metrics",
    "lab-gan",
    "lab-image-translation",
    "lab-seq2seq",
    "lab-sequences",
    "lab-vision",
    "lab-tabular",
    "lab-dqn",
    "lab-policy-gradient",
    "lab-ray",
)

SLOW_SECONDS = 0.2
HEAVY_MODULES = ("tensorflow", "torch", "jax", "keras", "gymnasium", "scipy", "pandas", "matplotlib", "numpy")
_MOST_RECORDS = 10_000  # an endless generator must not hang every command


class PluginStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one plugin came through loading.

    ok          nothing of it was lost
    reasons     one line each: what was lost and why, then what only deserves a warning (slow, unknown hook)
    seconds     processor time to import it and ask its hooks; wall time would blame it for a busy machine
    tasks, benchmarks, data_sets   ids that it brought into the registry
    """

    name: str
    distribution: str
    version: str
    ok: bool = True
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0
    tasks: tuple[str, ...] = ()
    benchmarks: tuple[str, ...] = ()
    data_sets: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether the plugin belongs to this project."""
        return self.distribution in OURS


class Found(msgspec.Struct, frozen=True):
    """An entry point that is installed, before anything of it is imported; ``damage`` says why it can't be."""

    name: str
    value: str
    distribution: str
    version: str
    damage: str = ""

    @property
    def owner(self) -> Owner:
        return Owner(self.name, self.distribution, self.version)


def discover() -> tuple[Registry, list[PluginStatus]]:
    """Load every installed plugin: ours first, then by distribution name. Never raises for what a plugin does."""
    registry = Registry()
    loaded = [_load(found, registry) for found in installed()]
    return registry, [_cross_checked(status, registry) for status in loaded]


def installed() -> list[Found]:
    """The plugins that are installed, in the order in which they are loaded; nothing is imported."""
    found: dict[tuple[str, str], Found] = {}
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name, version = _name_and_version(distribution)
            points = [
                Found(point.name, point.value, name, version) for point in distribution.entry_points if point.group == GROUP
            ]
        except Exception as error:  # one unreadable folder in site-packages is one plugin's loss
            name = Path(str(getattr(distribution, "_path", "unknown"))).name
            points = [Found(name, "", name, "", damage=f"its metadata can't be read: {explain(error)}")]
        if name not in seen:  # else shadowed by the same distribution earlier on sys.path
            seen.add(name)
            found.update({(point.name, name): point for point in points})
    ordered = sorted(found.values(), key=lambda one: (_rank(one.distribution), one.distribution, one.name))
    return _distinct(ordered)


def normalised(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _rank(distribution: str) -> int:
    return OURS.index(distribution) if distribution in OURS else len(OURS)


def _name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    """From the head of METADATA: the standard library parses the whole of it, README included."""
    head = (distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or "").split("\n\n", 1)[0]
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line and not line.startswith(" "))
    return normalised(fields["Name"].strip()), fields.get("Version", "").strip()


def _distinct(ordered: list[Found]) -> list[Found]:
    """Two distributions may choose the same plugin name; the later one is called name@distribution."""
    taken: set[str] = set()
    result: list[Found] = []
    for one in ordered:
        name = one.name if one.name not in taken else f"{one.name}@{one.distribution}"
        taken.add(name)
        result.append(msgspec.structs.replace(one, name=name))
    return result


def _disabled(found: Found) -> bool:
    names = {normalised(name.strip()) for name in os.environ.get(DISABLED_VARIABLE, "").split(",")}
    return normalised(found.name) in names or found.distribution in names


def _load(found: Found, registry: Registry) -> PluginStatus:
    status = PluginStatus(name=found.name, distribution=found.distribution, version=found.version)
    if _disabled(found):
        return msgspec.structs.replace(status, reasons=(f"switched off by {DISABLED_VARIABLE}",))
    if found.damage:
        return msgspec.structs.replace(status, ok=False, reasons=(found.damage,))
    if not status.ours and (why := current().refusal(found.owner)):
        return msgspec.structs.replace(status, ok=False, reasons=(f"{why}; lab doctor tries it again",))
    before = set(sys.modules)
    lost: list[str] = []
    warnings: list[str] = []
    tasks: list[str] = []
    benchmarks: list[str] = []
    data_sets: list[str] = []
    started = time.thread_time()
    with _stdout_to_stderr(), _undone(found, lost, warnings):
        plugin = _guarded(lost, "could not be loaded", lambda: _import(found))
        if plugin is not None:
            manager = pluggy.PluginManager(hooks.PROJECT)
            manager.add_hookspecs(hooks)
            if _guarded(lost, "has a hook that doesn't fit", lambda: manager.register(plugin, found.name)) is not None:
                warnings += _guarded(lost, "has hooks that can't be read", lambda: _hook_warnings(manager, plugin)) or []
                benchmarks = _collect(lost, manager, "lab_benchmarks", Benchmark, registry.add_benchmark)
                tasks = _collect(lost, manager, "lab_tasks", Task, registry.add_task)
                data_sets = _collect(lost, manager, "lab_data", DataSet, registry.add_data_set)
                _collect(lost, manager, "lab_commands", Command, registry.add_command)
                _collect(lost, manager, "lab_observers", ObserverMaker, registry.add_observer)
    seconds = time.thread_time() - started
    if not status.ours:
        lost += current().loaded(found.owner, registry.modules_of(found.name))
    if seconds > SLOW_SECONDS:
        warnings.append(_slow(seconds, set(sys.modules) - before))
    return msgspec.structs.replace(
        status,
        ok=not lost,
        reasons=(*lost, *warnings),
        seconds=seconds,
        tasks=tuple(tasks),
        benchmarks=tuple(benchmarks),
        data_sets=tuple(data_sets),
    )


def load_one(found: Found) -> PluginStatus:
    """Load one plugin into a registry of its own, to see what happens."""
    return _load(found, Registry())


def _import(found: Found) -> Any:
    plugin = metadata.EntryPoint(found.name, found.value, GROUP).load()
    if plugin is None:
        raise LabError(f"its entry point {found.value!r} is None; a module or an object with hooks is expected")
    made_for = getattr(plugin, "lab_interface", hooks.INTERFACE)
    if made_for != hooks.INTERFACE:
        raise LabError(f"it is made for version {made_for!r} of the plugin interface; this lab has version {hooks.INTERFACE}")
    return plugin


def _guarded(lost: list[str], what: str, action: Callable[[], Any]) -> Any:
    """The action's result; None, with a line in ``lost``, when a plugin's code raised whatever it raised."""
    try:
        return action()
    except TooLong:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and _interrupted:  # the user's, not the plugin's own
            raise
        lost.append(f"{what}: {explain(error)}")
        return None


_interrupted: list[int] = []
threads: list[threading.Thread] = []  # that plugins started while they were loaded and that would keep the process from ending


@contextlib.contextmanager
def _undone(found: Found, lost: list[str], warnings: list[str]) -> Generator[None]:
    """What a plugin must not change for others: the working folder, the end of the process. Names one that hangs."""
    place = working_folder()
    running = set(threading.enumerate())
    with _noticing_interrupts():
        try:
            ours = found.distribution in OURS
            with contextlib.nullcontext() if ours else current().loading(found.owner):
                yield
        except TooLong as error:
            lost.append(f"could not be loaded: it takes more than {error}")
        except KeyboardInterrupt:
            switch = f"{DISABLED_VARIABLE}={found.name} switches it off"
            print(f"interrupted while plugin {found.name} was being loaded; {switch}", file=sys.stderr)
            raise
        finally:
            if place is not None and working_folder() != place:
                os.chdir(place)
                warnings.append("changes the working folder when it is loaded; it was changed back")
    started = [one for one in threading.enumerate() if one not in running and not one.daemon]
    threads.extend(started)
    warnings += [f"starts a thread when it is loaded that isn't a daemon ({one.name})" for one in started]


@contextlib.contextmanager
def _noticing_interrupts() -> Generator[None]:
    """While open, tell the user's Ctrl-C from a KeyboardInterrupt that a plugin raises itself."""
    del _interrupted[:]
    earlier = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(earlier):
        yield
        return

    def handle(number: int, frame: Any) -> None:
        _interrupted.append(number)
        earlier(number, frame)

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handle:
            signal.signal(signal.SIGINT, earlier)


def _hook_warnings(manager: pluggy.PluginManager, plugin: Any) -> list[str]:
    known = sorted(name for name in vars(hooks) if name.startswith("lab_"))
    callers = manager.get_hookcallers(plugin) or []
    warnings = [f"implements {caller.name}, which is not a hook of this lab" for caller in callers if not caller.has_spec()]
    implemented = {caller.name for caller in callers}
    forgotten = [name for name in known if name not in implemented and callable(getattr(plugin, name, None))]
    warnings += [f"has {name}, but not marked with @hookimpl, so it isn't called" for name in forgotten]
    if not implemented and not forgotten:
        warnings.append(f"implements no hook; expected one of {', '.join(known)}")
    return warnings


def _collect(
    lost: list[str], manager: pluggy.PluginManager, hook: str, kind: type[Any], add: Callable[[Any, str], None]
) -> list[str]:
    """Ask one hook and register each good record; a bad one or an error half-way costs only what it is. Ids registered."""
    caller: pluggy.HookCaller = getattr(manager.hook, hook)
    (plugin,) = [name for name, _ in manager.list_name_plugin()]
    added: list[str] = []
    failures = len(lost)
    answers: object = _guarded(lost, f"{hook} raised", caller)
    if len(lost) > failures:
        return added
    if answers == [] and caller.get_hookimpls():  # pluggy leaves None out
        answers = [None]
    for answer in cast(list[object], answers) if isinstance(answers, list) else [answers]:
        if not isinstance(answer, Iterable) or isinstance(answer, str | bytes | Mapping):
            lost.append(f"{hook} handed back {a_kind(cast(object, answer))}; expected a list of {kind.__name__}")
            continue
        for position, record in enumerate(_drawn(lost, hook, cast(Iterable[object], answer)), start=1):
            failures = len(lost)
            wrong = _guarded(lost, f"{hook}, record {position}", lambda record=record: problem(record, kind))
            if wrong:
                lost.append(f"{hook}, record {position}: {wrong}")
            if len(lost) == failures:
                _guarded(lost, "lost a record", lambda record=record: add(record, plugin))
            if len(lost) == failures:
                added.append(cast(Record, record).id)
    return added


def _drawn(lost: list[str], hook: str, records: Iterable[object]) -> Iterator[object]:
    """Record after record, until the plugin's iterator ends or raises."""
    end = object()
    iterator: Iterator[object] | None = _guarded(lost, f"{hook} raised", lambda: iter(islice(records, _MOST_RECORDS + 1)))
    for _ in range(_MOST_RECORDS if iterator is not None else 0):
        failures = len(lost)
        record = _guarded(lost, f"{hook} raised", lambda: next(cast(Iterator[object], iterator), end))
        if record is end or len(lost) > failures:
            return
        yield record
    if iterator is not None:
        lost.append(f"{hook} hands back more than {_MOST_RECORDS} records; the rest is left out")


def _slow(seconds: float, modules: set[str]) -> str:
    heavy = [name for name in HEAVY_MODULES if name in modules]
    cause = f"; it imports {heavy[0]} at once, which belongs inside functions" if heavy else ""
    return f"slow: took {seconds:.2f} s of processor time to load (expected under {SLOW_SECONDS:g} s){cause}"


def _cross_checked(status: PluginStatus, registry: Registry) -> PluginStatus:
    """Tasks whose benchmark nobody registered; known only once every plugin is loaded."""
    known = {benchmark.id for benchmark in registry.benchmarks()}
    missing = [
        f"task {task_id!r} names the benchmark {benchmark!r}, which no plugin registers, so it can't be scored"
        for task_id in status.tasks
        if (benchmark := registry.task(task_id).benchmark) is not None and "{" not in benchmark and benchmark not in known
    ]
    return msgspec.structs.replace(status, reasons=(*status.reasons, *missing)) if missing else status


@contextlib.contextmanager
def _stdout_to_stderr() -> Generator[None]:
    """What a plugin prints while it loads must not end up in the JSON on standard output, not even from C."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, ValueError):  # a process may have no standard output at all
            if sys.__stdout__ is not None:
                sys.__stdout__.flush()
            kept = os.dup(1)
            stack.callback(os.close, kept)
            os.dup2(2, 1)
            stack.callback(os.dup2, kept, 1)
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        yield
