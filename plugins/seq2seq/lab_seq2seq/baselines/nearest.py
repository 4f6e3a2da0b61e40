"""The most similar of many texts by TF-IDF cosine (Salton and Buckley 1988)."""

from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np

from lab_seq2seq.baselines.words import words


class Nearest:
    """An inverted index. A term's weight is (1 + log count) log(texts / texts with the term), vectors have length 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(word.lower() for word in words(text)) for text in texts]
        frequency = Counter(word for count in counts for word in count)
        self._rarity = {word: log(len(texts) / number) + 1e-9 for word, number in frequency.items()}
        self._size = len(texts)
        postings: dict[str, list[tuple[int, float]]] = {}
        for place, count in enumerate(counts):
            weights = self._weights(count)
            for word, weight in weights.items():
                postings.setdefault(word, []).append((place, weight))
        self._postings = {
            word: (np.array([place for place, _ in found]), np.array([weight for _, weight in found]))
            for word, found in postings.items()
        }

    def find(self, text: str) -> int:
        """The place of the nearest text; of several equal ones the first, 0 where no word is shared."""
        scores = np.zeros(self._size)
        for word, weight in self._weights(Counter(word.lower() for word in words(text))).items():
            places, weights = self._postings[word]
            scores[places] += weight * weights
        return int(scores.argmax())

    def _weights(self, counts: Counter[str]) -> dict[str, float]:
        found = {word: (1 + log(count)) * self._rarity[word] for word, count in counts.items() if word in self._rarity}
        length = sum(weight * weight for weight in found.values()) ** 0.5
        return {word: weight / length for word, weight in found.items()} if length else {}
