"""From tasks, seeds and lists of values to the jobs of a sweep."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from lab_core.config import changed, fields, resolve, to_dict
from lab_core.errors import UsageError, unknown
from lab_core.registry.registry import Registry, config_type
from lab_core.task import Task
from lab_core.training.spec import JobSpec

MOST = 10_000  # jobs of one sweep
Choose = Callable[[Any], Sequence[tuple[str, ...]]]  # from a config's type to combinations of settings


def read_seeds(text: str) -> tuple[int, ...]:
    """``5`` is 0 to 4, ``3-7`` a range, ``1,4,9`` these; raises UsageError."""
    found: Sequence[int]
    try:
        if "," in text:
            found = [int(part) for part in text.split(",")]
        elif "-" in text.strip()[1:]:
            first, last = (int(part) for part in text.split("-"))
            found = range(first, last + 1)
        else:
            found = range(int(text))
        usable = 0 < len(found) <= MOST and min(found) >= 0 and max(found) < 2**31 and len(set(found)) == len(found)
    except (ValueError, OverflowError):  # no numbers; a range too long to have a length
        found, usable = (), False
    if not usable:
        raise UsageError(f"--seeds {text!r} is not a number of seeds.", "Examples: 5 (0 to 4), 3-7, 1,4,9")
    return tuple(found)


def read_grid(texts: Iterable[str], kind: Any) -> dict[str, tuple[str, ...]]:
    """``KEY=A,B`` texts as the values of each setting; those of a setting that is a list are separated by ``;``.

    Raises UsageError for an unknown setting or one given twice.
    """
    types = {field.name: field.type for field in fields(kind)}
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(f"--set {text!r} is not of the form KEY=VALUE,VALUE.")
        if key not in types:
            raise unknown("setting", key, types)
        if key in found:
            raise UsageError(f"--set {key} is given twice.", f"Give all its values at once: --set {key}=A,B")
        listed = any(word in types[key] for word in ("list", "tuple"))
        found[key] = tuple(part.strip() for part in values.split(";" if listed or ";" in values else ","))
    return found


def combinations(grid: Mapping[str, Sequence[str]], *, trials: int | None = None, seed: int = 0) -> list[tuple[str, ...]]:
    """Every combination as ``KEY=VALUE`` texts, or ``trials`` different ones at random."""
    every = [tuple(f"{key}={value}" for key, value in zip(grid, values, strict=True)) for values in product(*grid.values())]
    if trials is None or trials >= len(every):
        return every
    return random.Random(seed).sample(every, trials)


def over_seeds(spec: JobSpec, seeds: Sequence[int], *, name: str, first: int = 0) -> tuple[JobSpec, ...]:
    """A job for each seed, with the names of the runs of sweep ``name``, numbered from ``first``."""
    return tuple(
        msgspec.structs.replace(
            spec, seed=seed, name=f"{name}-{number:03}-seed{seed}", runs_dir=str(Path(spec.runs_dir).absolute())
        )
        for number, seed in enumerate(seeds, first)
    )


def setting_jobs(
    task: Task,
    texts: Sequence[str],
    *,
    name: str,
    first: int,
    seeds: Sequence[int],
    preset: str = "default",
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "auto",
    threads: int | None = None,
    runs_dir: Path,
    command: Sequence[str] = (),
) -> tuple[JobSpec, ...]:
    """The jobs of one task under one combination of settings, ``KEY=VALUE`` texts, one a seed. Raises UsageError."""
    kind, base = config_type(task), task.preset(preset)
    config = resolve(kind, base, {} if steps is None else {"steps": steps}, overrides=texts)
    spec = JobSpec(
        task=task.id,
        preset=preset,
        config=to_dict(config),
        changed={key: value for key, value in changed(config, base).items() if key != "steps"},
        device=device,
        threads=threads,
        runs_dir=str(runs_dir),
        seconds=seconds,
        command=tuple(command),
    )
    return over_seeds(spec, seeds, name=name, first=first)


def make_jobs(
    tasks: Sequence[str],
    registry: Registry,
    *,
    seeds: Sequence[int],
    settings: Sequence[str] = (),
    trials: int | None = None,
    choose: Choose | None = None,
    **fixed: Any,
) -> tuple[JobSpec, ...]:
    """One job for each task, combination of settings and seed; all seeds of a combination follow each other.

    ``choose`` gives a task's combinations instead of all of ``settings``; ``fixed`` goes to :func:`setting_jobs`. Every config is
    checked before anything starts. Raises UsageError.
    """
    found: list[JobSpec] = []
    for task_id in dict.fromkeys(tasks):
        task = registry.task(task_id)
        kind = config_type(task)
        every = combinations(read_grid(settings, kind), trials=trials) if choose is None else choose(kind)
        for texts in every:
            found += setting_jobs(task, texts, first=len(found), seeds=seeds, **fixed)
            if len(found) > MOST:
                raise UsageError(f"That is more than {MOST:,} runs.", "Give fewer values or seeds, or --trials N.")
    return tuple(found)
