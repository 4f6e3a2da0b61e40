"""Training without pairs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model
from lab_core.trainer import Media
from lab_image_translation.sheets import rows_of
from lab_image_translation.unpaired.data import load_domains, load_sides, sides_as_columns

INVERTED = -0.5  # correlation of brightness below which colours count as inverted


class UnpairedTrainer(CompiledTrainer[Any]):
    """An update reads two minibatches: images of A, and other places' images of B."""

    item_word = "images"
    memory_settings = ("batch_size", "size", "width")

    def make_data(self) -> Mapping[str, Any]:
        self.sides = load_sides(self.config, "train")
        return sides_as_columns(self.sides)

    def batch(self, places: Any, step: Any) -> Mapping[str, Any]:
        import tensorflow as tf
        from lab_tensorflow.noise import Noise

        from lab_image_translation.augment import mirrored

        noise = Noise(self.data_seed, step)
        found = {}
        for number, name in enumerate(("a", "b")):
            images = tf.cast(tf.gather(self.tensors[name], places[number]), tf.float32) / 127.5 - 1
            (found[name],) = mirrored(noise, images) if self.config.flip else (images,)
        return found

    def make_learner(self) -> Any:
        learner = self.method(precision=self.context.precision, seed=self.context.integer("initialisation"))
        learner.batches = 2
        return learner

    @abstractmethod
    def method(self, *, precision: str, seed: int) -> Any:
        """The method's learner."""

    def _shown(self) -> Sequence[Any]:
        side = self.sides[0 if self.config.direction == "AtoB" else 1]
        return list(side[: self.config.media_count])

    def media(self) -> tuple[Media, ...]:
        """Rows of input, translation and, where the model goes both ways, the reconstruction."""
        images, model = self._shown(), self.preview()
        columns = [images, list(model.apply(images, model.options()))]
        if "reconstruct" in model.options.__struct_fields__:
            columns.append(list(model.apply(images, model.options(reconstruct=True))))
        return (Media("translations", rows_of(list(zip(*columns, strict=True)))),)

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        """Compares the brightness of inputs and translations: a cycle is as happy with a negative (He 2018, chapter 11)."""
        if not self.passed(before, self.config.media_every):
            return ()
        images, model = self._shown(), self.preview()
        made = list(model.apply(images, model.options()))
        found = float(np.mean([_correlation(a, b) for a, b in zip(images, made, strict=True)]))
        scalars["brightness_correlation"] = found
        if found < INVERTED:
            return (f"Translations look like negatives (correlation of brightness {found:.2f}): start again with another seed.",)
        return ()

    @classmethod
    def memory(cls, config: Any) -> int:
        pixels = config.batch_size * config.size**2
        weights = config.width**2 * (130 + 288 * config.blocks) + config.discriminator_width**2 * 700
        return training_bytes(
            data=60_000_000, parameters=2 * weights, activations=pixels * config.width * (40 + 4 * config.blocks)
        )


class CycleTrainer(UnpairedTrainer):
    """CycleGAN."""

    def method(self, *, precision: str, seed: int) -> Any:
        from lab_image_translation.unpaired.cycle_learner import CycleLearner

        return CycleLearner(self.config, precision=precision, seed=seed)

    def model(self) -> Model:
        from lab_image_translation.unpaired.model import CycleModel

        return CycleModel(self.config, self.average.values())


class CutTrainer(UnpairedTrainer):
    """CUT; ``direction=BtoA`` swaps the sets."""

    def make_data(self) -> Mapping[str, Any]:
        self.sides = load_sides(self.config, "train")
        return sides_as_columns(self.sides if self.config.direction == "AtoB" else self.sides[::-1])

    def method(self, *, precision: str, seed: int) -> Any:
        from lab_image_translation.unpaired.cut_learner import CutLearner

        return CutLearner(self.config, precision=precision, seed=seed)

    def model(self) -> Model:
        from lab_image_translation.unpaired.model import CutModel

        return CutModel(self.config, self.average.values())


class StarTrainer(CompiledTrainer[Any]):
    """StarGAN: images of all domains in one column, with the domain's number."""

    item_word = "images"
    memory_settings = ("batch_size", "size", "width")

    def make_data(self) -> Mapping[str, Any]:
        self.names, self.sides = load_domains(self.config, "train")
        domains = [np.full(len(side), number, np.int32) for number, side in enumerate(self.sides)]
        return {"image": np.concatenate(self.sides), "domain": np.concatenate(domains)}

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        from lab_image_translation.augment import mirrored

        images = tf.cast(items["image"], tf.float32) / 127.5 - 1
        (images,) = mirrored(noise, images) if self.config.flip else (images,)
        return {"image": images, "domain": items["domain"]}

    def make_learner(self) -> Any:
        from lab_image_translation.unpaired.star_learner import StarLearner

        context = self.context
        return StarLearner(self.config, len(self.names), precision=context.precision, seed=context.integer("initialisation"))

    def model(self) -> Model:
        from lab_image_translation.unpaired.model import StarModel

        return StarModel(self.config, self.average.values(), {"domains": list(self.names)})

    def media(self) -> tuple[Media, ...]:
        """Rows of an image and its translation to each domain."""
        count = max(1, self.config.media_count // 4)
        images, model = list(self.sides[0][:count]), self.preview()
        columns = [images]
        for number in range(len(self.names)):
            columns.append(list(model.apply(images, model.options(domain=number))))
        return (Media("translations", rows_of(list(zip(*columns, strict=True)))),)

    @classmethod
    def memory(cls, config: Any) -> int:
        return UnpairedTrainer.memory(config)


def _correlation(a: Any, b: Any) -> float:
    """Correlation of the brightness of two images; 0 where one is flat."""
    x, y = (one.astype(np.float64).mean(-1).ravel() for one in (a, b))
    if x.std() < 1 or y.std() < 1:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])
