"""Words of texts, their vocabulary and the text as numbers."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

BOUNDARY = -1  # between two texts: no window reaches across
UNKNOWN = "UNK"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

Tokens = NDArray[np.int32]


def words_of(text: str) -> list[str]:
    """The words in lower case, without punctuation and digits; an apostrophe inside a word belongs to it."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


class Words:
    """A vocabulary, the most frequent word first, and how often each word occurs in training."""

    def __init__(self, words: Sequence[str], counts: Sequence[int]) -> None:
        self.words = tuple(words)
        self.counts = np.asarray(counts, np.int64)
        self.numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, texts: Sequence[Sequence[str]]) -> Tokens:
        """All texts one after another, int32, each followed by a boundary.

        Words outside the vocabulary are UNK where that is a word of it, and else left out.
        """
        rare = self.numbers.get(UNKNOWN, -1)
        found: list[int] = []
        for text in texts:
            numbers = (self.numbers.get(word, rare) for word in text)
            found += [number for number in numbers if number >= 0]
            found.append(BOUNDARY)
        return np.array(found, np.int32)


def build(texts: Sequence[Sequence[str]], *, limit: int, fewest: int, rare: str) -> Words:
    """The most frequent words, ties in alphabetical order. Raises LabError for fewer than two."""
    counts = Counter(word for text in texts for word in text)
    order = sorted(counts, key=lambda word: (-counts[word], word))
    most = limit - (rare == UNKNOWN)
    kept = [word for word in order if counts[word] >= fewest][:most]
    if len(kept) < 2:
        raise LabError(
            f"The text has {len(counts):,} different words, {len(kept)} of them {fewest} times or more; at least 2 are needed.",
            "Give a longer text, or set fewest=1.",
        )
    numbers = [counts[word] for word in kept]
    if rare == UNKNOWN:
        kept, numbers = [UNKNOWN, *kept], [max(1, counts.total() - sum(numbers)), *numbers]
    return Words(kept, numbers)
