"""Vectors in a folder: for TensorBoard's projector, their distances, a map."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_app.applying.engine import Answer
from lab_app.applying.source import Source
from lab_app.applying.writers import Places, write_file
from lab_app.formats import images, vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_DISTANCES = 1000
_MAP, _DOT = 900, 5  # pixels
_NAMED = 60  # vectors up to which each has its name on the map
_PAPER, _INK, _BLUE = (250, 250, 248), (60, 64, 72), (47, 111, 222)


def write_vectors(folder: Path, found: list[tuple[Source, Answer]], places: Places) -> list[Path]:
    """vectors.tsv and metadata.tsv; with two or more of one length distances.csv and map.png."""
    import numpy as np

    names = [source.name for source, _ in found]
    items = [answer.item for _, answer in found]
    files = {"vectors.tsv": vectors.to_tsv(items), "metadata.tsv": "".join(f"{_plain(name)}\n" for name in names)}
    same = len({len(item) for item in items}) == 1 and len(items) > 1
    if same and len(items) <= _MOST_DISTANCES:
        files["distances.csv"] = _distances(names, np.stack(items))
    written = [places.claim(folder / name) for name in files]
    for path, data in zip(written, files.values(), strict=True):
        write_file(path, data)
    if same:
        path = places.claim(folder / "map.png")
        images.write(path, draw_map(names, np.stack(items)))
        written.append(path)
    return written


def _plain(name: str) -> str:
    return " ".join(name.split())


def _distances(names: list[str], table: "NDArray[np.float32]") -> str:
    """Cosine distances: a line and a column an item."""
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["item", *names])
    for name, row in zip(names, vectors.cosine_distances(table), strict=True):
        writer.writerow([name, *(f"{value:.4f}" for value in row)])
    return buffer.getvalue()


def places_of(table: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """A place in the plane [n, 2] for each vector [n, d]: t-SNE where scikit-learn is installed and there are ten or more."""
    from importlib.util import find_spec

    if len(table) < 10 or find_spec("sklearn") is None:
        return vectors.principal_axes(table)
    from sklearn.manifold import TSNE  # pyright: ignore[reportMissingTypeStubs, reportMissingImports, reportUnknownVariableType]

    method: Any = TSNE(init="pca", random_state=0, perplexity=min(30.0, (len(table) - 1) / 3))
    return method.fit_transform(table)


def draw_map(names: list[str], table: "NDArray[np.float32]") -> "NDArray[np.uint8]":
    """A dot a vector, near ones together; with their names where they are few."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import cut, font

    points = places_of(table)
    low, size = points.min(0), np.maximum(np.ptp(points, axis=0), 1e-9)
    margin = 60
    placed = margin + (points - low) / size.max() * (_MAP - 2 * margin) + (1 - size / size.max()) * (_MAP - 2 * margin) / 2
    paper = Image.new("RGB", (_MAP, _MAP), _PAPER)
    pen = ImageDraw.Draw(paper)
    for name, (x, y) in zip(names, placed, strict=True):
        pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill=_BLUE)
        if len(names) <= _NAMED:
            used = font(13, name)
            pen.text((x + _DOT + 3, y), cut(name, used, _MAP - x - 12), _INK, used, anchor="lm")
    return np.asarray(paper)
