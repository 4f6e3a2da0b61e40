"""Scores word vectors by the words that stand together in held-out text."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Item, Model
from lab_sequences.characters.data import load_texts
from lab_sequences.words import text
from lab_sequences.words.cooccurrence import counts, pmi

WINDOW = 5  # words on each side that stand near a word
CANDIDATES = 3_000  # the most frequent words of the training text
LEAST_TOGETHER = 2  # times that two words stand together before they belong together,
LIFT = 3.0  # and at least this many times as often as their frequencies explain
RULES = f"window={WINDOW}|together={LEAST_TOGETHER}|lift={LIFT:g}"
LEAST, MOST = 3, 300  # words that belong to a word that is asked for
EXAMPLES = ("she", "many", "which", "sister", "happy", "walked", "house", "letter")


class _Source(msgspec.Struct, frozen=True):
    data: str
    limit: int = 0
    validation: float = 0.1
    test: float = 0.1


class Problem(NamedTuple):
    """Words, those asked for by number, and which of all words belong to each, bool [asked, words]."""

    words: tuple[str, ...]
    asked: NDArray[np.int64]
    relevant: NDArray[np.bool_]


class RetrievalEvaluator(Evaluator):
    """A unit is a word: how well the words that stand near it in the held-out text are ranked before all others.

    Two words belong together when they stand at most 5 words apart at least twice, and at least 3 times as often as their
    frequencies explain. Parameters of the benchmark: ``data``. The model has ``words`` and ``associations(queries, others)``.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Mean average precision over ``count`` words, always the same ones. Details: the same for the cosine of the vectors."""
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        given: Any = model
        if not hasattr(given, "associations") or not hasattr(given, "words"):
            raise LabError(f"Benchmark {self.benchmark.id} needs a model of word vectors; {type(model).__name__} is none.")
        problem = make_problem(str(self.benchmark.parameters["data"]), rules.split, count)
        there = np.array([given.words.numbers.get(word, -1) for word in problem.words])
        scores, cosines = np.empty(len(problem.asked)), np.empty(len(problem.asked))
        known = np.flatnonzero(there >= 0)
        for place, asked in enumerate(problem.asked):
            strengths, near = np.full((2, len(there)), -np.inf)
            if there[asked] >= 0:
                strengths[known] = given.associations([there[asked]], there[known])[0]
                near[known] = given.directions[there[known]] @ given.directions[there[asked]]
            scores[place] = average_precision(strengths, problem.relevant[place], int(asked))
            cosines[place] = average_precision(near, problem.relevant[place], int(asked))
            if progress is not None:
                progress(place + 1, len(scores), [float(scores[: place + 1].mean())])
        return Evaluation(
            benchmark=self.benchmark.id,
            protocol=name,
            settings={**plain(rules), "signature": f"map:words={len(problem.words)}|{RULES}|split={rules.split}|v=1"},
            seed=seed,
            scores=tuple(scores.tolist()),
            value=float(scores.mean()),
            unit="word",
            details={"cosine": tuple(cosines.tolist())},
            steps=len(scores),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Item, Item | None]]:
        words = make_problem(str(self.benchmark.parameters["data"]), "validation", 1_000_000).words
        chosen = [word for word in EXAMPLES if word in words] or list(words[:200:12])
        return [(word, None) for word in chosen[:count]]


def average_precision(strengths: NDArray[Any], relevant: NDArray[np.bool_], without: int) -> float:
    """Mean precision at the ranks of the relevant items, by falling strength; item ``without`` has no rank.

    Equal strengths count as if the irrelevant ones came first, so that a model that ranks nothing gains nothing.
    """
    kept = np.arange(len(strengths)) != without
    strengths, relevant = strengths[kept], relevant[kept]
    order = np.lexsort((relevant, -strengths))
    hits = relevant[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0


@cache
def make_problem(data: str, split: str, count: int) -> Problem:
    """The problem of a split; raises LabError for a text that is too short for one."""
    training = [text.words_of(one) for one in load_texts(_Source(data), "train")]
    words = text.build(training, limit=CANDIDATES, fewest=5, rare="skipped")
    held_out = [text.words_of(one) for one in load_texts(_Source(data), split)]
    numbers = [number for one in held_out for number in [*(words.numbers.get(word, -2) for word in one), -1]]
    table = counts(np.array(numbers, np.int32), len(words), WINDOW)
    together = (table >= LEAST_TOGETHER).multiply(pmi(table) > np.log(LIFT)).toarray().astype(bool)
    np.fill_diagonal(together, False)
    usable = np.flatnonzero((together.sum(1) >= LEAST) & (together.sum(1) <= MOST))
    if not len(usable):
        raise LabError(f"{data} is too short: no word of its split {split} has {LEAST} others that stand near it twice or more.")
    asked = usable[np.unique(np.linspace(0, len(usable) - 1, min(count, len(usable))).round().astype(int))]
    return Problem(words.words, asked, together[asked])
