"""BLEU (Papineni et al. 2002), counted by sacrebleu and equal to its scores, from statistics that can be added up.

    rows = statistics(hypotheses, references)     # float64 [sentences, 10]
    pool(rows)                                    # sacrebleu's corpus score, 0 to 100
    signature()                                   # "bleu:case=mixed|tok=13a|smooth=exp|version=2.6.0"

Columns: length of the hypothesis, length of the closest reference, matching 1- to 4-grams, all 1- to 4-grams.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, log
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, unknown
from lab_core.pooling import additive

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

ORDER = 4
COLUMNS = 2 + 2 * ORDER
TOKENIZERS = ("13a", "zh", "char", "intl", "none")

Tokenizer = Literal["13a", "zh", "char", "intl", "none"]
Floats = NDArray[Any]


def statistics(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, tokenize: str = "13a", lowercase: bool = False
) -> Floats:
    """Sufficient statistics float64 [n, 10] of n hypotheses; ``references[i]`` are the references of hypothesis i (1 or more).

    ``tokenize``: "13a" for languages with spaces (mteval), "zh" for Chinese, "char", "intl", "none". Raises LabError for
    lists of different lengths or a sentence without a reference, UsageError for another tokenizer.
    """
    checked(hypotheses, references)
    metric = _metric(tokenize, lowercase)
    rows = np.empty((len(hypotheses), COLUMNS))
    for place, (hypothesis, its) in enumerate(zip(hypotheses, references, strict=True)):
        found = metric.sentence_score(hypothesis, list(its))
        rows[place] = (found.sys_len, found.ref_len, *found.counts, *found.totals)
    return rows


@additive
def pool(statistics: Floats) -> float:
    """Corpus BLEU, 0 to 100, of the sentences with statistics [n, 10]; exponential smoothing, sacrebleu's default."""
    return bleu(statistics, ORDER, smooth="exp")


def bleu(statistics: Floats, order: int = ORDER, *, smooth: Literal["exp", "none"] = "none") -> float:
    """BLEU-``order``: 0 to 100, geometric mean of the precisions of 1- to ``order``-grams times the brevity penalty."""
    return _score(np.asarray(statistics, np.float64).sum(axis=0).tolist(), order, smooth=smooth)


def sentence_scores(statistics: Floats) -> Floats:
    """BLEU of each sentence [n], as sacrebleu's ``sentence_score``: orders longer than the sentence are left out.

    Their mean is not the corpus score.
    """
    rows = np.asarray(statistics, np.float64).tolist()
    return np.asarray([_score(row, ORDER, smooth="exp", effective=True) for row in rows], np.float64)


def _score(row: Sequence[float], order: int, *, smooth: Literal["exp", "none"], effective: bool = False) -> float:
    """BLEU of one row of statistics, as sacrebleu's ``compute_bleu``.

    ``exp`` counts the k-th order without a match as 1 / 2^k matches (NIST); ``effective`` leaves out orders that the
    hypothesis is too short for, which otherwise make the score 0.
    """
    length, reference = row[0], row[1]
    correct, total = row[2 : 2 + order], row[2 + ORDER : 2 + ORDER + order]
    if not any(correct):
        return 0.0
    logarithms, missed = 0.0, 1.0
    counted = order
    for place, (matches, all_grams) in enumerate(zip(correct, total, strict=True)):
        if not all_grams:
            if not effective:
                return 0.0
            counted = place
            break
        if not matches:
            if smooth == "none":
                return 0.0
            missed *= 2
            matches = 1 / missed
        logarithms += log(matches / all_grams)
    brevity = 1.0 if length >= reference else exp(1 - reference / length)
    return 100 * brevity * exp(logarithms / counted)


def length_ratio(statistics: Floats) -> float:
    """Length of the hypotheses over that of the references; below 1 BLEU's brevity penalty counts."""
    sums = np.asarray(statistics, np.float64).sum(axis=0)
    return float(sums[0] / sums[1]) if sums[1] else 0.0


def signature(*, tokenize: str = "13a", lowercase: bool = False) -> str:
    """All that the score depends on but the texts."""
    from importlib.metadata import version

    case = "lc" if lowercase else "mixed"
    return f"bleu:case={case}|tok={tokenize}|smooth=exp|order={ORDER}|sacrebleu={version('sacrebleu')}"


def checked(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raises LabError unless there is at least one reference for each hypothesis."""
    if len(hypotheses) != len(references):
        raise LabError(f"{len(hypotheses):,} hypotheses can't be compared with references of {len(references):,} sentences.")
    empty = next((place for place, its in enumerate(references) if isinstance(its, str) or not len(its)), None)
    if empty is not None:
        raise LabError(f"Sentence {empty} has no list of references; one or more are expected.")


@cache
def _metric(tokenize: str, lowercase: bool) -> "BLEU":
    if tokenize not in TOKENIZERS:
        raise unknown("tokenizer of BLEU", tokenize, TOKENIZERS)
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=tokenize, lowercase=lowercase, effective_order=True)
