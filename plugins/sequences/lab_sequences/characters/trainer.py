"""Training of the character models on streams of text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.trainer import Media
from lab_sequences.characters import vocabulary
from lab_sequences.characters.config import CharacterConfig
from lab_sequences.characters.data import load_texts
from lab_sequences.characters.vocabulary import BOUNDARY

RESTARTS = 0.02  # share of the segments that begin with an empty state wherever they are


class CharacterTrainer(CompiledTrainer[CharacterConfig]):
    """All texts are one stream, cut into ``batch_size`` equal parts that are read side by side, ``length`` characters an update.

    An epoch ends when the streams do; the next one begins with an empty state, a few characters later, so that segments are cut
    at other places. Samples and scores begin with an empty state and the boundary between texts, so training does it too: a
    segment that begins at a boundary has an empty state, and so has one in fifty others. Where texts are shorter than a segment
    on average (poems), every segment begins at the boundary before its place.
    """

    item_word = "sequences"
    streams = 1

    def make_data(self) -> Mapping[str, NDArray[Any]]:
        config = self.config
        texts = load_texts(config, "train")
        self.vocabulary = vocabulary.build(texts, limit=config.vocabulary_limit, fewest=config.fewest)
        stream = self.vocabulary.stream(texts)
        self.stream_length = len(stream) // config.batch_size
        self.segments = (self.stream_length - config.length - 1) // config.length  # of an epoch; the rest is for shifting
        if self.segments < 1:
            raise LabError(
                f"{config.data} has {len(stream):,} characters for training; {config.batch_size} streams of at least"
                f" {2 * config.length + 1} are needed.",
                f"Set batch_size={max(1, len(stream) // (2 * config.length + 2))}, or a smaller length.",
            )
        starts = np.flatnonzero(stream == BOUNDARY)
        self.boundary = None  # the last boundary at or before each place
        if len(starts) and len(stream) / len(starts) <= config.length:
            self.boundary = np.maximum.accumulate(np.where(stream == BOUNDARY, np.arange(len(stream)), 0)).astype(np.int32)
        return {"token": stream}

    def make_learner(self) -> Any:
        from lab_sequences.characters.learner import CharacterLearner
        from lab_sequences.characters.networks import make_network

        seed = self.context.integer("initialisation")
        network = make_network(self.config, len(self.vocabulary), seed=seed, products=self.context.precision)
        return CharacterLearner(self.config, network, seed=self.context.integer("policy"))

    def places(self, update: int, count: int) -> NDArray[np.int32]:
        """Where the segments of each stream begin, int32 [count, 1, batch]."""
        found = np.empty((count, 1, self.config.batch_size), np.int32)
        streams = np.arange(self.config.batch_size) * self.stream_length
        for number in range(count):
            epoch, segment = divmod(update + number, self.segments)
            shift = int(np.random.default_rng([self.data_seed, epoch]).integers(self.config.length))
            found[number, 0] = streams + shift + segment * self.config.length
        return found if self.boundary is None else self.boundary[found]

    def batch(self, places: Any, step: Any) -> Mapping[str, Any]:
        import tensorflow as tf
        from lab_tensorflow.noise import Noise

        at = places[:, None] + tf.range(self.config.length + 1)
        tokens = tf.ensure_shape(tf.gather(self.tensors["token"], at), (self.config.batch_size, self.config.length + 1))
        forgotten = Noise(self.data_seed, step).chance((self.config.batch_size,), RESTARTS)
        restart = (tf.math.floormod(step, self.segments) == 0) | (tokens[:, 0] == BOUNDARY) | forgotten
        return {"tokens": tokens, "restart": tf.cast(restart, tf.float32)}

    def observe(self, before: int, scalars: dict[str, float]) -> tuple[str, ...]:
        scalars["characters_per_second"] = scalars.pop("sequences_per_second") * self.config.length
        scalars["epoch"] = self.step / self.segments
        return ()

    def media(self) -> tuple[Media, ...]:
        """A text that the model writes now, from the same random numbers every time."""
        options = self.preview().options(length=self.config.sample_length, stop="none")
        pieces = next(self.preview().sample(1, seed=0, options=options))
        return (Media("text", text="".join(pieces)),)

    def model(self) -> Model:
        from lab_sequences.characters.model import CharacterModel

        about = {"vocabulary": self.vocabulary.characters}
        return CharacterModel(self.config, self.average.values(), about)

    @classmethod
    def memory(cls, config: CharacterConfig) -> int:
        from lab_tensorflow.footprint import training_bytes

        gates = 4 * config.units
        width = config.embedding or 100
        parameters = config.layers * gates * (config.units + max(width, config.units)) + 4_000 * (config.units + width)
        activations = config.batch_size * config.length * (config.layers * 3 * gates + 300) * 4
        return training_bytes(parameters=parameters, activations=activations)
