"""Training of the fast style network on photographs."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model
from lab_core.trainer import Media
from lab_image_translation.sheets import rows_of

if TYPE_CHECKING:
    from lab_image_translation.sources import Pixels


class FastStyleTrainer(CompiledTrainer[Any]):
    """One style."""

    item_word = "images"
    memory_settings = ("batch_size", "size", "width")

    def make_data(self) -> Mapping[str, Any]:
        from lab_image_translation.sources import load_images
        from lab_image_translation.style.pictures import views

        return {"image": views(load_images(self.config, "train"), self.config.size)}

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        from lab_image_translation.augment import mirrored

        return {"image": mirrored(noise, tf.cast(items["image"], tf.float32))[0]}

    def make_learner(self) -> Any:
        from lab_image_translation.style.fast import FastStyleLearner

        context = self.context
        return FastStyleLearner(self.config, precision=context.precision, seed=context.integer("initialisation"))

    def model(self) -> Model:
        from lab_image_translation.style.fast import FastStyleModel

        return FastStyleModel(self.config, self.average.values())

    def media(self) -> tuple[Media, ...]:
        """Held-out photographs (``origin`` of the source) beside what is made of them (``generated``)."""
        images, model = self._shown, self.preview()
        return (Media("generated", rows_of(list(zip(images, model.apply(images, model.options()), strict=True)))),)

    @cached_property
    def _shown(self) -> "list[Pixels]":
        """Whole photographs of the validation part, spread over it, twice as large as the training's squares at most."""
        from lab_image_translation.sources import load_images
        from lab_image_translation.style.pictures import scaled

        images = load_images(self.config, "validation")
        chosen = images[:: max(1, len(images) // min(4, self.config.media_count))][: min(4, self.config.media_count)]
        return [scaled(image, 2 * self.config.size) for image in chosen]

    @classmethod
    def memory(cls, config: Any) -> int:
        pixels = config.batch_size * config.size**2
        return training_bytes(data=60_000_000, parameters=1_700_000, activations=pixels * (config.width * 20 + 500))
