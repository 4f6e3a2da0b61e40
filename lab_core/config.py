"""Configuration: msgspec structs whose every field has a description and bounds.

    class MyConfig(TrainConfig):
        learning_rate: Annotated[float, about("Adam's step size", gt=0)] = 1e-3

A preset is a mapping from field to value; the command line adds ``KEY=VALUE`` pairs on top. All of it is checked in
one place, :func:`resolve`, and what comes out is frozen.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import get_annotations
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from lab_core.errors import LabError, UsageError, unknown

C = TypeVar("C", bound="Config")
LARGEST = 2**63 - 1  # of a whole number, as files and databases hold it


def about(
    description: str,
    *,
    unit: str = "",
    section: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Meta:
    """What a field means, in which unit, and between which bounds.

    ``section`` is the subject of this field and of those that follow it in its class; ``lab info`` groups the settings by it.
    A setting that may be absent is ``Annotated[float, about(..., gt=0)] | None``: bounds belong to the number.
    """
    more = {"unit": unit, "section": section}
    return Meta(description=description, ge=ge, gt=gt, le=le, lt=lt, extra=more)  # pyright: ignore[reportCallIssue]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every configuration. Frozen; unknown keys, wrong types and values out of bounds are errors."""

    def check(self) -> None:
        """Raise UsageError for fields that contradict each other. The default accepts everything."""

    def resolved(self) -> "Config":
        """This config with everything it names outside itself (files) read in, so that a run is self-contained."""
        return self

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values that an earlier version stored, under today's names, so that its runs still open; as they are by default."""
        return values

    def benchmark_fields(self) -> Mapping[str, Any]:
        """Values that fill a benchmark id such as ``atari/{game}``; the fields themselves by default."""
        return to_dict(self)

    def own_protocol(self) -> str | None:
        """The protocol under which a run with this config is scored unless a user names one; None: the benchmark's default."""
        return None

    def remarks(self) -> tuple[str, ...]:
        """What a user should know before a training with this config starts, one line each; nothing by default."""
        return ()


class TrainConfig(Config, frozen=True, kw_only=True):
    """What the core's loop reads; every trainer's config extends it.

    ``resumable`` names the settings that may have another value when a run goes on: those that no saved state depends on.
    """

    resumable: ClassVar[tuple[str, ...]] = ()

    steps: Annotated[
        int,
        about(
            "Length of the training, and the horizon of its schedules",
            unit="steps",
            ge=1,
            le=2**53,
            section="length and selection",
        ),
    ] = 1000
    selection_every: Annotated[
        int,
        about(
            "Steps between evaluations that select the best model, in addition to the one at the end; 0 keeps the last model",
            unit="steps",
            ge=0,
        ),
    ] = 0
    selection_count: Annotated[int, about("Episodes or samples of one such evaluation", ge=1)] = 5
    stop_at_score: Annotated[float | None, about("Stop once a selection evaluation reaches this score; none trains on")] = None
    display_above: Annotated[
        float | None,
        about("A live display opens once the reported score is above this; none: at once", section="watching and checkpoints"),
    ] = None
    checkpoint_seconds: Annotated[float, about("Wall time between checkpoints", unit="seconds", gt=0)] = 300.0
    keep_checkpoints: Annotated[int, about("How many of the newest checkpoints stay on disk", ge=1)] = 2


class Field(msgspec.Struct, frozen=True):
    """One field of a config, ready to be printed."""

    name: str
    type: str
    default: Any
    description: str
    unit: str
    bounds: str
    choices: tuple[str, ...] = ()
    section: str = ""


def fields(config_type: type[Config]) -> list[Field]:
    """Every field of a config with its type, default, description, unit, bounds and section."""
    hints, sections = _hints(config_type), _sections(config_type)
    found: list[Field] = []
    for info in msgspec.structs.fields(config_type):
        default = info.default_factory() if info.default is msgspec.NODEFAULT and callable(info.default_factory) else info.default
        plain, meta = _unwrap(hints[info.name])
        found.append(
            Field(
                name=info.name,
                type=_type_text(plain),
                default=default,
                description=meta.description or "" if meta else "",
                unit=(meta.extra or {}).get("unit", "") if meta else "",
                bounds=_bounds_text(meta) if meta else "",
                choices=_choices(plain),
                section=sections[info.name],
            )
        )
    return found


def _sections(config_type: type[Config]) -> dict[str, str]:
    """The section of each field: that of its first definition, unless a later one names another; "method" before any section."""
    found: dict[str, str] = {}
    for owner in reversed(config_type.__mro__):
        if not issubclass(owner, Config):
            continue
        current = "method"
        for name in get_annotations(owner):
            meta = _unwrap(_hints(owner)[name])[1]
            named = (meta.extra or {}).get("section", "") if meta else ""
            if named or name not in found:
                found[name] = current = named or current
    return found


def to_dict(config: Config) -> dict[str, Any]:
    """The config as plain JSON-ready values."""
    return msgspec.to_builtins(config)


def from_dict(config_type: type[C], values: Mapping[str, Any]) -> C:
    """A checked config from plain values; raises UsageError naming the field, what was found and what is allowed."""
    return _check(_convert(config_type, dict(config_type.upgraded(values))))


def resolve(
    config_type: type[C],
    *layers: Mapping[str, Any],
    overrides: Iterable[str] = (),
) -> C:
    """Defaults, then each layer (preset, config file, options), then ``KEY=VALUE`` texts; checked and self-contained."""
    values: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            _known(config_type, key)
            values[key] = value
    values.update(parse_overrides(config_type, overrides))
    config = _check(_convert(config_type, values))
    resolved = config.resolved()
    assert isinstance(resolved, config_type)
    return _check(resolved)


