"""A task: a method on a benchmark, the thing that a user runs. Plain data, so that listing it loads nothing."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from lab_core.errors import unknown

Precision = Literal["float32", "bfloat16"]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin registers. Text of the form ``"module:Class"`` is imported when the task runs, not before.

    trainer        a Trainer, or None for a task that has nothing to learn
    model          the Model that training leaves
    config         a TrainConfig; its module is light
    presets        name -> settings on top of the config's defaults and of ``settings``; ``smoke`` and ``default`` are required
    settings       what makes this task differ from others of the same config, under every preset
    benchmark      id of the benchmark it is scored on, may hold config fields; None: has no score
    deterministic  whether continued training is bit-equal; otherwise ``tolerance`` bounds the relative difference
    precisions     the first is what ``--precision auto`` takes on a processor that isn't built for bfloat16
    max_devices    how many may share one training (``--device gpu:0,gpu:1``)
    parameter      setting by which a user names a problem of their own (``env``, ``game``, ``data``); listed apart
    environment    variables that must be set before the trainer's module is imported
    pretrained     folder of a shipped model, as ``"package:folder"``
    """

    id: str
    title: str
    family: str
    method: str
    config: str
    model: str
    presets: Mapping[str, Mapping[str, Any]]
    trainer: str | None = None
    benchmark: str | None = None
    settings: Mapping[str, Any] = {}
    step_unit: str = "steps"
    pretrained: str | None = None
    deterministic: bool = False
    tolerance: float = 1e-3
    precisions: tuple[Precision, ...] = ("float32",)
    max_devices: int = 1
    parameter: str = ""
    environment: Mapping[str, str] = {}
    source: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or any(letter.isspace() or letter in "/@{}" for letter in self.id):
            raise ValueError(f"task id {self.id!r}: letters without spaces, '/', '@' or braces are expected")
        for name in ("smoke", "default"):
            if name not in self.presets:
                raise ValueError(f"task {self.id!r}: preset {name!r} is missing")
        for name in ("trainer", "model", "config"):
            text = getattr(self, name)
            if text is not None and text.count(":") != 1:
                raise ValueError(f"task {self.id!r}: {name} is {text!r}, expected 'module:Class'")

    def preset(self, name: str) -> dict[str, Any]:
        """The task's settings with those of a preset on top; raises UsageError for an unknown one."""
        if name not in self.presets:
            raise unknown(f"preset of {self.id}", name, self.presets)
        return {**self.settings, **self.presets[name]}
