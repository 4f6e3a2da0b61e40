"""Text from files as text on a page."""

import html
from typing import Any


def escaped(value: Any) -> str:
    """The value's text for an element or a quoted attribute, without control characters."""
    text = "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in str(value))
    return html.escape(text, quote=True)
