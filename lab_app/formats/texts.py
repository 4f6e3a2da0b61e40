"""Text files: UTF-8, whole or a line an item."""

from collections.abc import Iterator
from typing import IO

from lab_core.errors import LabError

MOST_BYTES = 64_000_000  # of one item


def decode(data: bytes, name: str) -> str:
    """UTF-8, with or without a byte-order mark, as text with ``\\n`` at line ends; raises LabError that names the place."""
    if len(data) > MOST_BYTES:
        raise LabError(f"{name} has more than {MOST_BYTES // 10**6} million bytes; one text may not be longer.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabError(f"{name} is not UTF-8 text (byte {error.start + 1}).", "Convert it first: iconv -t utf-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of an open file without their ends, read as they are asked for, none longer than one item may be."""
    while line := file.readline(MOST_BYTES + 1):
        yield line.rstrip(b"\r\n")
