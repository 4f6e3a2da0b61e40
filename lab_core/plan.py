"""What a run will need, known before it starts: memory, beside what is free; time, from runs like it.

A trainer says what it will hold (:meth:`Trainer.memory`). Where that is more than this process may have, the run is refused
with the setting to change and the largest value that fits.
"""

from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from lab_core import devices
from lab_core.config import TrainConfig, from_dict, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.publish import PublishedRun
from lab_core.run import Run
from lab_core.shipped import read_record
from lab_core.store import Store
from lab_core.task import Task
from lab_core.trainer import Trainer

_USABLE = 0.95  # of what is free: the system and its libraries want a little too
_NOT_SIZES = ("steps", "selection_every", "selection_count", "keep_checkpoints")


class Fit(msgspec.Struct, frozen=True):
    """A setting and the largest round value with which training fits into memory."""

    setting: str
    value: int


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that training will hold at its peak (0: the trainer doesn't say) and that are free (0: the system doesn't say)."""

    need: int
    free: int
    fit: Fit | None = None

    @property
    def enough(self) -> bool:
        return not self.free or self.need <= self.free

    def text(self) -> str:
        """``4.6 GB of 18.2 GB free``, or what is known of it."""
        need = gigabytes(self.need) if self.need else "not known"
        return f"{need} of {gigabytes(self.free)} free" if self.free else need

    def hint(self) -> str:
        """What to change."""
        if self.fit is None:
            return "No single setting makes it fit: take a smaller preset, or a machine with more memory."
        return f"What fits: --set {self.fit.setting}={self.fit.value}"


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """How long a training should take; ``rate`` in steps a second, ``source`` says whose."""

    seconds: float
    rate: float
    source: str


def memory(trainer: type[Trainer[Any]], config: TrainConfig, *, free: int | None = None) -> Memory:
    """What training with ``config`` needs, what is free, and, where that is too little, what would fit."""
    need = trainer.memory(config)
    available = devices.memory()[1] if free is None else free
    fit = None
    if 0 < available < need:
        fit = next(_fits(trainer, config, int(available * _USABLE)), None)
    return Memory(need=need, free=available, fit=fit)


def check_memory(trainer: type[Trainer[Any]], config: TrainConfig, *, resuming: bool = False) -> Memory:
    """:func:`memory`, raising UsageError where this process can't have so much: nothing has been started by then.

    The settings of a run that is resumed are fixed, so it is only told what it lacks.
    """
    found = memory(trainer, config)
    if not found.enough:
        message = f"This training needs {gigabytes(found.need)} of memory and {gigabytes(found.free)} are free."
        raise UsageError(message, "Free some, or go on with it on another machine." if resuming else found.hint())
    return found


def gigabytes(size: float) -> str:
    """``4.6 GB``; below a tenth of one in megabytes."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"


def _fits(trainer: type[Trainer[Any]], config: TrainConfig, free: int) -> Iterator[Fit]:
    """Settings that alone make training fit, the trainer's own first choice first."""
    kind, values = type(config), to_dict(config)

    def need(name: str, value: int) -> int:
        return trainer.memory(msgspec.structs.replace(config, **{name: value}))

    names = trainer.memory_settings or _sizes(config, need)
    for name in names:
        low, high = 0, int(values[name])
        while high - low > 1:  # the largest value that fits: memory grows with a size
            middle = (low + high) // 2
            low, high = (middle, high) if need(name, middle) <= free else (low, middle)
        for value in dict.fromkeys((_rounded(low, 2), _rounded(low, 1), 1 << max(0, low.bit_length() - 1), low)):
            with suppress(UsageError):
                if 0 < value <= low:
                    from_dict(kind, {**values, name: value})  # refuses what is out of bounds or contradicts the rest
                    yield Fit(name, value)
                    break


def _sizes(config: TrainConfig, need: Any) -> list[str]:
    """Whole-number settings that cost memory, those that save the most by halving first."""
    values = {name: value for name, value in to_dict(config).items() if type(value) is int and value > 1}
    costs = {name: need(name, value // 2) for name, value in values.items() if name not in _NOT_SIZES}
    whole = max(costs.values(), default=0)
    return sorted((name for name in costs if costs[name] < whole), key=lambda name: costs[name])


def _rounded(value: int, digits: int) -> int:
    """``value`` cut to so many leading digits."""
    unit = 10 ** max(0, len(str(value)) - digits)
    return value // unit * unit


def time(
    task: Task, preset: str, config: TrainConfig, *, runs_dir: Path, device: str, precision: str, threads: int
) -> Time | None:
    """How long ``config`` should take here: from the most similar run in ``runs_dir``, else from a recorded one.

    Both must be of the same task and preset, on the same kind of device; None where there is none.
    """
    found = _own(task, preset, runs_dir, device=device, precision=precision, threads=threads)
    found = found or _recorded(task, preset, device=device, precision=precision, threads=threads)
    if found is None:
        return None
    rate, source = found
    return Time(seconds=config.steps / rate, rate=rate, source=source)


def _own(task: Task, preset: str, runs_dir: Path, *, device: str, precision: str, threads: int) -> tuple[float, str] | None:
    if not runs_dir.is_dir():
        return None
    best: tuple[tuple[bool, ...], float, str] | None = None
    for row in Store(runs_dir).runs(task=task.id):  # newest first: of equally similar ones the newest stays
        if row.preset != preset or not row.step or not row.wall_seconds or _kind(row.device) != _kind(device):
            continue
        try:
            record = Run.open(runs_dir / row.id).record
        except LabError:
            continue
        like = (not record.changed, record.precision == precision, record.threads == threads)
        if best is None or like > best[0]:
            best = (like, row.step / row.wall_seconds, f"your run {row.id}")
    return None if best is None else best[1:]


def _recorded(task: Task, preset: str, *, device: str, precision: str, threads: int) -> tuple[float, str] | None:
    runs = [run for run in _published(task) if run.preset == preset and run.step and run.wall_seconds > 0]
    runs = [run for run in runs if _kind(run.device) == _kind(device)]
    if not runs:
        return None
    chosen = max(runs, key=lambda run: (not run.changed, run.precision == precision, -abs(run.threads - threads)))
    source = f"recorded with {chosen.threads} threads of {chosen.machine.get('processor', 'another machine')}"
    return chosen.step / chosen.wall_seconds, source


def _published(task: Task) -> list[PublishedRun]:
    """The recorded runs that a plugin ships for a task, in its package or beside it; none where there are none."""
    package = (task.trainer or task.model).partition(":")[0].partition(".")[0]
    with suppress(ImportError, ValueError):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            for folder in (Path(spec.origin).parent, Path(spec.origin).parents[1]):
                with suppress(LabError):
                    return list(read_record(folder / "results" / f"runs-{task.id}.json"))
    return []


def _kind(device: str) -> str:
    return device.partition(":")[0]
