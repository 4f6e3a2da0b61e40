"""The nearest training images of samples, and whether samples lie nearer to them than images that were never trained on.

A model that has learnt its training data by heart draws pictures whose nearest training image is (almost) the picture itself;
a held-out real image has one at some distance. Distances are Euclidean over pixels from 0 to 1.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import msgspec

from lab_app.sampling.models import load_training_data
from lab_app.sampling.sheets import Row, Tile, sheet
from lab_core.errors import LabError, UsageError
from lab_core.items.pictures import columns_of
from lab_core.model import Sample
from lab_core.registry.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]  # [n, height, width, 1 or 3]

COUNT = 32  # samples, where the user doesn't say
_CHUNK = 4096  # training images multiplied at a time: 13 MB of 28 x 28
_HELD_OUT = 500
_WIDEST = 16  # columns of the sheet
_NEAR = 0.05  # share of held-out images that lie nearer than "near"


class Nearness(msgspec.Struct, frozen=True, kw_only=True):
    """How far samples lie from their nearest training images, beside what held-out real images do.

    median, held_out_median  of the distance to the nearest training image
    near                     share of the samples nearer to one than 95 % of held-out images are; .05 is expected
    """

    data: str
    training_images: int
    median: float
    held_out: str
    held_out_images: int
    held_out_median: float
    near: float

    def line(self) -> str:
        """What a user should know, in one line."""
        text = (
            f"nearest training image: median distance {self.median:.2f}; of {self.held_out_images} held-out real images "
            f"({self.held_out}) {self.held_out_median:.2f}; {self.near:.0%} of the samples nearer than 95 % of those"
        )
        return f"{text}: look for copies" if self.near > 4 * _NEAR else text


def nearest(queries: Any, images: Any, k: int) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
    """The ``k`` nearest of ``images`` [m, ...] to each of ``queries`` [n, ...], both uint8: indices and distances [n, k].

    Nearest first; of equal ones the earlier. Found by matrix products in float32, chunk by chunk; the distances of those that
    are kept are computed again, exactly.
    """
    import numpy as np

    count = len(queries)
    k = min(k, len(images))
    asked = queries.reshape(count, -1).astype(np.float32)
    lengths = np.einsum("ij,ij->i", asked, asked)
    best = np.full((count, 0), 0, np.int64)
    squares = np.zeros((count, 0), np.float32)
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK].reshape(-1, asked.shape[1]).astype(np.float32)
        found = lengths[:, None] - 2 * (asked @ part.T) + np.einsum("ij,ij->i", part, part)
        places = np.broadcast_to(np.arange(start, start + len(part)), found.shape)
        squares, best = np.concatenate([squares, found], axis=1), np.concatenate([best, places], axis=1)
        if squares.shape[1] > k:
            kept = np.argpartition(squares, k - 1, axis=1)[:, :k]
            squares, best = np.take_along_axis(squares, kept, axis=1), np.take_along_axis(best, kept, axis=1)
    chosen = images[best].reshape(count, k, -1).astype(np.float64)
    exact = np.sqrt(((chosen - asked[:, None].astype(np.float64)) ** 2).sum(axis=2)) / 255
    order = np.lexsort((best, exact), axis=1)
    return np.take_along_axis(best, order, axis=1), np.take_along_axis(exact, order, axis=1)


def training_images(model: Sample, like: "Images", split: str, registry: Registry) -> "Images":
    """The images of a split of what the model learnt from, of the size and the channels of ``like``."""
    import numpy as np

    if model.training_data is None:
        raise UsageError(f"--neighbours needs the training data, and {type(model).__name__} doesn't say what it learnt from.")
    height, _, channels = like.shape[1:]
    registered = registry.has_data_set(model.training_data)
    options: dict[str, Any] = {} if registered else {"size": height, "grey": channels == 1}
    found = getattr(load_training_data(model.training_data, split, registry, **options), "images", None)
    if not isinstance(found, np.ndarray) or cast("Images", found).ndim != 4 or cast("Images", found).dtype != np.uint8:
        raise LabError(f"--neighbours compares single images, and {model.training_data} holds something else.")
    images = cast("Images", found)
    return images if images.shape[1:] == like.shape[1:] else _fitted(images, like.shape[1:])


def _fitted(images: "Images", shape: Sequence[int]) -> "Images":
    """Images cropped to the proportions of ``shape`` (height, width, channels), then scaled."""
    import numpy as np
    from PIL import Image, ImageOps

    mode, size = ("L" if shape[2] == 1 else "RGB"), (shape[1], shape[0])
    plain = images[..., 0] if images.shape[3] == 1 else images
    fitted = [ImageOps.fit(Image.fromarray(one).convert(mode), size, Image.Resampling.LANCZOS) for one in plain]
    return np.stack([np.asarray(one) for one in fitted]).reshape(len(fitted), *shape)


def held_out_images(model: Sample, like: "Images", registry: Registry) -> "tuple[str, Images]":
    """Real images that weren't trained on: the test split, else the validation split."""
    assert model.training_data is not None
    splits = ("test", "validation")
    if registry.has_data_set(model.training_data):
        splits = tuple(name for name in splits if name in registry.data_set(model.training_data).splits)
    for split in splits:
        with suppress(LabError):  # a share of the user's own data may be 0
            return split, training_images(model, like, split, registry)
    raise LabError(f"{model.training_data} has no held-out images to compare with.")


def look_for_copies(
    model: Sample, samples: "Images", *, k: int, registry: Registry, scale: int | None = None
) -> "tuple[NDArray[np.uint8], Nearness]":
    """A sheet with each sample over its ``k`` nearest training images and their distances; and how near they are."""
    import numpy as np

    training = training_images(model, samples, "train", registry)
    split, held_out = held_out_images(model, samples, registry)
    chosen = np.random.default_rng(0).permutation(len(held_out))[:_HELD_OUT]
    held_out = held_out[np.sort(chosen)]
    places, distances = nearest(samples, training, k)
    usual = nearest(held_out, training, 1)[1][:, 0]
    found = Nearness(
        data=str(model.training_data),
        training_images=len(training),
        median=float(np.median(distances[:, 0])),
        held_out=split,
        held_out_images=len(held_out),
        held_out_median=float(np.median(usual)),
        near=float(np.mean(distances[:, 0] < np.quantile(usual, _NEAR))),
    )
    return sheet(_rows(samples, training, places, distances), scale=scale), found


def _rows(samples: "Images", training: "Images", places: Any, distances: Any) -> list[Row]:
    columns = min(_WIDEST, len(samples)) if len(samples) > 4 else columns_of(len(samples))
    rows: list[Row] = []
    for start in range(0, len(samples), columns):
        block = range(start, min(start + columns, len(samples)))
        rows.append(Row([Tile(samples[i], str(i + 1)) for i in block], "sample", title=" "))
        for rank in range(places.shape[1]):
            tiles = [Tile(training[places[i, rank]], f"{distances[i, rank]:.2f}", soft=True) for i in block]
            rows.append(Row(tiles, f"nearest {rank + 1}"))
    return rows