def parse_overrides(config_type: type[Config], overrides: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` texts as typed values. Lists are written with commas, an absent value as ``none``."""
    hints = _hints(config_type)
    values: dict[str, Any] = {}
    for text in overrides:
        key, equals, raw = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(f"--set {text!r} is not of the form KEY=VALUE.", "Example: --set gamma=0.99")
        _known(config_type, key)
        is_text = _unwrap(hints[key])[0] is str  # a prompt may end with a blank
        values[key] = _parse(hints[key], key, raw if is_text else raw.strip())
    return values


def changed(config: Config, base: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``config``, which is resolved, that differ from the config that ``base`` alone would resolve to."""
    plain = resolve(type(config), base)
    mine, theirs = to_dict(config), to_dict(plain)
    return {key: value for key, value in mine.items() if theirs[key] != value}


def _known(config_type: type[Config], key: str) -> None:
    names = config_type.__struct_fields__
    if key not in names:
        raise unknown("setting", key, names)


def _check(config: C) -> C:
    for name in config.__struct_fields__:
        value = getattr(config, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"Setting {name!r} is {value}; a finite number is expected.")
    config.check()
    return config


@cache
def _hints(config_type: type[Config]) -> dict[str, Any]:
    return get_type_hints(config_type, include_extras=True)


def _convert(config_type: type[C], values: dict[str, Any]) -> C:
    hints = _hints(config_type)
    for key, value in values.items():
        _known(config_type, key)
        _one(hints[key], key, value)
    try:
        return msgspec.convert(values, config_type)
    except msgspec.ValidationError as error:
        raise UsageError(f"{config_type.__name__}: {error}.") from None


def _one(hint: Any, key: str, value: Any, *, strict: bool = True) -> Any:
    """Convert one value, with an error that names the setting and what it accepts."""
    several = cast(Sequence[Any], value if isinstance(value, list | tuple) else (value,))
    if any(isinstance(one, int) and abs(one) > LARGEST for one in several):
        raise _rejected(hint, key, value)
    try:
        return msgspec.convert(value, hint, strict=strict)
    except msgspec.ValidationError:
        raise _rejected(hint, key, value) from None


def _rejected(hint: Any, key: str, value: Any) -> LabError:
    plain, meta = _unwrap(hint)
    choices = _choices(plain)
    if choices:
        error = unknown("choice", str(value), choices)
        return UsageError(f"Setting {key!r} can't be {str(value)!r}.", error.hint)
    bounds = _bounds_text(meta) if meta else ""
    expected = _type_text(plain) + (f" {bounds}" if bounds else "")
    return UsageError(f"Setting {key!r} can't be {value!r}; expected {expected}.")


def _parse(hint: Any, key: str, raw: str) -> Any:
    plain, _ = _unwrap(hint)
    options = get_args(plain) if _is_union(plain) else (plain,)
    if type(None) in options and raw.lower() in ("none", "null", ""):
        return None
    if bool in options:
        word = raw.lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise _rejected(hint, key, raw)
    if any(get_origin(option) in (tuple, list) for option in options):
        items: list[Any] = [part.strip() for part in raw.strip("[]()").split(",") if part.strip()]
        return _one(hint, key, items, strict=False)
    if int in options and float not in options:
        try:  # 1e6 and 1_000_000 are natural ways to write a number of steps
            number = float(raw.replace("_", ""))
            value: Any = int(number) if number == int(number) else raw
        except (ValueError, OverflowError):
            value = raw
        return _one(hint, key, value)
    if str in options:
        return _one(hint, key, raw)
    return _one(hint, key, raw, strict=False)


def _unwrap(hint: Any) -> tuple[Any, Meta | None]:
    """A hint without its annotations, and the description and bounds that were in them."""
    if get_origin(hint) is Annotated:
        plain, *extras = get_args(hint)
        return plain, next((extra for extra in extras if isinstance(extra, Meta)), None)
    if get_origin(hint) in (Union, UnionType):
        parts = [_unwrap(part) for part in get_args(hint)]
        plain = Union[tuple(part for part, _ in parts)]  # noqa: UP007 - built from parts
        return plain, next((meta for _, meta in parts if meta is not None), None)
    return hint, None


def _is_union(plain: Any) -> bool:
    return get_origin(plain) in (Union, UnionType)


def _choices(plain: Any) -> tuple[str, ...]:
    if get_origin(plain) is Literal:
        return tuple(str(choice) for choice in get_args(plain))
    return ()


def _type_text(plain: Any) -> str:
    choices = _choices(plain)
    if choices:
        return " | ".join(choices)
    if _is_union(plain):
        return " or ".join("none" if arg is type(None) else _type_text(arg) for arg in get_args(plain))
    if get_origin(plain) in (tuple, list):
        inner = [arg for arg in get_args(plain) if arg is not Ellipsis]
        return f"list of {_type_text(inner[0])}"
    names = {int: "whole number", float: "number", bool: "true or false", str: "text"}
    return names.get(plain, getattr(plain, "__name__", str(plain)))


def _bounds_text(meta: Meta) -> str:
    low = f">= {meta.ge:g}" if meta.ge is not None else f"> {meta.gt:g}" if meta.gt is not None else ""
    high = f"<= {meta.le:g}" if meta.le is not None else f"< {meta.lt:g}" if meta.lt is not None else ""
    return " and ".join(part for part in (low, high) if part)
