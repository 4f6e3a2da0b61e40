"""The curve of a run: ``metrics.jsonl``, one line a slice, append only."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from lab_core.errors import LabError
from lab_core.files import decode_json, disk_errors, encode_json, read_file, sync_folder, write_atomic

Line = dict[str, Any]
LARGEST_CURVE = 4 << 30  # bytes


class MetricsLog:
    """Lines of ``{"step": ..., "wall_seconds": ..., scalars...}``. A line is there whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def append(self, step: int, wall_seconds: float, scalars: Mapping[str, float]) -> None:
        """Add one line; another process sees it at once. Raises LabError when the disk is full, the lines before kept."""
        line: Line = {"step": step, "wall_seconds": round(wall_seconds, 3)}
        line.update((name, float(value)) for name, value in scalars.items() if name not in line)
        data = encode_json(line) + b"\n"
        with disk_errors("A line of metrics", self.path.parent):
            file = self._opened()
            start = file.tell()
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError:
                with suppress(OSError):
                    file.truncate(start)
                    file.seek(start)
                raise

    def read(self) -> list[Line]:
        """Every line, in order. A last line that a crash cut short, and lines that are damaged, are left out."""
        return [line for _, line in self._lines()]

    def cut(self, step: int) -> None:
        """Remove every line after ``step``, so that a resumed run goes on where its checkpoint stood. All or nothing."""
        with disk_errors("The metrics", self.path.parent):
            self.close()
            if not self.path.exists():
                return
            kept = b"".join(raw for raw, line in self._lines() if line["step"] <= step)
            if len(kept) != self.path.stat().st_size:
                write_atomic(self.path, kept)

    def sync(self) -> None:
        """Flush what has been appended to the disk."""
        if self._file is not None:
            with disk_errors("The metrics", self.path.parent):
                os.fsync(self._file.fileno())
                sync_folder(self.path.parent)

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with disk_errors("The metrics", self.path.parent):
                file.close()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            file = self.path.open("ab", buffering=0)
            end = _whole(self.path)
            if file.tell() != end:  # the end of a line that a crash cut short must not become part of the next
                file.truncate(end)
                file.seek(end)
            self._file = file
        return self._file

    def _lines(self) -> Iterator[tuple[bytes, Line]]:
        try:
            data = read_file(self.path, limit=LARGEST_CURVE)
        except FileNotFoundError:
            return
        except OSError as error:
            raise LabError(f"{self.path} can't be read ({os.strerror(error.errno or 0).lower()}).") from None
        for raw in data.splitlines(keepends=True):
            try:
                line = decode_json(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if raw.endswith(b"\n") and isinstance(line, dict) and isinstance(line.get("step"), int):  # pyright: ignore
                yield raw, line


def _whole(path: Path) -> int:
    """The size of a file up to and including its last line end."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 4096)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0
