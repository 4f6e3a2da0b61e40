"""What decoding and training need from every encoder-decoder network.

A source is encoded once (:meth:`Translator.encode`), then decoded either with the right words given, all positions in one call
(:meth:`Translator.forced`), or word by word (:meth:`Translator.step`). There ``state`` is a tuple of tensors whose first axis is
the row: beam search picks rows of it. Memories are tuples of tensors, the batch first; decoding doesn't change them.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Tensors = tuple[Any, ...]
Dropout = Callable[[Any, float], Any]  # (tensor, share to drop) -> tensor


def keep_all(tensor: Any, share: float) -> Any:
    """No dropout: what decoding uses."""
    return tensor


class Translator(keras.Model):
    """A network from one sequence of tokens (or from image features) to another."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.built = True  # all weights are made in the constructors

    @abstractmethod
    def encode(self, source: Any, mask: Any, dropout: Dropout = keep_all) -> Tensors:
        """The memory of a source int32 [batch, time] whose mask float32 [batch, time] is 1 at real tokens.

        Its last tensor is the mask.
        """

    @abstractmethod
    def forced(self, memory: Tensors, inputs: Any, dropout: Dropout = keep_all) -> tuple[Any, Any]:
        """Logits [batch, time, vocabulary] and alignments [batch, time, source] after each of the inputs int32 [batch, time]."""

    @abstractmethod
    def start(self, memory: Tensors, longest: int) -> Tensors:
        """The state of every row of the memory before the first word; ``longest`` is the most words that will be decoded."""

    @abstractmethod
    def step(self, memory: Tensors, state: Tensors, tokens: Any, place: Any) -> tuple[Any, Tensors, Any]:
        """Logits [rows, vocabulary], next state, alignment [rows, source] after ``tokens`` int32 [rows] at position ``place``."""

    def _weight(self, name: str, shape: tuple[int, ...], start: float | None, spread: Any) -> Any:
        initializer = spread if start is None else keras.initializers.Constant(start)
        return self.add_weight(name=name, shape=shape, initializer=initializer)


def as_mask(tokens: Any, padding: int = 0) -> Any:
    """Mask float32, 1 where a token is not padding."""
    return tf.cast(tf.not_equal(tokens, padding), tf.float32)
