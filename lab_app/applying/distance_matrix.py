"""``lab apply --distances``: how far the vectors of all items lie from each other."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_app.applying.engine import Answer
from lab_app.applying.source import Source
from lab_app.applying.writers import Places, Writer, write_file
from lab_core.errors import LabError, UsageError
from lab_core.model import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 1_000  # items


class DistanceMatrix(Writer):
    """The numbered items, then Euclidean distances with four decimals, on standard output or in a .txt file."""

    def __init__(self, kind: Kind, out: str | None, places: Places) -> None:
        super().__init__()
        if kind != Kind.VECTORS:
            raise UsageError(f"--distances is for models that give vectors; this one gives {kind}.")
        if out is not None and Path(out).suffix.lower() != ".txt":
            raise UsageError(f"--distances writes text; --out is {out}.", "Leave --out away, or name a .txt file.")
        self._path = places.claim(Path(out)) if out is not None else None
        self._names: list[str] = []
        self._vectors: list[Any] = []

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        if self._vectors and len(answer.item) != len(self._vectors[0]):
            raise LabError(f"{source.called}: its vector has {len(answer.item)} values, the first one {len(self._vectors[0])}.")
        if len(self._vectors) == MOST:
            raise UsageError(f"--distances takes at most {MOST:,} items.", "Write the vectors instead: --out vectors.npz")
        self._names.append(source.called)
        self._vectors.append(answer.item)
        return [self._path] if self._path is not None else []

    def close(self) -> None:
        if not self._vectors:
            return
        text = matrix_text(self._names, self._vectors)
        if self._path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            write_file(self._path, text)
            self.files = [self._path]


def matrix_text(names: list[str], items: "list[NDArray[np.float32]]") -> str:
    """A line an item with its number, then the matrix under those numbers."""
    import numpy as np

    table = np.stack(items).astype(np.float64)
    lines = [*(f"{number}: {name}" for number, name in enumerate(names)), "", "Distance matrix"]
    lines.append("".join(["    ", *(f"{number:>10}" for number in range(len(names)))]))
    for number, one in enumerate(table):
        distances = np.linalg.norm(table - one, axis=1)
        lines.append("".join([f"{number:<4}", *(f"{value:>10.4f}" for value in distances)]))
    return "\n".join(lines) + "\n"
