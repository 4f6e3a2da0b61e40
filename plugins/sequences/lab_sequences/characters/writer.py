"""Sampling of texts in a compiled loop.

Eight texts are always written side by side, wanted or not, and text number i draws its random numbers from (seed, i): so a text
is the same however many are asked for. The loop writes ``PIECE`` characters a call; the state stays on the device.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from lab_sequences.characters.config import SampleOptions
from lab_sequences.characters.vocabulary import BOUNDARY, UNKNOWN, Vocabulary

ROWS = 8
PIECE = 32  # characters of one call
_LOWEST = -1e9


class Writer:
    """Writes with a network of :mod:`lab_sequences.characters.networks`."""

    def __init__(self, network: Any, vocabulary: Vocabulary) -> None:
        self._network, self.vocabulary = network, vocabulary
        self._start = tf.function(self._read, reduce_retracing=True)
        self._piece = tf.function(self._write)

    def write(self, count: int, *, seed: int, options: SampleOptions) -> Iterator[Iterator[str]]:
        """``count`` texts, each as its pieces."""
        for first in range(0, count, ROWS):
            group = _Group(self, first, seed, options)
            for row in range(min(ROWS, count - first)):
                yield group.pieces(row)

    def begin(self, prompt: str) -> tuple[Any, list[Any]]:
        """Logits [rows, characters] of the first character after the prompt, and the state."""
        tokens = np.concatenate([[np.int32(BOUNDARY)], self.vocabulary.encode(prompt)])
        return self._start(tf.constant(np.tile(tokens, (ROWS, 1)), tf.int32), self._network.zero_state(ROWS))

    def continue_(self, logits: Any, state: list[Any], uniform: Any, options: SampleOptions) -> tuple[Any, Any, list[Any]]:
        """Tokens [rows, PIECE], and logits and state after them."""
        settings = tf.constant([options.temperature, options.top_p], tf.float32)
        top_k = min(options.top_k, len(self.vocabulary) - 1) if options.top_k else 0
        return self._piece(logits, state, tf.constant(uniform), settings, top_k, options.top_p < 1)

    def _read(self, tokens: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        logits, after = self._network.run(tokens, list(state))
        return logits[:, -1], after

    def _write(self, logits: Any, state: list[Any], uniform: Any, settings: Any, top_k: int, nucleus: bool) -> Any:
        tokens = tf.TensorArray(tf.int32, PIECE, element_shape=(ROWS,))
        for number in tf.range(PIECE):
            token = choose(logits, uniform[number], settings[0], settings[1], top_k=top_k, nucleus=nucleus)
            tokens = tokens.write(number, token)
            found, state = self._network.run(token[:, None], state)
            logits = tf.ensure_shape(found[:, 0], logits.shape)
        return tf.transpose(tokens.stack()), logits, state


def choose(logits: Any, uniform: Any, temperature: Any, top_p: Any, *, top_k: int, nucleus: bool) -> Any:
    """A token for each row of logits [rows, tokens], by inverting the cumulated probabilities at ``uniform`` [rows].

    ``top_k`` (0: all) and nucleus sampling (Holtzman et al. 2020) leave the likeliest only; temperature 0 takes the first. The
    unknown character is never chosen.
    """
    columns = logits.shape[-1]
    logits = logits + tf.one_hot(UNKNOWN, columns, on_value=_LOWEST, off_value=0.0)
    scaled = logits / tf.maximum(temperature, 1e-6)
    likeliest = tf.argmax(logits, -1, tf.int32)
    if top_k or nucleus:
        scaled, order = tf.math.top_k(scaled, top_k or columns)
    probabilities = tf.nn.softmax(scaled)
    sums = tf.cumsum(probabilities, axis=-1)
    if nucleus:
        probabilities = tf.where(sums - probabilities < top_p, probabilities, 0.0)
        sums = tf.cumsum(probabilities, axis=-1)
    place = tf.reduce_sum(tf.cast(sums <= uniform[:, None] * sums[:, -1:], tf.int32), -1)
    place = tf.minimum(place, sums.shape[-1] - 1)
    chosen = tf.gather(order, place, batch_dims=1) if top_k or nucleus else place
    return tf.where(temperature > 0, chosen, likeliest)


class _Group:
    """Eight texts that are written together; each keeps what was written and not yet read."""

    def __init__(self, writer: Writer, first: int, seed: int, options: SampleOptions) -> None:
        self._writer, self._options = writer, options
        self._random = [np.random.default_rng([seed, first + row]) for row in range(ROWS)]
        self._texts = [""] * ROWS  # without the prompt
        self._ended = [False] * ROWS
        self._at: tuple[Any, list[Any]] | None = None

    def pieces(self, row: int) -> Iterator[str]:
        given = 0
        if self._options.prompt:
            yield self._options.prompt
        while True:
            text = self._texts[row]
            if len(text) > given:
                yield text[given:]
                given = len(text)
            if self._ended[row]:
                return
            self._write()

    def _write(self) -> None:
        logits, state = self._at or self._writer.begin(self._options.prompt)
        uniform = np.stack([random.random(PIECE, np.float32) for random in self._random], axis=1)
        tokens, logits, state = self._writer.continue_(logits, state, uniform, self._options)
        self._at = (logits, state)
        for row, line in enumerate(tokens.numpy()):
            if not self._ended[row]:
                self._texts[row], self._ended[row] = self._cut(self._texts[row], line)

    def _cut(self, text: str, tokens: Any) -> tuple[str, bool]:
        """The text with the new tokens, up to where it ends."""
        stop, length = self._options.stop, self._options.length
        for token in tokens.tolist():
            if token == BOUNDARY:
                if stop != "none":
                    return text, True
                token_text = "\n\n"
            else:
                token_text = self._writer.vocabulary.decode([token])
            text += token_text
            if len(text) >= length:
                return text[:length], True
            if (stop == "line" and text.endswith("\n")) or (stop == "blank line" and text.endswith("\n\n")):
                return text, True
        return text, False
