"""Deep dream: changes a photograph, or makes an image from noise."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import LabError, UsageError, unknown
from lab_core.model import Apply, Kind, Model, Sample
from lab_vision.dream.config import DreamOptions

FILE = "dream.json"
_KERAS_NAME = re.compile(r"block(\d)_conv(\d)")  # Keras' own names of VGG16's layers work, too


class DreamModel(Model, Apply, Sample):
    """VGG16's layers and EfficientNet-Lite0's classes, as installed packages bring them."""

    consumes = produces = Kind.IMAGE
    options = DreamOptions

    def __init__(self, device: str) -> None:
        from lab_tensorflow.runtime import start

        start(device=device)
        self._gradients: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def ready(cls, config: Config, *, device: str) -> "DreamModel":
        return cls(device)

    def save(self, folder: Path) -> None:
        """The networks come with installed packages: a line that names them is all."""
        (folder / FILE).write_text(json.dumps({"networks": ["VGG16 (HED)", "EfficientNet-Lite0"]}))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "DreamModel":
        if not (folder / FILE).is_file():
            raise LabError(f"{folder} holds no readable model: {FILE} is missing.")
        return cls(device)

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[NDArray[np.uint8]]:
        """Each image, uint8 [h, w, 1 or 3], after the ascent, uint8 [h, w, 3]."""
        assert isinstance(options, DreamOptions)
        for number, item in enumerate(items):
            yield self.dream(np.asarray(item), options, seed=number)

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        """Images from uniform noise around grey, uint8 [size, size, 3]."""
        from lab_core.config import from_dict

        asked = options if isinstance(options, DreamOptions) else from_dict(DreamOptions, options)
        for number in range(count):
            noise = np.random.default_rng([seed, number]).uniform(100, 101 + 1, (asked.size, asked.size, 3))
            yield self.dream(noise, asked, seed=seed + number)

    def dream(self, image: NDArray[Any], options: DreamOptions, *, seed: int = 0) -> NDArray[np.uint8]:
        """The last image of :meth:`ascent`, or the last frame of a zoom, uint8 [h, w, 3]; writes the film that is asked for."""
        from lab_vision.dream.film import Film, zoomed

        steps = (
            zoomed(self, image, options, seed) if options.zoom > 1 else (one for one, _ in self.ascent(image, options, seed=seed))
        )
        film = Film(Path(options.film), options.fps, image.shape[:2]) if options.film else None
        found: Any = None
        for found in steps:
            if film is not None:
                film.add(found)
        if film is not None:
            film.close()
        return to_bytes(found)

    def ascent(self, image: NDArray[Any], options: DreamOptions, *, seed: int = 0) -> Iterator[tuple[NDArray[np.float32], float]]:
        """The image float32 [h, w, 3] after every step, with the score; raises LabError for what isn't an image."""
        from lab_vision.dream.ascent import ascend

        if image.ndim != 3 or image.shape[-1] not in (1, 3):
            raise LabError(f"An image is [height, width, 1 or 3]; this is {list(image.shape)}.")
        if min(image.shape[:2]) < 32:
            raise LabError(f"An image of {image.shape[1]} x {image.shape[0]} pixels is too small to dream on; at least 32 x 32.")
        colour = np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
        yield from ascend(
            colour.astype(np.float32),
            self._gradient(options),
            octaves=options.octaves,
            octave_scale=options.octave_scale,
            iterations=options.iterations,
            step=options.step,
            laplacian=options.laplacian,
            seed=seed,
        )

    def _gradient(self, options: DreamOptions) -> Any:
        key = options.layer, options.channels, options.objective, options.image_class, options.tile
        if key not in self._gradients:
            from lab_vision.dream.ascent import Gradient

            self._gradients[key] = Gradient(score_of(options), options.tile)
        return self._gradients[key]


def score_of(options: DreamOptions) -> Any:
    """The score of images [1, h, w, 3] that options ask for; raises UsageError for a layer or channel that isn't there."""
    import tensorflow as tf

    if options.image_class is not None:
        from lab_tensorflow.pretrained import efficientnet_lite0

        network, number = efficientnet_lite0.build(None), options.image_class
        return lambda images: network(images, training=False)[0, number]
    network = _network(options.layer)
    depth = network.outputs[0].shape[-1]
    if options.channels and max(options.channels) >= depth:
        raise UsageError(f"channels={max(options.channels)}: {options.layer} has channels 0 to {depth - 1}.")

    def score(images: Any) -> Any:
        found = network(images)
        found = found[0] if isinstance(found, list) else found
        chosen = tf.gather(found, options.channels, axis=-1) if options.channels else found
        values = tf.square(chosen) if options.objective == "squared" else chosen
        return tf.reduce_sum(tf.reduce_mean(values, axis=(0, 1, 2))) if options.channels else tf.reduce_mean(values)

    return score


def _network(layer: str) -> Any:
    """Images float32 [1, h, w, 3], values 0 to 255 -> activations of a layer; raises UsageError for an unknown one."""
    from lab_tensorflow.pretrained import efficientnet_lite0, vgg16

    family, slash, name = layer.rpartition("/")
    if not slash:
        return vgg16.build((_KERAS_NAME.sub(r"conv\1_\2", layer),))
    import keras

    whole = efficientnet_lite0.build(None, classes=None)
    known = [one.name for one in whole.layers[1:]]
    if family != "lite0" or name not in known:
        raise unknown("layer of EfficientNet-Lite0", layer, [f"lite0/{one}" for one in known])
    return keras.Model(whole.input, whole.get_layer(name).output)


def to_bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Values 0 to 255, rounded and clipped, as uint8."""
    return np.clip(np.round(image), 0, 255).astype(np.uint8)
