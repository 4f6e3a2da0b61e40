"""The kinds of item that go into and come out of models, one module a kind: its type, checks, words for it.

Every kind's module has ``SUFFIXES`` (of files that hold items of it), ``check(item, what)``, ``to_text(item)`` and, but for
images, ``to_json(item)``. Formats of files are the application's. NumPy and Pillow are imported when they are used.
"""

from importlib import import_module
from typing import Any

KINDS = ("image", "text", "series", "labels", "boxes", "vectors")


def module_of(kind: str) -> Any:
    """The module of a kind ("image" or ``Kind.IMAGE``)."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of item: {', '.join(KINDS)}")
    return import_module(f"lab_core.items.{kind}")
