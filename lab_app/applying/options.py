"""``--with KEY=VALUE``: what can be asked of a model, checked."""

from collections.abc import Iterable

from lab_core.config import Config, resolve
from lab_core.errors import UsageError, unknown
from lab_core.model import Apply


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
