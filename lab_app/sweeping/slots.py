"""How many runs fit side by side: cores and memory shared among them."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.imports import load_object
from lab_core.machine import devices
from lab_core.registry.registry import Registry, config_type
from lab_core.trainer import Trainer
from lab_core.training.spec import JobSpec

PROCESS = 1_000_000_000  # bytes that a process with its libraries takes beside its training


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs with the threads of each, how many run at a time, and the bytes of the largest."""

    specs: tuple[JobSpec, ...]
    jobs: int
    memory: int


def share(
    specs: Sequence[JobSpec],
    registry: Registry,
    *,
    jobs: int | None,
    threads: int | None,
    cores: int | None = None,
    free: int = 0,
) -> Slots:
    """A core for each job by default, fewer where their memory would not fit; ``jobs`` and ``threads`` as given go first.

    ``cores`` and ``free`` (bytes) are this machine's unless given.
    """
    cores = devices.resolve_threads() if cores is None else cores
    free = free or devices.memory()[1]
    memory = max(_memory(spec, registry) for spec in specs)
    if jobs is None:
        fitting = max(1, free // (memory + PROCESS)) if free else cores
        jobs = int(min(len(specs), fitting, max(1, cores // (threads or 1))))
    threads = threads or max(1, cores // jobs)
    return Slots(specs=tuple(msgspec.structs.replace(spec, threads=threads) for spec in specs), jobs=jobs, memory=memory)


_known: dict[str, int] = {}


def _memory(spec: JobSpec, registry: Registry) -> int:
    """Bytes that a job's trainer expects; 0 where it doesn't say or can't be imported here."""
    key = f"{spec.task} {sorted(spec.config.items())!r}"
    if key not in _known:
        task = registry.task(spec.task)
        _known[key] = 0
        if task.trainer is not None:
            try:
                trainer = cast(type[Trainer[Any]], load_object(task.trainer, what=f"Task {task.id}"))
                _known[key] = trainer.memory(from_dict(config_type(task), spec.config))
            except LabError:
                pass
    return _known[key]
