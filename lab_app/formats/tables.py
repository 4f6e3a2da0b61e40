"""Tables in files: CSV with any of three separators, JSON lines and JSON arrays of records, as rows of texts."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from lab_app.formats.images import require_file
from lab_app.formats.texts import decode
from lab_core.errors import LabError
from lab_core.files import read_given


def separator_of(line: str) -> str:
    """The character that separates the columns of a line: comma, semicolon or tab, whichever is most frequent."""
    return max(",;\t", key=line.count)


class Table(NamedTuple):
    """The cells of each row, and what separated them."""

    rows: list[list[str]]
    separator: str


def read_table(path: Path | bytes, name: str = "") -> Table:
    """The rows of a CSV file as texts, empty lines left out; raises LabError for one that isn't text or is empty."""
    if isinstance(path, Path):
        require_file(path)
        name = name or path.name
        path = read_given(path)
    text = decode(path, name)
    if "\0" in text:
        raise LabError(f"{name} is not a table: it holds zero bytes.")
    filled = [line for line in text.split("\n") if line.strip()]
    if not filled:
        raise LabError(f"{name} is empty; a table is expected.")
    try:
        separator = separator_of(filled[0])
        return Table([[cell.strip() for cell in row] for row in csv.reader(filled, delimiter=separator)], separator)
    except csv.Error as error:
        raise LabError(f"{name} is not a table: {error}.") from None


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column, of a CSV file with a heading or of JSON lines; raises LabError without ``columns``.

    In JSON lines ``{"item": ..., "labels": [{...}, ...]}`` stands for one row a member of the list.
    """
    if path.suffix.lower() in (".jsonl", ".json"):
        yield from _json_rows(path, columns)
        return
    head, *body = read_table(path).rows
    names = [cell.lower() for cell in head]
    if missing := [column for column in columns if column not in names]:
        raise LabError(f"{path.name} has no column {missing[0]!r}.", f"Expected: {', '.join(columns)}.")
    for line, row in enumerate(body, start=2):
        if len(row) != len(names):
            raise LabError(f"{path.name}, line {line}: {len(row)} columns; the header has {len(names)}.")
        yield line, dict(zip(names, row, strict=True))


def _json_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    require_file(path)
    data = decode(read_given(path), path.name)
    try:
        records: list[Any] = msgspec.json.decode(data) if data.lstrip().startswith("[") else []
        numbered = list(enumerate(records, start=1)) or [
            (number, msgspec.json.decode(line)) for number, line in enumerate(data.split("\n"), start=1) if line.strip()
        ]
    except msgspec.DecodeError as error:
        raise LabError(f"{path.name} is not JSON: {error}.") from None
    for line, record in numbered:
        for row in _spread(record):
            if any(column not in row for column in columns):
                raise LabError(f"{path.name}, line {line}: {', '.join(columns)} are expected.")
            yield line, {str(key): str(value) for key, value in row.items()}


def _spread(record: Any) -> list[dict[str, Any]]:
    if not isinstance(record, dict):
        return [{}]
    plain = cast(dict[str, Any], record)
    if isinstance(inner := plain.get("labels"), list):
        return [
            {"item": plain.get("item", ""), **cast(dict[str, Any], one)}
            for one in cast(list[Any], inner)
            if isinstance(one, dict)
        ]
    return [plain]
