"""Text files, a sentence a line, UTF-8."""

from pathlib import Path

from lab_core.errors import UsageError
from lab_core.files import read_given

MOST_BYTES = 4_000_000_000


def read_lines(path: Path) -> list[str]:
    """The lines of a file without their ends; raises UsageError, naming line and byte, where it isn't UTF-8."""
    data = read_given(path, limit=MOST_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        place = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise UsageError(
            f"{path}, line {line}, byte {place}: not UTF-8.", "Convert it, for example with iconv -f LATIN1 -t UTF-8."
        ) from None
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
