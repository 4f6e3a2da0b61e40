"""A prompt for texts: each line is an item, answered before the next is asked for."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

from lab_app.applying.source import Failure, Source


def prompt(label: str) -> Iterator[list[Source | Failure]]:
    """Lines typed at the terminal, until Ctrl-D; each is a batch of its own."""
    with suppress(ImportError):
        import_module("readline")  # history and editing of the line
    print(f"{label}: type a text and press Enter; Ctrl-D ends.", file=sys.stderr)
    number = 0
    while True:
        try:
            line = input("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        if line.strip():
            number += 1
            yield [Source(f"text {number}", line, group="texts")]
