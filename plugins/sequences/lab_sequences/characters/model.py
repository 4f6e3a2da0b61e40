"""The trained character model: samples texts and computes how likely a text is."""

import sys
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, ClassVar

import numpy as np
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.config import Config, from_dict
from lab_core.errors import UsageError
from lab_core.model import Kind, Sample
from lab_sequences.characters.config import CharacterConfig, SampleOptions
from lab_sequences.characters.vocabulary import BOUNDARY, UNKNOWN, UNSEEN, Vocabulary

ROWS = 16  # parts of a text that are read side by side
SHORT = 256  # characters below which a text is read in one piece
BEFORE = 192  # characters that are read before each part, to fill the state
STRETCH = 64  # characters of one call


class CharacterModel(NetworkModel, Sample):
    """``about["vocabulary"]`` holds the known characters."""

    config_type = CharacterConfig
    produces = Kind.TEXT
    options: ClassVar[type[Config]] = SampleOptions

    def __init__(
        self, config: CharacterConfig, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None
    ) -> None:
        self.vocabulary = Vocabulary(str((about or {})["vocabulary"]))
        super().__init__(config, weights, about)
        self._network = self.networks["network"]
        self._read: Any = None
        self._writer: Any = None
        self.training_data = config.data

    def make_networks(self) -> Mapping[str, Any]:
        from lab_sequences.characters.networks import make_network

        return {"network": make_network(self.config, len(self.vocabulary))}

    # --- writing

    def sample(self, count: int, *, seed: int, options: Any) -> Iterator[Iterator[str]]:
        """``count`` texts, each an iterator of pieces. A text depends on ``seed`` and its number, not on ``count``."""
        from lab_sequences.characters.writer import Writer

        asked = options if isinstance(options, SampleOptions) else from_dict(SampleOptions, dict(options))
        unknown = self.vocabulary.unknown(asked.prompt)
        if unknown and len(unknown) == len(set(asked.prompt)):
            raise UsageError(f"The prompt has no character that the model knows: {unknown[:20]!r}.")
        if unknown:
            print(f"The prompt has characters outside the vocabulary, read as unknown ones: {unknown[:20]!r}.", file=sys.stderr)
        if self._writer is None:
            self._writer = Writer(self._network, self.vocabulary)
        return self._writer.write(count, seed=seed, options=asked)

    # --- scoring

    def log_likelihood(self, text: str) -> tuple[float, int]:
        """Natural logarithm of the text's probability after a boundary, and its number of characters.

        A long text is read in up to 16 parts side by side; the state of each part is filled by the 192 characters before it. An
        unknown character costs the unknown class's probability and the choice among all code points.
        """
        tokens = np.concatenate([[np.int32(BOUNDARY)], self.vocabulary.encode(text)])
        total = len(text)
        parts = 1 if total <= SHORT else min(ROWS, ceil(total / SHORT))
        size = ceil(total / parts)
        before = BEFORE if parts > 1 else 0
        length = ceil((size + before) / STRETCH) * STRETCH
        rows = np.full((parts, length + 1), BOUNDARY, np.int32)
        counted = np.zeros((parts, length), np.float32)
        for number in range(parts):
            begin, end = number * size, min((number + 1) * size, total)  # characters that this part accounts for
            first = max(0, begin - before)
            rows[number, : end - first + 1] = tokens[first : end + 1]
            counted[number, begin - first : end - first] = 1
        nats = 0.0
        state = [part.numpy() for part in self._network.zero_state(parts)]
        for at in range(0, length, STRETCH):
            found, state = self._reader()(rows[:, at : at + STRETCH + 1], counted[:, at : at + STRETCH], state)
            nats += float(found)
        unknown = int((tokens[1:] == UNKNOWN).sum())
        return nats - UNSEEN * unknown, total

    def _reader(self) -> Any:
        if self._read is None:
            import tensorflow as tf

            def read(tokens: Any, counted: Any, state: Any) -> Any:
                """Sum of the log-probabilities of tokens[:, 1:] where ``counted`` is 1, and the state after."""
                tokens = tf.ensure_shape(tokens, (None, STRETCH + 1))
                logits, after = self._network.run(tokens[:, :-1], list(state))
                nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tokens[:, 1:], logits=logits)
                return -tf.reduce_sum(nats * counted), after

            self._read = tf.function(read, reduce_retracing=True)
        return self._read
