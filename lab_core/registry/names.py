"""The one rule for names that plugins choose, and for texts of theirs that are printed.

An id becomes part of a path, a command and a table: letters, digits and ``. _ + -`` in ASCII, starting with a letter or digit.
A benchmark's id may have several such parts with slashes between, and fields of a config in braces (``atari/{game}``).
"""

import re
from collections.abc import Iterable
from string import Formatter
from typing import Any

LONGEST_ID, LONGEST_TEXT = 100, 500
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_FIELD = re.compile(r"[A-Za-z_]\w*")


def id_problem(name: str, *, parts: bool = False) -> str | None:
    """What is wrong with an id, or None. ``parts``: slashes and fields in braces are allowed (a benchmark's)."""
    if len(name) > LONGEST_ID:
        return f"an id of at most {LONGEST_ID} characters is expected"
    shown = name
    if parts:
        try:
            pieces = list(Formatter().parse(name))
        except ValueError as error:
            return f"its braces don't fit ({error})"
        for _, field, _, _ in pieces:
            if field is not None and not _FIELD.fullmatch(field):
                return f"{{{field}}} is not the name of a setting"
        shown = "".join(text + ("x" if field is not None else "") for text, field, _, _ in pieces)
    if all(_PART.fullmatch(part) for part in (shown.split("/") if parts else [shown])):
        return None
    return "an id of letters, digits and . _ + - that starts with a letter or digit is expected"


def text_problem(record: Any, names: Iterable[str]) -> str | None:
    """What is wrong with the texts of a record in these fields, or None: one printable line each is expected."""
    for name in names:
        text = getattr(record, name)
        for one in (text,) if isinstance(text, str) else text or ():
            if not one.isprintable() or len(one) > LONGEST_TEXT:
                return f"{name} is not one printable line of at most {LONGEST_TEXT} characters"
    return None
