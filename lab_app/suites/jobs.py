"""The jobs of a suite. A run's name follows from its settings, so that a second call finds what the first one has done."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from lab_app.suites.suite import Resolved
from lab_core.config import to_dict
from lab_core.training.spec import JobSpec


def suite_jobs(
    name: str,
    entries: Sequence[Resolved],
    *,
    seeds: Sequence[int],
    seconds_of: Callable[[str | None], float | None],
    seconds: float | None = None,
    device: str = "auto",
    runs_dir: Path,
    command: Sequence[str] = (),
) -> tuple[JobSpec, ...]:
    """A job for each entry and seed: all entries under the first seed, then under the next.

    A task without a trainer has one job, as its score depends on no seed; one without a trainer and a benchmark has none.
    ``seconds_of`` reads an entry's ``time``; ``seconds`` ends every run that has none of its own.
    """
    found: list[JobSpec] = []
    for place, seed in enumerate(seeds):
        for one in entries:
            if one.task.trainer is None and (one.benchmark is None or place):
                continue
            spec = JobSpec(
                task=one.task.id,
                preset=one.entry.preset,
                config=to_dict(one.config),
                changed=one.changed,
                seed=seed,
                device=device,
                runs_dir=str(runs_dir),
                seconds=seconds_of(one.entry.time) or seconds,
                command=tuple(command),
            )
            spec = msgspec.structs.replace(spec, name=f"{name}-{_mark(spec)}-seed{seed}")
            if spec not in found:
                found.append(spec)
    return tuple(found)


def _mark(spec: JobSpec) -> str:
    """Six letters that differ where preset, settings, length or time limit differ."""
    text = msgspec.json.encode((spec.preset, sorted(spec.config.items()), spec.seconds))
    return hashlib.sha256(text).hexdigest()[:6]
