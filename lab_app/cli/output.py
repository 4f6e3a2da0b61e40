"""What commands write: lines on standard error, and with ``--json`` one document, and nothing else, on standard output."""

import json
import math
import os
import re
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from typing import Any, TextIO, cast

from lab_app.cli.table import COMMANDS
from lab_core.errors import printable

_COMMAND = re.compile(rf"(?<!run )(?<![\w/.`-])lab (?=(?:{'|'.join(COMMANDS)})\b)")


def runnable(text: str) -> str:
    """Text whose commands ``lab ...`` can be run as printed: with ``uv run`` before them where that started this process."""
    return _COMMAND.sub("uv run lab ", text) if "UV_RUN_RECURSION_DEPTH" in os.environ else text


def say(text: str) -> None:
    """One line on standard error."""
    print(runnable(printable(text)), file=sys.stderr)


_document: TextIO | None = None  # standard output, while everything else that writes there goes to standard error


@contextmanager
def one_document() -> Generator[None]:
    """While open, standard output is kept for :func:`emit`; what else is written there, by compiled code too, goes to
    standard error."""
    global _document
    with ExitStack() as stack:
        _document = sys.stdout
        with suppress(OSError, ValueError, AttributeError):  # a process may have no standard output at all
            sys.stdout.flush()
            kept = os.dup(1)
            stack.callback(os.close, kept)
            os.dup2(2, 1)
            stack.callback(os.dup2, kept, 1)
            if sys.stdout.fileno() == 1:  # else it is a notebook's or a test's own
                _document = stack.enter_context(os.fdopen(kept, "w", closefd=False))
        stack.enter_context(redirect_stdout(sys.stderr))
        try:
            yield
        finally:
            _document = None


def emit(document: Any) -> None:
    """A JSON document on standard output. What is not finite, which JSON lacks, is null."""
    import msgspec

    print(json.dumps(_finite(msgspec.to_builtins(document)), indent=2), file=_document, flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in cast(dict[Any, Any], value).items()}
    return [_finite(item) for item in cast(list[Any], value)] if isinstance(value, list | tuple) else value
