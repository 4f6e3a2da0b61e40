"""The networks in whose features images of a data set are compared: one a data set, in one registry.

    network = extractor("mnist")
    features, probabilities = network.features(images)

A score depends on its network, so :attr:`Extractor.name` (with a hash of the weights) stands in every signature and protocol.
Another package adds its own with :func:`register`: ``register("my-data", "my_package.network:load")``.
"""

from functools import cache
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, unknown
from lab_core.imports import load_object

_places = {
    "mnist": "lab_metrics.images.classifier:load",
    "fashion-mnist": "lab_metrics.images.classifier:load",
}


class Extractor(Protocol):
    """A trained classifier of one data set.

    name     with the beginning of the hash of its weights
    classes  names of the labels in the order of the probabilities
    shape    [height, width, channels] of the images that it is made for
    """

    name: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]

    def features(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features [n, d] and probabilities [n, classes] of uint8 images [n, height, width, 1 or 3] of any size."""
        ...


def has(data_id: str) -> bool:
    """Whether a network is registered for this data set."""
    return data_id in _places


@cache
def extractor(data_id: str) -> Extractor:
    """The network of a data set, built once a process; raises UsageError where there is none, LabError for a damaged one."""
    if data_id not in _places:
        raise unknown("feature extractor for the data set", data_id, _places)
    make: Any = load_object(_places[data_id], what=f"The feature extractor of {data_id}")
    return cast(Extractor, make(data_id))


def register(data_id: str, place: str) -> None:
    """Add a data set's network: ``place`` is ``"module:function"``, called with the data set's id when first needed."""
    if _places.get(data_id, place) != place:
        raise LabError(f"A feature extractor for {data_id} is registered already: {_places[data_id]}.")
    _places[data_id] = place
