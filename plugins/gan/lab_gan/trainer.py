"""Training of every method of this package."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model, Sample
from lab_core.trainer import Media
from lab_gan.config import GanConfig, ImageConfig
from lab_gan.images import Images, load_images, need_classes
from lab_gan.monitor import SAMPLES, Monitor

C = TypeVar("C", bound=ImageConfig)


class ImageTrainer(CompiledTrainer[C]):
    """What the methods share: images and labels as data, grids of samples. A step is an update of the generator."""

    memory_settings = ("batch_size", "size")
    item_word = "images"
    images: Images

    def make_data(self) -> Mapping[str, Any]:
        self.images = load_images(self.config)
        self.check_images(self.images)
        return {"image": self.images.pixels, "label": self.images.labels}

    def check_images(self, images: Images) -> None:
        """Raise UsageError for images that the method can't learn from."""

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        """Images float32 in -1..1, labels int32."""
        from lab_gan.image_model import from_pixels

        return {"image": from_pixels(items["image"]), "label": items["label"]}

    @property
    def seed(self) -> int:
        """Of initial weights, and of the noise that the learner draws."""
        return self.context.integer("initialisation")

    def media(self) -> tuple[Media, ...]:
        from lab_gan.grid import grid

        images = self.grid_images()
        return (Media("samples", grid(images)),) if images else ()

    def grid_images(self) -> Sequence[Any]:
        """The images of a grid: samples of the same seed each time, where the model samples."""
        model = self.preview()
        return list(model.sample(self.config.media_count, seed=0, options={})) if isinstance(model, Sample) else []

    @classmethod
    def memory(cls, config: Any) -> int:
        numbers = 3 * config.size**2  # of one image
        return training_bytes(data=60_000 * numbers, parameters=5_000_000, activations=768 * config.batch_size * numbers)


class MonitoredTrainer(ImageTrainer[C]):
    """With a monitor that notes when the training of a generator against a discriminator goes wrong."""

    def make_data(self) -> Mapping[str, Any]:
        columns = super().make_data()
        self.monitor = Monitor(self.images, data=self.config.data, loss=self.config.loss)
        return columns

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        notes = self.monitor.after(self.step, self.step - before, scalars)
        if self.monitor.due(before, self.step, self.config.media_every):
            samples = list(self.preview().sample(SAMPLES, seed=1, options={}))
            metrics, more = self.monitor.look(samples)
            scalars.update(metrics)
            notes += more
        return notes

    def counters(self) -> Mapping[str, Any]:
        return {"monitor": self.monitor.state}

    def restore(self, counters: Mapping[str, Any]) -> None:
        self.monitor.restore(counters["monitor"])


class GanTrainer(MonitoredTrainer[GanConfig]):
    """Generator against discriminator."""

    def check_images(self, images: Images) -> None:
        if self.config.condition != "none":
            need_classes(images, self.config, f"condition={self.config.condition}")

    def make_learner(self) -> Any:
        from lab_gan.adversarial import Adversarial

        classes = len(self.images.classes)
        return Adversarial(self.config, self.images.shape, classes, precision=self.context.precision, seed=self.seed)

    def model(self) -> Model:
        from lab_gan.model import GeneratorModel

        return GeneratorModel.of(self.config, self.images.shape, self.images.classes, self.average.values())
