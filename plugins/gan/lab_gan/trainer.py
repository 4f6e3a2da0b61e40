"""Training of every method of this package: data in memory, one compiled slice, the average, pictures, exact state."""

import json
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lab_tensorflow.runtime import STREAMS, start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Media, Progress, Trainer
from lab_gan.config import GanConfig, ImageConfig
from lab_gan.images import Images, Order, load_images, need_classes
from lab_gan.monitor import SAMPLES, Monitor

C = TypeVar("C", bound=ImageConfig)


class ImageTrainer(Trainer[C]):
    """Everything but the method, which a subclass makes in :meth:`_learner`. A step is an update of what makes the images."""

    config: Any
    memory_settings = ("batch_size", "size")

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        tf = start(device=context.device, threads=context.threads, streams=STREAMS)
        # TensorFlow 2.21 can't fuse a convolution with a LeakyReLU whose gradient is taken, and says so on every start
        tf.config.optimizer.set_experimental_options({"remapping": False})
        from lab_gan.learner import Average

        self.images: Images = load_images(config)
        self.order = Order(len(self.images.pixels), context.integer("data"))
        self.learner: Any = self._learner(self.images)
        self.average = Average(config, {name: self.learner.networks[name] for name in self.learner.kept})
        self.step = 0
        self._watched: Any = None
        self.monitor = self._monitor()
        self._pixels, self._labels = tf.constant(self.images.pixels), tf.constant(self.images.labels)
        shape = (None, self.learner.batches, config.batch_size)
        self._slice = tf.function(self._updates, input_signature=[tf.TensorSpec(shape, tf.int32), tf.TensorSpec((), tf.int32)])

    @abstractmethod
    def _learner(self, images: Images) -> Any:
        """The method's :class:`~lab_gan.learner.Learner` for these pictures."""

    def _monitor(self) -> Monitor | None:
        """What watches the training for a person; nothing by default."""
        return None

    @abstractmethod
    def model(self) -> Model:
        """The averaged networks as a model of their own."""

    def advance(self, limit: int) -> Progress:
        config, began = self.config, time.perf_counter()
        updates = min(config.updates_per_slice, limit)
        each = self.learner.batches * config.batch_size
        indices = self.order.indices(self.step * each, updates * each).reshape(updates, self.learner.batches, config.batch_size)
        found = self._slice(indices, self.step).numpy()
        before, self.step = self.step, self.step + updates
        scalars = {name: float(value) for name, value in zip(self.learner.figures, found, strict=True)}
        scalars["images_per_second"] = updates * each / (time.perf_counter() - began)
        scalars["epoch"] = self.step * each / len(self.images.pixels)
        notes = self._noticed(before, scalars)
        return Progress(step=self.step, scalars=scalars, media=self._media(before), notes=notes)

    def _updates(self, indices: Any, first: Any) -> Any:
        """The figures' means over the updates whose images are at ``indices`` [updates, batches, batch]."""
        import tensorflow as tf

        count = tf.shape(indices)[0]
        totals = tf.zeros(len(self.learner.figures))
        for number in tf.range(count):
            images = tf.cast(tf.gather(self._pixels, indices[number]), tf.float32) / 127.5 - 1
            labels = tf.gather(self._labels, indices[number])
            totals += tf.stack(self.learner.update(images, labels, first + number))
            self.average.update(first + number)
        return totals / tf.cast(count, tf.float32)

    def _media(self, before: int) -> tuple[Media, ...]:
        """The same samples as ever, when a multiple of ``grid_every`` has gone by."""
        every = self.config.grid_every
        if not every or self.step // every == before // every:
            return ()
        pictures = self._shown()
        if not pictures:
            return ()
        from lab_gan.grid import grid

        return (Media("samples", grid(pictures)),)

    def _noticed(self, before: int, scalars: dict[str, float]) -> tuple[str, ...]:
        """What the monitor says of the slice; its figures are added to ``scalars``."""
        if self.monitor is None:
            return ()
        notes = self.monitor.after(self.step, self.step - before, scalars)
        if self.monitor.due(before, self.step, self.config.grid_every):
            watched: Any = self.watched()
            found, more = self.monitor.look(list(watched.sample(SAMPLES, seed=1, options={})))
            scalars.update(found)
            notes += more
        return tuple(notes)

    def _shown(self) -> Sequence[Any]:
        """What the grid shows: samples of the same seed each time, where the model makes any."""
        from lab_core.model import Sample

        model = self.watched()
        return list(model.sample(self.config.grid_count, seed=0, options={})) if isinstance(model, Sample) else []

    def watched(self) -> Model:
        """A model of the present weights to look at, until it is asked for again; :meth:`model` makes one that lasts."""
        if self._watched is None:
            self._watched = self.model()
        else:
            self._watched.assign(self.average.values())
        return self._watched

    # --- state

    @property
    def _variables(self) -> Mapping[str, Any]:
        return self.learner.variables | self.average.variables

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", read_variables(self._variables))
        (folder / "state.json").write_text(json.dumps(self._counters()))

    def load(self, folder: Path, chunks: Chunks) -> None:
        try:
            counters = json.loads((folder / "state.json").read_text())
            step, data, order = int(counters["step"]), str(counters["data"]), int(counters["order"])
            if self.monitor is not None:
                self.monitor.restore(counters["monitor"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        if data != self.images.sum:
            raise LabError(
                f"{self.config.data} holds other pictures than when this run began.",
                "Put the pictures back as they were, or begin a new run.",
            )
        write_variables(self._variables, load_arrays(folder / "weights.npz"), what="The checkpoint")
        self.step, self.order = step, Order(len(self.images.pixels), order)
        self.learner.seed = int(counters["noise"])

    def _counters(self) -> dict[str, Any]:
        found = {"step": self.step, "data": self.images.sum, "order": self.order.seed, "noise": self.learner.seed}
        return found if self.monitor is None else found | {"monitor": self.monitor.state}

    def state_digest(self) -> Mapping[str, Any]:
        arrays: dict[str, Any] = dict(read_variables(self._variables))
        return arrays | {f"counters/{name}": str(value) for name, value in self._counters().items()}

    @classmethod
    def memory(cls, config: Any) -> int:
        """Pictures, weights with their moments and average, and the activations of a few minibatches: an estimate from above."""
        pixels = 3 * config.size**2
        return 60_000 * pixels + 96 * config.batch_size * pixels * 64 + 500_000_000


class GanTrainer(ImageTrainer[GanConfig]):
    """Generator against discriminator."""

    def _learner(self, images: Images) -> Any:
        from lab_gan.adversarial import Adversarial

        if self.config.condition != "none":
            need_classes(images, self.config, f"condition={self.config.condition}")
        context, classes = self.context, len(images.classes)
        seed = context.integer("initialisation")
        return Adversarial(self.config, images.shape, classes, precision=context.precision, seed=seed)

    def _monitor(self) -> Monitor:
        return Monitor(self.images, data=self.config.data, loss=self.config.loss)

    def model(self) -> Model:
        from lab_gan.model import GeneratorModel

        return GeneratorModel(self.config, self.images.shape, self.images.classes, self.average.values())
