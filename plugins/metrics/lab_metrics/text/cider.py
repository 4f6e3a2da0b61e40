"""CIDEr-D (Vedantam et al. 2015): agreement of a caption with what several people wrote, rare words weighing more.

    found = cider_d(captions, references)     # float64 [images]; the score of the set is the mean, 0 to 10

Each caption is a vector of n-gram counts times log(images / images whose references have the n-gram). For n = 1 to 4 the clipped
cosine to each reference, times a Gaussian of the difference in length, is averaged; the mean over n, times 10, is the score.
Words are lower case; punctuation is left out; no stemming (the published code stems nothing either).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_metrics.text.bleu import checked

ORDER = 4
SIGMA = 6.0  # words of difference in length; section 5 of the paper
SCALE = 10.0

Gram = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a caption, lower case, punctuation left out."""
    return _WORD.findall(text.lower())


def cider_d(captions: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[Any]:
    """CIDEr-D of each caption [n], 0 to 10. Document frequencies come from ``references``, so a score belongs to its set."""
    checked(captions, references)
    theirs = [[_counts(words(one)) for one in its] for its in references]
    seen = Counter(gram for its in theirs for gram in {gram for counts in its for gram in counts})
    images = log(max(len(references), 1))
    found = np.empty(len(captions))
    for place, caption in enumerate(captions):
        mine = _Vector(_counts(words(caption)), seen, images)
        found[place] = SCALE * np.mean([mine.similarity(_Vector(one, seen, images)) for one in theirs[place]])
    return found


class _Vector:
    """The weighted n-grams of a text, one vector an order."""

    def __init__(self, counts: Mapping[Gram, int], seen: Mapping[Gram, int], images: float) -> None:
        self.weights: list[dict[Gram, float]] = [{} for _ in range(ORDER)]
        for gram, count in counts.items():
            self.weights[len(gram) - 1][gram] = count * (images - log(max(seen.get(gram, 0), 1)))
        self.norms = [sqrt(sum(value**2 for value in weights.values())) for weights in self.weights]
        self.length = sum(count for gram, count in counts.items() if len(gram) == 1)

    def similarity(self, reference: "_Vector") -> float:
        """Mean over orders of the clipped cosine times the length penalty (equation 5 of the paper)."""
        total = 0.0
        for mine, theirs, a, b in zip(self.weights, reference.weights, self.norms, reference.norms, strict=True):
            if a and b:
                product = sum(min(value, theirs[gram]) * theirs[gram] for gram, value in mine.items() if gram in theirs)
                total += product / (a * b)
        return exp(-((self.length - reference.length) ** 2) / (2 * SIGMA**2)) * total / ORDER


def _counts(tokens: Sequence[str]) -> Counter[Gram]:
    return Counter(
        tuple(tokens[start : start + order]) for order in range(1, ORDER + 1) for start in range(len(tokens) - order + 1)
    )
