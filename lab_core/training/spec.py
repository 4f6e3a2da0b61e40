"""What decides a run, as plain data: it can be sent to another process or machine."""

from typing import Any

import msgspec


class JobSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a run. ``config`` is resolved; ``changed`` holds what was set on top of the preset.

    ``resume`` is the folder of a run to go on with: then only the budget, ``changed`` and ``evaluate`` are read. ``name`` is that
    of the run's folder, from whoever has to know it before the run starts; else the clock gives one.
    """

    task: str = ""
    preset: str = "default"
    config: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    runs_dir: str = "runs"
    name: str = ""
    resume: str | None = None
    steps: int | None = None
    seconds: float | None = None
    evaluate: bool = True
    command: tuple[str, ...] = ()
