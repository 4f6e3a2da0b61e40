"""What vectors are good for: who is on an image (the nearest in a gallery), and which images belong together (k-means)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import UsageError
from lab_core.items.labels import Labels
from lab_core.model import Apply, Kind
from lab_vision.embedding.config import EmbedOptions

UNKNOWN = "unknown"
Floats = NDArray[Any]


class VectorModel(Apply):
    """A model that turns an image into a vector; with options it names images instead.

    The number beside a name is 1 / (1 + distance): 1 for the same vector, less the farther. It is no probability.
    """

    consumes, produces = Kind.IMAGE, Kind.VECTORS
    options = EmbedOptions

    def vectors(self, items: Iterable[Any]) -> Iterator[Floats]:
        """One vector float32 [d] for each image uint8 [h, w, 1 or 3], lazily and in order; raises LabError for other items."""
        raise NotImplementedError

    def result_kind(self, options: Config) -> Kind:
        assert isinstance(options, EmbedOptions)
        return Kind.LABELS if options.gallery or options.clusters else Kind.VECTORS

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        assert isinstance(options, EmbedOptions)
        if options.clusters:
            yield from clustered(list(self.vectors(items)), options.clusters)
        elif options.gallery:
            table, labels, names = self.gallery(options.gallery)
            for vector in self.vectors(items):
                yield nearest(vector, table, labels, names, options.farthest)
        else:
            yield from self.vectors(items)

    def gallery(self, folder: str) -> tuple[Floats, NDArray[np.int32], tuple[str, ...]]:
        """Vectors [n, d] of all images in a folder with one folder per identity, their labels [n] and the identities' names."""
        from lab_datasets.config import resolve_data
        from lab_datasets.loading import load_columns

        if not Path(folder).expanduser().is_dir():
            raise UsageError(f"gallery={folder} is not a folder.", "Give a folder with one folder per identity.")
        found = load_columns(
            resolve_data(str(Path(folder).expanduser().absolute())), "train+validation+test", kind="images", fewest=1
        )
        found.need_classes("recognition")
        return np.stack(list(self.vectors(found["image"]))), np.asarray(found["label"]), found.classes


def nearest(vector: Floats, table: Floats, labels: NDArray[Any], names: tuple[str, ...], farthest: float) -> Labels:
    """The identities of a gallery [n, d], the one with the nearest image first.

    Where even that is farther than ``farthest`` (0: no limit), ``unknown`` stands first.
    """
    distance = np.full(len(names), np.inf)
    np.minimum.at(distance, labels, np.linalg.norm(table - vector, axis=1))
    order = [int(place) for place in np.argsort(distance, kind="stable") if np.isfinite(distance[place])]
    found = [(names[place], _closeness(distance[place])) for place in order]
    if farthest and distance[order[0]] > farthest:
        found.insert(0, (UNKNOWN, _closeness(farthest)))
    return Labels(tuple(name for name, _ in found), tuple(value for _, value in found))


def clustered(vectors: list[Floats], count: int) -> list[Labels]:
    """The group of each vector, of ``count`` by k-means (ten starts), numbered by size; the groups in the order of distance.

    Raises UsageError for fewer vectors than groups.
    """
    from sklearn.cluster import KMeans

    if len(vectors) < count:
        raise UsageError(f"{len(vectors)} images can't make {count} groups.", "Ask for fewer: --with clusters=...")
    method = KMeans(count, n_init=10, random_state=0).fit(np.stack(vectors).astype(np.float64))
    bysize = np.argsort(-np.bincount(method.labels_, minlength=count), kind="stable")
    middles = method.cluster_centers_[bysize]
    found = []
    for vector in vectors:
        distance = np.linalg.norm(middles - vector, axis=1)
        order = np.argsort(distance, kind="stable")
        found.append(
            Labels(tuple(f"group {place + 1}" for place in order), tuple(_closeness(distance[place]) for place in order))
        )
    return found


def _closeness(distance: float) -> float:
    return float(1 / (1 + distance))
