"""``--target``: what should have come out, beside what did."""

from pathlib import Path
from typing import Any

from lab_app.applying import sources
from lab_app.applying.source import Input, Source
from lab_app.formats import boxes, labels
from lab_core.errors import LabError, UsageError
from lab_core.model import Kind


class Targets:
    """The targets of a folder or file, found by the name of the source; of a text file by the number of the line."""

    def __init__(self, path: Path, kind: Kind, *, whole: bool = False) -> None:
        if not path.exists():
            raise UsageError(f"There is no file or folder {path}.", "Give the targets with --target.")
        self._kind = kind
        self._tables: dict[str, Any] = {}
        self._lines: list[Any] = []
        self._inputs: dict[str, Input] = {}
        if kind in (Kind.LABELS, Kind.BOXES) and path.is_file():
            table = labels.read(path) if kind == Kind.LABELS else boxes.read(path)
            self._tables = {_stem(name): item for name, item in table.items()}
        elif kind == Kind.TEXT and path.is_file() and not whole:
            found = sources.read([Input(path, path.stem)], kind)
            self._lines = [one.item if isinstance(one, Source) else None for one in found]
        else:
            self._inputs = {one.name: one for one in sources.find([str(path)], kind)}

    def of(self, source: Source, number: int) -> Any:
        """The target of the source that came as ``number`` (from 0), None where there is none that can be read."""
        if self._tables:
            return self._tables.get(source.name) or self._tables.get(source.name.rpartition("/")[2])
        if self._lines:
            return self._lines[number] if number < len(self._lines) else None
        one = self._inputs.get(source.name) or (next(iter(self._inputs.values())) if len(self._inputs) == 1 else None)
        if one is None:
            return None
        try:
            first = next(iter(sources.read([one], self._kind, whole=True)), None)
        except LabError:
            return None
        return first.item if isinstance(first, Source) else None


def _stem(name: str) -> str:
    return str(Path(name).with_suffix("").as_posix())
