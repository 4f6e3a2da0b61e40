"""The generator that paired training leaves, applied to images of any size."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from lab_tensorflow.network_model import NetworkModel

from lab_core.model import Apply, Kind
from lab_image_translation.paired.problem import Pixels, Problem
from lab_image_translation.tiling import apply_images


class PairedModel(NetworkModel, Apply):
    """One result for each image; a subclass names its problem."""

    consumes = Kind.IMAGE
    produces = Kind.IMAGE
    problem_type: ClassVar[type[Problem]]

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        # as in CompiledTrainer: TensorFlow 2.21 can't fuse a convolution before a LeakyReLU, and says so on every start
        tf.config.optimizer.set_experimental_options({"remapping": False})
        self.problem = self.problem_type(config, about)
        self.options = self.problem_type.options
        super().__init__(config, weights, about)
        self._predict = tf.function(
            lambda batch, seed: self.problem.run(self.networks["generator"], batch, seed, training=False), reduce_retracing=True
        )

    def make_networks(self) -> Mapping[str, Any]:
        return {"generator": self.problem.generator(dtype="float32", seed=0)}

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        problem = self.problem
        yield from apply_images(
            lambda images: problem.translated(self._predict, images, options),
            (problem.accepted(item, options) for item in items),
            multiple=problem.multiple,
            scale=problem.scale,
            tile=options.tile,
        )
