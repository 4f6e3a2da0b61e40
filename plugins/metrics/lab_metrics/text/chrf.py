"""chrF (Popović 2015): F-score of character n-grams, equal to sacrebleu's, from statistics that can be added up.

    rows = statistics(hypotheses, references)     # float64 [sentences, 18]
    pool(rows)                                    # sacrebleu's corpus score, 0 to 100

Columns: for each order 1 to 6 the n-grams of the hypothesis, of the reference, and those in both. White space is not counted.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.pooling import additive
from lab_metrics.text.bleu import checked

ORDER = 6
BETA = 2.0  # recall weighs BETA^2 as much as precision
COLUMNS = 3 * ORDER

Floats = NDArray[Any]


def statistics(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Floats:
    """Sufficient statistics float64 [n, 18]; of several references the one with the best F-score counts."""
    checked(hypotheses, references)
    rows = np.empty((len(hypotheses), COLUMNS))
    for place, (hypothesis, its) in enumerate(zip(hypotheses, references, strict=True)):
        mine = _ngrams(hypothesis)
        candidates = [_matches(mine, _ngrams(reference)) for reference in its]
        rows[place] = max(candidates, key=_f_score)
    return rows


@additive
def pool(statistics: Floats) -> float:
    """Corpus chrF, 0 to 100, of the sentences whose statistics [n, 18] are given."""
    return _f_score(np.asarray(statistics, np.float64).sum(axis=0))


def sentence_scores(statistics: Floats) -> Floats:
    """chrF of each sentence [n], 0 to 100."""
    return np.asarray([_f_score(row) for row in np.asarray(statistics, np.float64)])


def signature() -> str:
    """All that the score depends on but the texts."""
    return f"chrf:case=mixed|nc={ORDER}|nw=0|beta={BETA:g}|space=no|eps=no"


def _ngrams(text: str) -> list[Counter[str]]:
    """The n-grams of each order, white space removed."""
    characters = "".join(text.split())
    return [
        Counter(characters[start : start + order] for start in range(len(characters) - order + 1))
        for order in range(1, ORDER + 1)
    ]


def _matches(hypothesis: Sequence[Counter[str]], reference: Sequence[Counter[str]]) -> Floats:
    row: list[int] = []
    for mine, theirs in zip(hypothesis, reference, strict=True):
        row += [mine.total() if theirs else 0, theirs.total(), (mine & theirs).total()]
    return np.asarray(row, np.float64)


def _f_score(row: Floats) -> float:
    """F-score of the mean precision and the mean recall over the orders that both sides have."""
    hypothesis, reference, both = row.reshape(ORDER, 3).T
    counted = (hypothesis > 0) & (reference > 0)
    if not counted.any():
        return 0.0
    precision = float((both[counted] / hypothesis[counted]).mean())
    recall = float((both[counted] / reference[counted]).mean())
    if precision + recall == 0:
        return 0.0
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
