"""Vectors in files: NPZ, TSV; their distances and places in a plane."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lab_app.formats.series import read_arrays
from lab_app.formats.tables import read_table
from lab_core.errors import LabError
from lab_core.items.vectors import check

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # [d]


def read(path: Path) -> Iterator[tuple[str, "Vector"]]:
    """Named vectors: the array ``vectors`` [n, d] of an .npz (with ``names`` [n]), or a line a vector, its name first or none."""
    import numpy as np

    if path.suffix.lower() == ".npz":
        arrays = read_arrays(path)
        table = arrays.get("vectors", next(iter(arrays.values()), np.zeros(0)))
        if table.ndim != 2 or table.dtype.kind not in "fiu":
            raise LabError(f"{path.name} holds {table.dtype} {list(table.shape)}; vectors [n, d] are expected.")
        names = arrays.get("names", arrays.get("labels", np.arange(1, len(table) + 1)))
        for name, row in zip(names, table, strict=False):
            yield str(name), check(row.astype(np.float32), f"{path.name}: {name}")
        return
    for line, row in enumerate(read_table(path).rows, start=1):
        name, cells = (row[0], row[1:]) if not _is_number(row[0]) else (str(line), row)
        if line == 1 and cells and not any(map(_is_number, cells)):
            continue  # a heading
        try:
            yield name, check(np.array([float(cell) for cell in cells], np.float32), f"{path.name}, line {line}")
        except ValueError:
            raise LabError(f"{path.name}, line {line}: a vector is numbers, its name before them.") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def to_tsv(vectors: Sequence["Vector"]) -> str:
    """A line a vector, values separated by tabs: the form that TensorBoard's projector reads."""
    return "".join("\t".join(f"{value:.7g}" for value in vector) + "\n" for vector in vectors)


def cosine_distances(vectors: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """1 - cosine similarity between the rows [n, d], as [n, n] with an exact 0 on the diagonal."""
    import numpy as np

    table = vectors.astype(np.float64)
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    distances = np.clip(1 - unit @ unit.T, 0, 2)
    np.fill_diagonal(distances, 0)
    return distances


def principal_axes(vectors: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """The rows [n, d] in the plane of their two largest principal components, [n, 2]."""
    import numpy as np

    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(0)
    axes = cast("NDArray[np.float64]", np.linalg.svd(centred, full_matrices=False)[2])[:2]  # [2, d], or [1, d]
    plane = cast("NDArray[np.float64]", centred @ axes.T)
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
