"""Training of captions: features or images in memory, validation perplexity, tables of captions on the way."""

from collections.abc import Mapping, Sequence
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes
from lab_tensorflow.state import load_arrays

from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.trainer import Media
from lab_seq2seq.captions import data
from lab_seq2seq.captions.config import CaptionConfig


class CaptionTrainer(CompiledTrainer[CaptionConfig]):
    """A captioner on images with captions."""

    item_word = "captions"
    streams = 1
    memory_settings = ("batch_size", "encoder_size")

    def make_data(self) -> Mapping[str, Any]:
        found = data.load(self.config, "train")
        self.vocabulary = data.make_vocabulary(found.captions, self.config)
        self.attributes = data.attribute_words(found.captions, self.config.attributes)
        columns = data.columns(self._source(found), found, self.vocabulary, self.attributes, self.config.longest)
        if self.config.flip:
            picture = np.repeat(np.arange(len(found.captions)), [len(texts) for texts in found.captions])  # of each row
            columns["turnable"] = data.turnable(found.captions)[picture]
            if self.config.encoder == "frozen":
                columns["mirrored"] = self._source(data.Captioned(found.images[:, :, ::-1], found.captions))[picture]
        return columns

    def make_validation(self) -> Mapping[str, Any]:
        found = data.load(self.config, "validation")
        return data.columns(self._source(found), found, self.vocabulary, self.attributes, self.config.longest)

    def _source(self, found: data.Captioned) -> Any:
        """What the network reads: features, or images of its encoder's size."""
        if self.config.encoder == "frozen":
            from lab_seq2seq.captions.features import features

            return features(found.images, self.config.encoder_size)
        return data.resized(found.images, self.config)

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        from lab_seq2seq.trainer import trimmed

        found = dict(items)
        mirrored, turnable = found.pop("mirrored", None), found.pop("turnable", None)
        if turnable is not None and noise is not None:
            turn = noise.chance((tf.shape(found["target"])[0],), 0.5) & (turnable > 0)
            source = found["source"]
            other = tf.reverse(source, [2]) if mirrored is None else mirrored
            shape = (-1, *[1] * (source.shape.rank - 1))
            found["source"] = tf.where(tf.reshape(turn, shape), other, source)
        return {**found, "target": trimmed(found["target"])}

    def make_learner(self) -> Any:
        from lab_seq2seq.captions.build import build
        from lab_seq2seq.captions.learner import CaptionLearner

        seed = self.context.integer("initialisation")
        targets = self.columns["target"]
        self.known = targets.shape if self.config.neighbours and self.config.encoder == "frozen" else None
        network = build(self.config, len(self.vocabulary), len(self.attributes), known=self.known, seed=seed, pretrained=True)
        if network.fitted is not None:
            self._remember(network, targets)
        learner = CaptionLearner(self.config, network, seed=seed)
        if self.config.start_from:
            _start(learner, Path(self.config.start_from).expanduser())
        return learner

    def _remember(self, network: Any, targets: Any) -> None:
        from lab_seq2seq.captions.neighbours import fit

        means = _means(self.columns["source"])
        mirrored = means[:0]
        if "mirrored" in self.columns:
            mirrored = np.where(self.columns["turnable"][:, None] > 0, _means(self.columns["mirrored"]), means)
        found = fit(means, mirrored, targets, len(self.vocabulary))
        for weight, array in zip(network.fitted, found, strict=True):
            weight.assign(array)

    def model(self) -> Model:
        from lab_seq2seq.captions.model import CaptionModel

        about = {"vocabulary": dict(self.vocabulary.state), "attributes": self.attributes, "neighbours": self.known}
        return CaptionModel(self.config, self.average.values(), about)

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        scalars["perplexity"] = exp(min(scalars["nll"], 50.0))
        if "validation_nll" in scalars:
            scalars["validation_perplexity"] = exp(min(scalars["validation_nll"], 50.0))
        return ()

    def media(self) -> tuple[Media, ...]:
        """Captions of the first validation images."""
        found, model = data.load(self.config, "validation"), self.preview()
        count = self.config.media_count
        made = model.apply(found.images[:count], model.options(beam=3))
        rows = (f"reference  {texts[0]}\nmachine    {text}" for texts, text in zip(found.captions, made, strict=False))
        return (Media("captions", text="\n\n".join(rows)),)

    @classmethod
    def memory(cls, config: Any) -> int:
        regions = (config.encoder_size // 32) ** 2
        each = regions * 1280 * 2 * 2 if config.encoder == "frozen" else 3 * config.encoder_size**2
        activations = 4_000_000 if config.encoder == "trained" else 40 * config.units + config.vocabulary_size
        parameters = 2 * config.vocabulary_size * config.units + 8_000_000
        return training_bytes(data=2000 * each, parameters=parameters, activations=config.batch_size * activations)


def _means(features: Any) -> Any:
    """float32 [n, channels] of float16 [n, regions, channels]."""
    return features.mean(axis=1, dtype=np.float32)


def _start(learner: Any, folder: Path) -> None:
    """Take over the weights of a model that fit by name and shape; raises LabError where none of the decoder's do."""
    try:
        arrays = load_arrays(folder / "weights.npz")
    except LabError:
        raise LabError(f"start_from={folder} holds no model.", "Give the folder of a model, such as RUN/model/best.") from None
    fitting = 0
    for name, variable in learner.variables.items():
        if name in arrays and arrays[name].shape == tuple(variable.shape):
            variable.assign(arrays[name])
            fitting += 1
    if not fitting:
        raise LabError(f"The model in {folder} has no weight that fits.", "It must have the same units, style and vocabulary.")
