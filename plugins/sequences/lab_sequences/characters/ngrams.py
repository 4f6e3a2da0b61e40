"""Character n-grams with Witten-Bell smoothing, counted and looked up as sorted arrays.

P(c | h) = (count(h c) + kinds(h) P(c | h')) / (count(h) + kinds(h)), where kinds(h) is the number of different characters after
the context h, and h' is h without its first character (Witten and Bell 1991, method C; Chen and Goodman 1999, section 2.6). Below
order 1 stands the uniform distribution over the vocabulary.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lab_sequences.characters.vocabulary import BOUNDARY, Tokens

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
_BASE = np.uint64(0x9E3779B97F4A7C15)


class NGrams:
    """Counts of all n-grams up to ``order`` of a stream of tokens; order 1 is a distribution without context."""

    def __init__(self, tokens: Tokens, vocabulary_size: int, order: int) -> None:
        self.order, self.vocabulary_size = order, vocabulary_size
        self._tables = [_Table(_hashes(tokens, length), tokens) for length in range(order)]

    def log_probabilities(self, tokens: Tokens) -> Floats:
        """Natural logarithms of P(token | the tokens before it), float64 [tokens - 1]: the first one is given."""
        found = np.full(len(tokens) - 1, 1.0 / self.vocabulary_size)
        for length, table in enumerate(self._tables):
            hashes = _hashes(tokens, length)
            known = table.smoothed(hashes, tokens, found)
            found = np.where(np.arange(1, len(tokens)) >= length, known, found)
        return np.log(found)

    def distribution(self, context: Sequence[int]) -> Floats:
        """P of every token after a context, float64 [tokens]."""
        found = np.full(self.vocabulary_size, 1.0 / self.vocabulary_size)
        every = np.arange(self.vocabulary_size, dtype=np.int32)
        for length, table in enumerate(self._tables):
            if length > len(context):
                break
            ending = np.array([*context[len(context) - length :], 0], np.int32)
            key = _hashes(ending, length)[-1] if length else np.uint64(0)
            found = table.smoothed_at(np.full(self.vocabulary_size, key), every, found)
        return found / found.sum()


class _Table:
    """Counts of the n-grams with one length of context, sorted by hash."""

    def __init__(self, contexts: Hashes, tokens: Tokens) -> None:
        contexts, following = contexts[: len(tokens) - 1], tokens[1:]
        self._grams, self._counts = np.unique(_with(contexts, following), return_counts=True)
        self._contexts, self._totals = np.unique(contexts, return_counts=True)
        _, first = np.unique(_with(contexts, following), return_index=True)
        kinds_of = np.searchsorted(self._contexts, contexts[first])
        self._kinds = np.bincount(kinds_of, minlength=len(self._contexts))

    def smoothed(self, contexts: Hashes, tokens: Tokens, lower: Floats) -> Floats:
        return self.smoothed_at(contexts[: len(tokens) - 1], tokens[1:], lower)

    def smoothed_at(self, contexts: Hashes, following: Tokens, lower: Floats) -> Floats:
        count = _look_up(self._grams, self._counts, _with(contexts, following))
        total = _look_up(self._contexts, self._totals, contexts)
        kinds = _look_up(self._contexts, self._kinds, contexts)
        return np.where(total > 0, (count + kinds * lower) / np.maximum(total + kinds, 1), lower)


def _hashes(tokens: Tokens, length: int) -> Hashes:
    """For each place but the last a hash of the ``length`` tokens up to and with it; shorter ones at the beginning."""
    found = np.zeros(len(tokens) - 1, np.uint64)
    for back in range(length - 1, -1, -1):
        shifted = np.full(len(found), BOUNDARY, np.int32)
        shifted[back:] = tokens[: len(found) - back] if back < len(found) else BOUNDARY
        found = _with(found, shifted)
    return found


def _with(hashes: Hashes, tokens: Tokens) -> Hashes:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _BASE
    return mixed + (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(0xD6E8FEB86659FD93)


def _look_up(keys: Hashes, values: NDArray[np.integer], wanted: Hashes) -> NDArray[np.integer]:
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
