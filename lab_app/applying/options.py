"""``--with KEY=VALUE``: what can be asked of a model, checked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from lab_app.runs.target import find_target
from lab_core.config import Config, fields, resolve
from lab_core.errors import UsageError, unknown
from lab_core.imports import load_object
from lab_core.model import Apply
from lab_core.registry.registry import Registry


def read_with(model: Apply, pairs: Iterable[str]) -> Config:
    """The model's options with ``KEY=VALUE`` texts on top; raises UsageError that names the nearest choice."""
    names = model.options.__struct_fields__
    given = list(pairs)
    for text in given:
        key, equals, _ = text.partition("=")
        if not equals or not key.strip():
            listed = f"Its options: {', '.join(names)}." if names else None
            raise UsageError(f"--with {text!r} is not of the form KEY=VALUE.", listed)
        if not names:
            raise UsageError(f"--with {text}: this model has no options.")
        if key.strip() not in names:
            raise unknown("option", key.strip(), names)
    return resolve(model.options, overrides=given)


def listed(text: str, runs_dir: Path, registry: Registry, *, say: Callable[[str], None]) -> Iterator[str]:
    """What the model that ``text`` stands for takes and gives, and a line an option; the model itself is not loaded."""
    task = registry.task(text) if registry.has_task(text) else find_target(text, runs_dir, registry, say=say).task
    kind = load_object(task.model, what=f"Task {task.id}")
    if not issubclass(kind, Apply):
        raise UsageError(f"The model of {task.id} doesn't apply.")
    yield f"{task.id}: {kind.consumes} to {kind.produces}"
    for field in fields(kind.options):
        unit = f" ({field.unit})" if field.unit else ""
        yield f"  --with {field.name}={_typed(field.default)}"
        yield f"      {field.description}{unit}; {field.type}{f' {field.bounds}' if field.bounds else ''}"


def _typed(value: Any) -> str:
    """A value as it is typed after ``=``."""
    if isinstance(value, tuple | list):
        return ",".join(map(str, cast(Sequence[Any], value)))
    if value is None or isinstance(value, bool):
        return "none" if value is None else "on" if value else "off"
    return str(value)
