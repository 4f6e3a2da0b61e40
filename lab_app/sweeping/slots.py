"""How many runs fit side by side: cores and memory shared among them."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.imports import load_object
from lab_core.machine import devices, hardware
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
    count: int | None = None,
    cores: int | None = None,
    free: int = 0,
    gpus: int | None = None,
) -> Slots:
    """A core for each job by default, fewer where their memory would not fit; ``jobs`` and ``threads`` as given go first.

    Where jobs run on GPUs, one for each of them. ``count`` jobs are to come in all; ``cores``, ``free`` (bytes) and ``gpus`` are
    this machine's unless given.
    """
    cores = devices.resolve_threads() if cores is None else cores
    free = free or hardware.memory()[1]
    memory = max(_memory(spec, registry) for spec in specs)
    if jobs is None:
        fitting = max(1, free // (memory + PROCESS)) if free else cores
        gpus = _gpus(specs[0].device) if gpus is None else gpus
        jobs = int(min(count or len(specs), fitting, gpus or cores, max(1, cores // (threads or 1))))
    threads = threads or max(1, cores // jobs)
    return Slots(specs=tuple(msgspec.structs.replace(spec, threads=threads) for spec in specs), jobs=jobs, memory=memory)


def _gpus(device: str) -> int:
    """How many GPUs jobs of this device may be spread over; 0 for the processor or one that is named."""
    if device not in ("auto", "gpu") or devices.resolve_device("auto") == "cpu":
        return 0
    return sum(one.id != "cpu" for one in devices.detect())


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
