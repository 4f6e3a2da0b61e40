"""Scores models that turn text into text: corpus BLEU or chrF of their output."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from lab_core.errors import LabError, unknown
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Apply, Model
from lab_metrics.applying import at_least_one, texts
from lab_metrics.data import as_references, chosen, parameter, source
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol
from lab_metrics.text import bleu, chrf
from lab_metrics.text.exact import exact_matches


class Example(NamedTuple):
    """A source with what it should become."""

    source: str
    references: Sequence[str]


class TranslationEvaluator(Evaluator):
    """A unit is one sentence. Parameters of the benchmark:

    data        id of the data set
    source      column that the model reads
    target      column of references, one text or several an item
    metric      "bleu" (default) or "chrf": what the score is
    tokenize    of BLEU: "13a" (default), "zh", "char", "intl", "none"
    lowercase   "true" to compare in lower case (BLEU only)

    Register it with ``pool="lab_metrics.text.bleu:pool"`` or ``"lab_metrics.text.chrf:pool"``. The model must give running text:
    pieces joined, no tokens.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The corpus score of ``count`` sentences, always the same ones, 0 to 100, higher is better.

        ``scores`` are sentence scores, whose mean is another number. Details: ``chrf`` (or ``bleu``) and ``exact`` of each
        sentence, ``length_ratio`` (output over reference, in tokens of BLEU).
        """
        where = self.benchmark.id
        at_least_one(count, "sentence")
        assert isinstance(model, Apply)
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        examples = self.examples(count, split=rules.split)
        references = [example.references for example in examples]

        def each(done: int) -> None:
            if progress is not None:
                progress(done, len(examples), [])

        hypotheses = texts(model, [example.source for example in examples], where=where, each=each)
        measured = measure(hypotheses, references, **self._settings())
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={**plain(rules), "signature": f"{measured.signature}|ref={self._reference(rules.split)}|n={len(examples)}"},
            seed=seed,
            scores=tuple(measured.scores.tolist()),
            statistics=tuple(map(tuple, measured.statistics.tolist())),
            value=measured.value,
            unit="sentence",
            details=measured.details,
            steps=len(examples),
        )

    def examples(self, count: int, *, split: str = "test") -> list[Example]:
        """The first ``count`` of the sentences that are scored, for tables beside a model's output."""
        parameters, where = self.benchmark.parameters, self.benchmark.id
        names = (parameter(parameters, "source", where), parameter(parameters, "target", where))
        sources, targets = chosen(parameter(parameters, "data", where), split, names, count)
        return [Example(text, as_references(target)) for text, target in zip(sources, targets, strict=True)]

    def example_pairs(self, count: int) -> Sequence[tuple[str, str]]:
        """The first sentences that are scored, each with its first reference."""
        _, rules = read_protocol(CorpusProtocol, self.benchmark, self.benchmark.default_protocol)
        return [(one.source, one.references[0]) for one in self.examples(count, split=rules.split)]

    def _settings(self) -> dict[str, Any]:
        parameters = self.benchmark.parameters
        metric = parameters.get("metric", "bleu")
        if metric not in ("bleu", "chrf"):
            raise unknown("metric of translations", str(metric), ("bleu", "chrf"))
        return {
            "metric": metric,
            "tokenize": parameters.get("tokenize", "13a"),
            "lowercase": str(parameters.get("lowercase", "")).lower() == "true",
        }

    def _reference(self, split: str) -> str:
        parameters = self.benchmark.parameters
        return f"{source(str(parameters['data']), split)}:{parameters['source']}>{parameters['target']}"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A corpus of outputs against references: the score of the whole, of each sentence, and what subsets are scored from."""

    value: float
    scores: np.ndarray
    statistics: np.ndarray
    details: dict[str, tuple[float, ...]]
    signature: str


def measure(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    metric: Literal["bleu", "chrf"] = "bleu",
    tokenize: str = "13a",
    lowercase: bool = False,
) -> Measured:
    """Both metrics; ``metric`` says which is the score, the other one is a detail. Raises LabError for empty input."""
    if not hypotheses:
        raise LabError("There is no output to score.")
    counted = bleu.statistics(hypotheses, references, tokenize=tokenize, lowercase=lowercase)
    matched = chrf.statistics(hypotheses, references)
    sides = {"bleu": bleu.sentence_scores(counted), "chrf": chrf.sentence_scores(matched)}
    other = "chrf" if metric == "bleu" else "bleu"
    statistics = counted if metric == "bleu" else matched
    lengths = counted[:, 0] / np.maximum(counted[:, 1], 1.0)
    return Measured(
        value=bleu.pool(counted) if metric == "bleu" else chrf.pool(matched),
        scores=sides[metric],
        statistics=statistics,
        details={
            other: tuple(sides[other].tolist()),
            "exact": tuple(exact_matches(hypotheses, references).tolist()),
            "length_ratio": tuple(lengths.tolist()),
        },
        signature=bleu.signature(tokenize=tokenize, lowercase=lowercase) if metric == "bleu" else chrf.signature(),
    )
