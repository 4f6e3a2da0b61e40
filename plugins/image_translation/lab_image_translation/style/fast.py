"""Fast style transfer: a network that paints in one style (Johnson et al. 2016, as the source has it)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.losses.reconstruction import squared_error, total_variation
from lab_tensorflow.network_model import NetworkModel
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_core.model import Apply, Kind
from lab_image_translation import vgg
from lab_image_translation.losses import gram
from lab_image_translation.networks.transform import transform_network
from lab_image_translation.paired.config import ApplyOptions
from lab_image_translation.paired.problem import Pixels, to_pixels, with_channels
from lab_image_translation.style.config import FastStyleConfig
from lab_image_translation.style.pictures import load_style, scaled
from lab_image_translation.tiling import apply_images


class FastStyleLearner(SingleLossLearner):
    """``networks``: the transformation network; VGG16 judges and doesn't learn."""

    shares = False  # it minimises no mean over items
    averaged = ("transform",)
    metrics = ("loss", "content_loss", "style_loss")

    def __init__(self, config: FastStyleConfig, *, precision: str, seed: int) -> None:
        vgg.check_layers([config.content_layer, *config.style_layers])
        network = transform_network(
            width=config.width, blocks=config.blocks, skip=config.skip, seed=seed % 1_000_003, dtype=policy(precision)
        )
        super().__init__(config, {"transform": network}, seed=seed)
        self.network = network
        style = scaled(load_style(config.style), config.style_size)[None].astype(np.float32)
        found = vgg.features(tf.constant(style), config.style_layers)
        self.grams = {name: tf.constant(gram(found[name]).numpy()) for name in config.style_layers}
        count = len(self.grams)
        self.sizes = {name: count * float(np.square(one).mean()) if config.relative else 1.0 for name, one in self.grams.items()}
        self.names = list(dict.fromkeys([config.content_layer, *config.style_layers]))

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        """Content: mean squared difference of one layer's features. Style: that of Gram matrices, summed over layers.

        ``relative``: content divided by the mean square of the photographs' features, style the mean over layers, each divided by
        the mean square of the style's Gram matrix.
        """
        config, images = self.config, batch["image"]  # [batch, size, size, 3] in 0..255
        made = self.network(images, training=True)
        found, wanted = vgg.features(made, self.names), vgg.features(images, [config.content_layer])
        content = squared_error(wanted[config.content_layer], found[config.content_layer])
        if config.relative:
            content /= tf.reduce_mean(tf.square(wanted[config.content_layer]))
        style = tf.add_n([squared_error(target, gram(found[name])) / self.sizes[name] for name, target in self.grams.items()])
        total = config.content_weight * content + config.style_weight * style
        total += config.smoothness * total_variation(made / 255)
        return total, {"loss": total, "content_loss": content, "style_loss": style}


class FastStyleModel(NetworkModel, Apply):
    """Paints images of any size in one pass."""

    config_type = FastStyleConfig
    consumes = Kind.IMAGE
    produces = Kind.IMAGE
    options = ApplyOptions

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, weights, about)
        self._compiled = tf.function(lambda images: self.networks["transform"](images, training=False), reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        return {"transform": transform_network(width=self.config.width, blocks=self.config.blocks, skip=self.config.skip)}

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        yield from apply_images(
            lambda images: to_pixels(self._compiled(tf.constant(images, tf.float32)).numpy()),
            (with_channels(item, 3) for item in items),
            multiple=4,
            least=16,
            tile=max(options.tile, 64),
            batch=4,
        )
