"""Training on minibatches of stored items: data in memory, many updates in one compiled call, average weights, exact state.

A family overrides what is its own: the data, the learner, the model, and perhaps how a batch is made of the data, what is shown
and what is measured on validation data. A step is an update.
"""

import json
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Chunks, Media, Progress, Trainer
from lab_tensorflow.footprint import training_bytes
from lab_tensorflow.memory_columns import checked, fingerprint, length
from lab_tensorflow.minibatch_config import MinibatchConfig
from lab_tensorflow.runtime import STREAMS, devices_of, start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables
from lab_tensorflow.workers import join

if TYPE_CHECKING:
    from lab_tensorflow.shards import Shards

C = TypeVar("C", bound=MinibatchConfig)
Columns = Mapping[str, NDArray[Any]]
Tensors = Mapping[str, Any]


class CompiledTrainer(Trainer[C]):
    """Everything but the method and its data.

    columns     the training data by name, arrays of equal length
    tensors     the same as TensorFlow constants, gathered from inside the compiled loop
    learner     the method
    average     average weights of ``learner.averaged``, which :meth:`model` is made of
    order       which items come when, from ``data_seed``
    item_word   what an item is called in the rate ("images" -> ``images_per_second``)
    streams     operations of TensorFlow side by side (:func:`lab_tensorflow.runtime.start`)
    """

    config: Any
    memory_settings = ("batch_size",)
    item_word: ClassVar[str] = "items"
    streams: ClassVar[int] = STREAMS

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        tf = start(
            device=context.device,
            threads=context.threads,
            streams=self.streams,
            deterministic=bool(task.deterministic),
        )
        workers = join()
        # TensorFlow 2.21 can't fuse a convolution with a LeakyReLU whose gradient is taken, and says so on every start
        tf.config.optimizer.set_experimental_options({"remapping": False})
        from lab_tensorflow.average import Average
        from lab_tensorflow.shards import Shards

        self.columns = checked(self.make_data())
        self.count = length(self.columns)
        self.data_hash = fingerprint(self.columns)
        self.data_seed = context.integer("data")
        self.order: Any = self.make_order()
        self.learner: Any = self.make_learner()
        self._share(Shards(devices_of(context.device), workers))
        self.average = Average({name: self.learner.networks[name] for name in self.learner.averaged}, config.average_decay)
        self.step = 0
        self.tensors: Tensors = {name: tf.constant(column) for name, column in self.columns.items()}
        self.validation_tensors: Tensors = {}
        if config.validation_every:
            validation = checked(self.make_validation())
            self.validation_tensors = {name: tf.constant(column) for name, column in validation.items()}
        self._preview: Any = None
        self._compile()

    # --- what a family has to say

    @abstractmethod
    def make_data(self) -> Columns:
        """The training data: named arrays of equal length, uint8 or whole numbers where possible; kept in memory as they are.

        Texts and other ragged items are padded to one width; :meth:`batch` can trim them. Raises LabError for unusable data.
        """

    @abstractmethod
    def make_learner(self) -> Any:
        """The method's :class:`~lab_tensorflow.learner.Learner`; ``self.columns`` is there."""

    @abstractmethod
    def model(self) -> Model:
        """A detached model of ``self.average.values()``."""

    # --- what a family may say

    def make_validation(self) -> Columns:
        """Validation data with the columns of :meth:`make_data`, where ``validation_every`` asks for measurements."""
        raise LabError(f"{self.task.id} measures nothing on validation data.", "Set validation_every=0.")

    def make_order(self) -> Any:
        """The order of the items from ``self.data_seed``; made again, from the saved seed, when a run goes on."""
        from lab_datasets.order import Order

        return Order(self.count, self.data_seed)

    def places(self, update: int, count: int) -> NDArray[np.int32]:
        """What updates number ``update`` to ``update + count`` read, int32 [count, batches, batch]: places in the columns.

        A shuffled order. A family overrides it for buckets or streams; further axes are its own. It must depend on ``update`` and
        ``self.data_seed`` alone.
        """
        shape = (self.learner.batches, self.config.batch_size)
        each = shape[0] * shape[1]
        return self.order.indices(update * each, count * each).reshape(count, *shape)

    def batch(self, places: Any, step: Any) -> Tensors:
        """The named batch of update number ``step`` from its ``places``, int32 [batch] ([batches, batch] if batches > 1).

        Runs in the graph. Gathers every column and hands it to :meth:`prepare`.
        """
        from lab_tensorflow.noise import Noise

        return self.prepare(gather(self.tensors, places), Noise(self.data_seed, step))

    def prepare(self, items: Tensors, noise: Any) -> Tensors:
        """Items as the learner wants them: normalised, trimmed, augmented. Runs in the graph.

        ``noise`` is the update's :class:`~lab_tensorflow.noise.Noise`, for augmentation; None for validation items.
        """
        return items

    def validation_batch(self, places: Any) -> Tensors:
        """The named batch of the validation items at ``places``, int32 [batch]. Runs in the graph."""
        return self.prepare(gather(self.validation_tensors, places), None)

    def media(self) -> tuple[Media, ...]:
        """Pictures or texts that show progress, every ``media_every`` updates; :meth:`preview` is a model to make them with."""
        return ()

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        """Called after each slice, which began at update ``before``: may add scalars, returns notes for the user."""
        return ()

    def counters(self) -> Mapping[str, Any]:
        """Further state of the family, ready for JSON; variables belong into ``Learner.state``."""
        return {}

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Put back what :meth:`counters` gave; raises KeyError, TypeError or ValueError for anything else."""

    # --- training

    def advance(self, limit: int) -> Progress:
        began = time.perf_counter()
        updates = min(self.config.updates_per_slice, limit)
        means = self._slice(self.places(self.step, updates), self.step).numpy()
        before, self.step = self.step, self.step + updates
        scalars = {name: float(value) for name, value in zip(self.learner.metrics, means, strict=True)}
        self._check_finite(before, scalars)
        each = self.learner.batches * self.config.batch_size
        scalars[f"{self.item_word}_per_second"] = updates * each / (time.perf_counter() - began)
        scalars["epoch"] = self.step * each / self.count
        if self.passed(before, self.config.validation_every):
            scalars |= self.validate()
        notes = tuple(self.observe(before, scalars))
        media = self.media() if self.passed(before, self.config.media_every) else ()
        return Progress(step=self.step, scalars=scalars, media=media, notes=notes)

    def passed(self, before: int, every: int) -> bool:
        """Whether a multiple of ``every`` lies behind update ``before`` and not behind the present one; never for 0."""
        return bool(every) and self.step // every != before // every

    def preview(self) -> Any:
        """A model of the present average weights, valid until the next call; :meth:`model` makes one that lasts."""
        if self._preview is None:
            self._preview = self.model()
        else:
            self._preview.assign(self.average.values())
        return self._preview

    def validate(self) -> dict[str, float]:
        """Means of ``learner.evaluate`` over the validation data, with the average weights, by ``validation_METRIC``."""
        count, size = length(self.validation_tensors), self.config.batch_size
        totals: dict[str, float] = {}
        weights = 0.0
        self.average.exchange()
        try:
            for begin in range(0, count, size):
                found = dict(self._evaluate(np.arange(begin, min(begin + size, count), dtype=np.int32)))
                weight = float(found.pop("weight", min(size, count - begin)))
                weights += weight
                for name, value in found.items():
                    totals[name] = totals.get(name, 0.0) + weight * float(value)
        finally:
            self.average.exchange()
        return {f"validation_{name}": total / weights for name, total in totals.items()}

    def _share(self, shards: "Shards") -> None:
        """Let several devices share each update; raises LabError where the learner or the batch doesn't allow it."""
        if shards.count < 2:
            return
        if not self.learner.shares:
            raise LabError(f"The method of {self.task.id} learns on one device, in one process.")
        if self.config.batch_size % shards.count:
            raise LabError(
                f"batch_size={self.config.batch_size} can't be split evenly over {shards.count} devices.",
                f"For example --set batch_size={-(-self.config.batch_size // shards.count) * shards.count}",
            )
        self.learner.shards = shards

    def _compile(self) -> None:
        """Trace again with the next call: seeds are constants of the graph."""
        import tensorflow as tf

        shape = self.places(0, 1).shape[1:]
        signature = [tf.TensorSpec((None, *shape), tf.int32), tf.TensorSpec((), tf.int32)]
        self._slice = tf.function(self._updates, input_signature=signature)
        self._evaluate = tf.function(lambda places: self.learner.evaluate(self.validation_batch(places)))

    def _updates(self, places: Any, first: Any) -> Any:
        """Means of the metrics over the updates that read ``places`` [updates, batches, batch, ...], from update ``first`` on."""
        import tensorflow as tf

        count = tf.shape(places)[0]
        totals = tf.zeros(len(self.learner.metrics))
        for number in tf.range(count):
            at = places[number] if self.learner.batches > 1 else places[number, 0]
            found = self.learner.update(self.batch(at, first + number), first + number)
            totals += tf.stack([found[name] for name in self.learner.metrics])
            self.average.update(first + number)
        return totals / tf.cast(count, tf.float32)

    def _check_finite(self, before: int, scalars: Mapping[str, float]) -> None:
        wrong = [name for name, value in scalars.items() if not np.isfinite(value)]
        if wrong:
            raise LabError(
                f"Training diverged between updates {before:,} and {self.step:,}: {', '.join(wrong)} is not a finite number.",
                "Lower learning_rate, or set gradient_clip; the last checkpoint is from before.",
            )

    # --- state

    @property
    def _variables(self) -> dict[str, Any]:
        return self.learner.variables | self.average.variables

    def _counters(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "data": self.data_hash,
            "data_seed": self.data_seed,
            "noise_seed": self.learner.seed,
            "family": dict(self.counters()),
        }

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "weights.npz", read_variables(self._variables))
        (folder / "state.json").write_text(json.dumps(self._counters()))

    def load(self, folder: Path, chunks: Chunks) -> None:
        try:
            counters = json.loads((folder / "state.json").read_text())
            step, data = int(counters["step"]), str(counters["data"])
            seeds = int(counters["data_seed"]), int(counters["noise_seed"])
            family = dict(counters["family"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        if data != self.data_hash:
            raise LabError(
                "The training data differ from those that this run began with.",
                "Put the data back as they were, or start a new run.",
            )
        write_variables(self._variables, load_arrays(folder / "weights.npz"), what="The checkpoint")
        if seeds != (self.data_seed, self.learner.seed):
            self.data_seed, self.learner.seed = seeds
            self.order = self.make_order()
            self._compile()
        self.step = step
        try:
            self.restore(family)
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error

    def parameters(self) -> Mapping[str, int]:
        return self.learner.parameters

    def state_digest(self) -> Mapping[str, Any]:
        arrays: dict[str, Any] = dict(read_variables(self._variables))
        return arrays | {f"counters/{name}": json.dumps(value, sort_keys=True) for name, value in self._counters().items()}

    @classmethod
    def memory(cls, config: Any) -> int:
        """A family says more by :func:`~lab_tensorflow.footprint.training_bytes` with its sizes."""
        return training_bytes()


def gather(tensors: Tensors, places: Any) -> dict[str, Any]:
    """The rows of every column at ``places``, int32 of any shape."""
    import tensorflow as tf

    return {name: tf.gather(tensor, places) for name, tensor in tensors.items()}
