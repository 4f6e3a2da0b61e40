"""The kinds of item that go into and come out of models, one module a kind: its type, reading, writing, checks, display.

Every kind's module has ``SUFFIXES`` (of files that hold items of it), ``check(item, what)``, ``to_text(item)``,
``to_picture(item)`` as uint8 [height, width, 3] and, but for images, ``to_json(item)``. NumPy and Pillow are imported when
they are used.
"""

from importlib import import_module
from typing import Any

KINDS = ("image", "text", "series", "labels", "boxes", "vectors")


def module_of(kind: str) -> Any:
    """The module of a kind ("image" or ``Kind.IMAGE``)."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of item: {', '.join(KINDS)}")
    return import_module(f"lab_core.items.{kind}")
