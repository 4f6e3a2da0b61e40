"""Training of embeddings on images with identities."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Media
from lab_vision.embedding.config import EmbeddingConfig
from lab_vision.embedding.data import identities


class EmbeddingTrainer(CompiledTrainer[EmbeddingConfig]):
    """Triplets are made of minibatches of some identities with some images each; other losses read images in shuffled order."""

    item_word = "images"
    memory_settings = ("batch_size", "size")

    def __init__(self, task: Task, config: EmbeddingConfig, context: Context) -> None:
        self._validation: Any = None
        self._unscored = False
        super().__init__(task, config, context)

    def make_data(self) -> Mapping[str, Any]:
        found = identities(self.config, "train")
        names, labels = np.unique(np.asarray(found["label"]), return_inverse=True)
        self.classes = len(names)
        self._members = [np.flatnonzero(labels == number) for number in range(self.classes)]
        self.channels = int(found["image"].shape[-1])
        if not self.config.features_once:
            return {"image": found["image"], "label": labels.astype(np.int32)}
        from lab_vision.embedding.networks import features

        views = [found["image"], found["image"][:, :, ::-1]] if self.config.flip else [found["image"]]
        table = np.concatenate([features(self.config, view) for view in views])
        self._members = [np.concatenate([rows + number * len(labels) for number in range(len(views))]) for rows in self._members]
        return {"features": table, "label": np.tile(labels.astype(np.int32), len(views))}

    def places(self, update: int, count: int) -> Any:
        """For triplets: ``identities`` random identities with two images or more, as many random images of each."""
        if self.config.loss != "triplet":
            return super().places(update, count)
        found = [self._triplet_batch(number) for number in range(update, update + count)]
        return np.stack(found)[:, None].astype(np.int32)

    def _triplet_batch(self, update: int) -> Any:
        rng = np.random.default_rng((self.data_seed, update))
        several = [members for members in self._members if len(members) > 1]
        chosen = rng.permutation(len(several))[: self.config.identities]
        each = self.config.batch_size // len(chosen)
        rows = [rng.choice(several[place], each, replace=len(several[place]) < each) for place in chosen]
        found = np.concatenate(rows)
        return np.resize(found, self.config.batch_size)

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        from lab_vision.embedding.augment import prepared

        if self.config.features_once:
            return items
        return {"image": prepared(items["image"], self.config, noise), "label": items["label"]}

    def make_learner(self) -> Any:
        from lab_vision.embedding.learner import EmbeddingLearner

        seed = self.context.integer("initialisation")
        return EmbeddingLearner(self.config, self.channels, self.classes, precision=self.context.precision, seed=seed)

    def model(self) -> Model:
        from lab_vision.embedding.model import EmbeddingModel

        return EmbeddingModel(self.config, self.average.values(), {"channels": self.channels})

    def media(self) -> tuple[Media, ...]:
        """The space of vectors where it has two dimensions: up to 2,000 validation images, a colour a class."""
        if self.config.vector != 2:
            return ()
        from lab_vision.embedding.picture import scatter

        vectors, labels = self.held_out(2_000)
        return (Media("vectors", scatter(vectors, labels)),)

    def held_out(self, most: int) -> tuple[Any, Any]:
        """Vectors float32 [n, d] of the first validation images, and their labels int32 [n]."""
        found = identities(self.config, "validation")
        model = self.preview()
        vectors = np.stack(list(model.apply(list(found["image"][:most]), model.options())))
        return vectors, np.asarray(found["label"][:most])

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        """After each epoch the accuracy and AUC of pairs of validation images, as the benchmark's evaluator makes them."""
        epochs = [step * self.config.batch_size // self.count for step in (before, self.step)]
        if epochs[0] == epochs[1] or not self.config.epoch_pairs or self._unscored:
            return ()
        from lab_metrics.labels.verification import image_pairs, verified

        if self._validation is None:
            self._validation = identities(self.config, "validation")
        labels = tuple(np.asarray(self._validation["label"]).tolist())
        try:
            pairs, same, folds = image_pairs(labels, self.config.epoch_pairs)
        except LabError as error:
            self._unscored = True
            return (f"epochs are not scored: {error.message}",)
        used = np.unique(pairs)
        model = self.preview()
        vectors = np.stack(list(model.apply([self._validation["image"][place] for place in used], model.options())))
        accuracies, figures = verified(vectors, np.searchsorted(used, pairs), same, folds)
        scalars |= {"validation_accuracy": float(accuracies.mean()), "validation_auc": figures["auc"]}
        return ()

    @classmethod
    def memory(cls, config: EmbeddingConfig) -> int:
        pixels = config.size**2
        return training_bytes(data=60_000 * 3 * pixels, activations=config.batch_size * pixels * config.width)
