"""What unpaired training leaves: generators, applied to images of any size."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from lab_tensorflow.network_model import NetworkModel

from lab_core.errors import UsageError
from lab_core.model import Apply, Kind
from lab_image_translation.paired.config import ApplyOptions
from lab_image_translation.paired.problem import Pixels, to_pixels, with_channels
from lab_image_translation.tiling import apply_images
from lab_image_translation.unpaired.config import CutConfig, CycleConfig, DirectionOptions, DomainOptions, StarConfig

MULTIPLE = 4
LEAST = 8  # pixels a side: the mirrored borders of the blocks need two places at a quarter of the size


class _Translator(NetworkModel, Apply):
    consumes = Kind.IMAGE
    produces = Kind.IMAGE

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self._compiled = {
            name: tf.function(lambda images, network=network: network(images, training=False), reduce_retracing=True)
            for name, network in self.networks.items()
        }

    def _generator(self, *, extra: int = 0) -> Any:
        from lab_image_translation.networks.resnet import resnet_generator

        return resnet_generator(3, 3, extra=extra, **self.config.generator_options)

    def _through(self, names: tuple[str, ...], images: Pixels) -> Pixels:
        import tensorflow as tf

        values: Any = tf.constant(images.astype(np.float32) / 127.5 - 1)
        for name in names:
            values = self._compiled[name](values)
        return to_pixels(127.5 * values.numpy() + 127.5)

    def _applied(self, items: Iterable[Pixels], names: tuple[str, ...], tile: int) -> Iterator[Pixels]:
        colour = (with_channels(item, 3) for item in items)
        return apply_images(lambda images: self._through(names, images), colour, multiple=MULTIPLE, least=LEAST, tile=tile)


class CycleModel(_Translator):
    """Both directions of a CycleGAN."""

    config_type = CycleConfig
    options = DirectionOptions

    def make_networks(self) -> Mapping[str, Any]:
        return {"forward": self._generator(), "backward": self._generator()}

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        direction = self.config.direction if options.direction == "as trained" else options.direction
        names = ("forward", "backward") if direction == "AtoB" else ("backward", "forward")
        yield from self._applied(items, names if options.reconstruct else names[:1], options.tile)


class CutModel(_Translator):
    """CUT's one generator."""

    config_type = CutConfig
    options = ApplyOptions

    def make_networks(self) -> Mapping[str, Any]:
        return {"generator": self._generator()}

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        yield from self._applied(items, ("generator",), options.tile)


class StarModel(_Translator):
    """One generator to every domain. ``about["domains"]``: their names."""

    config_type = StarConfig
    options = DomainOptions

    def make_networks(self) -> Mapping[str, Any]:
        return {"generator": self._generator(extra=len(self.about["domains"]))}

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        """Raises UsageError for a domain that there isn't."""
        names = self.about["domains"]
        usual = 1 if self.config.direction == "AtoB" else 0  # what the benchmark asks for
        domain = usual if options.domain is None else options.domain
        if domain >= len(names):
            listed = ", ".join(f"{number} {name}" for number, name in enumerate(names))
            raise UsageError(f"There is no domain {domain}.", f"Domains: {listed}.")
        colour = (with_channels(item, 3) for item in items)
        made = apply_images(
            lambda images: self._towards(domain, images), colour, multiple=MULTIPLE, least=LEAST, tile=options.tile
        )
        yield from made

    def _towards(self, domain: int, images: Pixels) -> Pixels:
        import tensorflow as tf

        planes = np.zeros((*images.shape[:3], len(self.about["domains"])), np.float32)
        planes[..., domain] = 1
        values = np.concatenate([images.astype(np.float32) / 127.5 - 1, planes], -1)
        made = self._compiled["generator"](tf.constant(values))
        return to_pixels(127.5 * made.numpy() + 127.5)
