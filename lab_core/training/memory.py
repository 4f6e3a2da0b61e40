"""The memory that a training will need, known before it starts, beside what is free.

A trainer says what it will hold (:meth:`Trainer.memory`). Where that is more than this process may have, the run is refused
with the setting to change and the largest value that fits.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from lab_core.config import TrainConfig, from_dict, to_dict
from lab_core.errors import UsageError
from lab_core.machine import devices
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


def memory_of(trainer: type[Trainer[Any]], config: TrainConfig, *, free: int | None = None) -> Memory:
    """What training with ``config`` needs, what is free, and, where that is too little, what would fit."""
    need = trainer.memory(config)
    available = devices.memory()[1] if free is None else free
    fit = None
    if 0 < available < need:
        fit = next(_fits(trainer, config, int(available * _USABLE)), None)
    return Memory(need=need, free=available, fit=fit)


def check_memory(trainer: type[Trainer[Any]], config: TrainConfig, *, resuming: bool = False) -> Memory:
    """:func:`memory_of`, raising UsageError where this process can't have so much: nothing has been started by then.

    The settings of a run that is resumed are fixed, so the message only says what is missing.
    """
    found = memory_of(trainer, config)
    if not found.enough:
        message = f"This training needs {gigabytes(found.need)} of memory and {gigabytes(found.free)} are free."
        raise UsageError(message, "Free some, or resume it on another machine." if resuming else found.hint())
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
