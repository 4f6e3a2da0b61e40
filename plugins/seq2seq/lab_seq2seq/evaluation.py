"""Scores of translation: corpus BLEU on the pairs of a config's data, and exact match for numbers."""

from collections.abc import Mapping
from typing import Any

import msgspec
from lab_metrics.text.evaluation import Example, TranslationEvaluator

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Tick
from lab_core.model import Model
from lab_seq2seq.config import PairConfig
from lab_seq2seq.text.pairs import SPLITS, load


class PairEvaluator(TranslationEvaluator):
    """A unit is one sentence. Parameters: ``data``, ``src``, ``tgt``, ``held_out`` as in :class:`PairConfig`, and those of BLEU.

    The first ``count`` sentences of the split are scored, in the order of the data, so that a table beside the score is unpicked.
    """

    def examples(self, count: int, *, split: str = "test") -> list[Example]:
        if split not in SPLITS:
            raise LabError(f"Benchmark {self.benchmark.id}: there is no split {split!r}; {', '.join(SPLITS)} are expected.")
        pairs = load(pair_config(self.benchmark.parameters), split)  # type: ignore[arg-type]
        rows = zip(pairs.source[:count], pairs.target[:count], strict=True)
        return [Example(source, (target,)) for source, target in rows]

    def _reference(self, split: str) -> str:
        return f"{pair_config(self.benchmark.parameters).pair}/{split}"


class ExactEvaluator(PairEvaluator):
    """The share of outputs that equal the reference, in percent; BLEU is a detail."""

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        found = super().evaluate(model, protocol=protocol, count=count, seed=seed, progress=progress)
        details, split = dict(found.details), str(found.settings["split"])
        scores = tuple(100.0 * hit for hit in details.pop("exact"))
        return msgspec.structs.replace(
            found,
            scores=scores,
            unit=self.benchmark.unit,
            statistics=(),
            value=sum(scores) / len(scores),
            details={**details, "bleu": found.scores},
            settings={
                **found.settings,
                "signature": f"exact|ref={self._reference(split)}|n={len(scores)}",
            },
        )


def pair_config(parameters: Mapping[str, Any]) -> PairConfig:
    """The pairs that a benchmark scores."""
    return PairConfig(
        data=str(parameters["data"]),
        src=str(parameters["src"]),
        tgt=str(parameters["tgt"]),
        held_out=float(parameters.get("held_out", 0.05)),
    )
