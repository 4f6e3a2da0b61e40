"""A dictionary learnt from pairs: IBM model 1 (Brown et al. 1993), by expectation-maximisation."""

from collections.abc import Sequence

import numpy as np

from lab_seq2seq.baselines.words import join, words

ITERATIONS = 8


class Dictionary:
    """t(target | source) of model 1 without the empty word; a source word's translation is its most probable target word."""

    def __init__(self, sources: Sequence[str], targets: Sequence[str], iterations: int = ITERATIONS) -> None:
        source_numbers: dict[str, int] = {}
        target_numbers: dict[str, int] = {}
        left: list[int] = []  # one entry for each source word, target word and sentence pair
        right: list[int] = []
        slot: list[int] = []  # the target word's place in the corpus
        place = 0
        for source, target in zip(sources, targets, strict=True):
            numbers = [source_numbers.setdefault(word, len(source_numbers)) for word in words(source)]
            for word in words(target):
                number = target_numbers.setdefault(word, len(target_numbers))
                left += numbers
                right += [number] * len(numbers)
                slot += [place] * len(numbers)
                place += 1
        size = len(target_numbers)
        keys, entry = np.unique(np.array(left, np.int64) * size + np.array(right, np.int64), return_inverse=True)
        places, owner = np.array(slot), keys // size
        chance = np.ones(len(keys))
        for _ in range(iterations):
            each = chance[entry]
            share = each / np.bincount(places, each, place)[places]  # P(alignment), equation of the E step
            counted = np.bincount(entry, share, len(keys))
            chance = counted / np.bincount(owner, counted, len(source_numbers))[owner]
        names = list(target_numbers)
        best = np.lexsort((-chance, owner))
        first = np.unique(owner[best], return_index=True)[1]
        sources_by_number = list(source_numbers)
        self._best = {sources_by_number[owner[at]]: names[keys[at] % size] for at in best[first]}

    def word(self, word: str) -> str:
        """The translation of a word; the word itself where it never occurred, in its other case where only that did."""
        for form in (word, word.lower(), word.capitalize()):
            if form in self._best:
                return self._best[form]
        return word

    def translate(self, text: str) -> str:
        """Word by word, in the order of the source."""
        return join([self.word(word) for word in words(text)])
