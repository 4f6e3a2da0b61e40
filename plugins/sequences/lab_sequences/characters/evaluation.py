"""Scores character models: bits a character of held-out texts, and beside it what samples look like."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import numpy as np
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol
from lab_metrics.text.copies import SPAN, CopyIndex
from lab_metrics.text.likelihood import bits_per_character

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_sequences.characters import form
from lab_sequences.characters.config import SampleOptions

SAMPLE_LENGTH = 400  # characters
FORMS: dict[str, Callable[[str], float]] = {"verse": form.verse_share, "brackets": form.brackets_balance}


class _Source(msgspec.Struct, frozen=True):
    """What :func:`load_columns` reads of a config."""

    data: str
    limit: int = 0
    validation: float = 0.1
    test: float = 0.1


class CharacterEvaluator(Evaluator):
    """A unit is one text. Parameters of the benchmark: ``data``, and ``form`` ("verse", "brackets") where texts have one.

    The model has ``log_likelihood(text)`` (see :class:`lab_metrics.text.language_evaluation.LogLikelihood`).
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Bits a character of ``count`` texts, always the same ones; lower is better.

        Details: ``characters`` of each text; of as many samples as there are texts, ``copied``, the share of their characters
        that stand in a span of 50 that the training text has too, ``distinct``, 0 for one that was written before, and ``form``,
        where the benchmark names one.
        """
        where = self.benchmark.id
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        data = str(self.benchmark.parameters["data"])
        texts = held_out(data, rules.split, count)
        score: Any = getattr(model, "log_likelihood", None)
        if score is None:
            raise LabError(f"Benchmark {where} needs a model with log_likelihood(text); {type(model).__name__} has none.")
        rows = np.empty((len(texts), 2))
        for place, text in enumerate(texts):
            nats, characters = score(text)
            rows[place] = (-nats, characters)
            if progress is not None:
                progress(place + 1, len(texts), [bits_per_character(rows[: place + 1])])
        details: dict[str, tuple[float, ...]] = {"characters": tuple(rows[:, 1].tolist())}
        if rules.split == "test":
            details |= self._samples(model, data, len(texts), seed)
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={**plain(rules), "signature": f"bpc:texts={len(texts)}|split={rules.split}|copied={SPAN}|v=1"},
            seed=seed,
            scores=tuple(bits_per_character(row[None]) for row in rows),
            statistics=tuple(map(tuple, rows.tolist())),
            value=bits_per_character(rows),
            unit="text",
            details=details,
            steps=int(rows[:, 1].sum()),
        )

    def _samples(self, model: Any, data: str, count: int, seed: int) -> dict[str, tuple[float, ...]]:
        options = SampleOptions(length=SAMPLE_LENGTH, stop="text")
        try:
            texts = ["".join(pieces) for pieces in model.sample(count, seed=seed, options=options)]
        except LabError:  # a compressor
            return {}
        known = copies(data)
        found = {
            "copied": tuple(float(known.copied(text).mean()) if text else 0.0 for text in texts),
            "distinct": tuple(float(text not in texts[:place]) for place, text in enumerate(texts)),
        }
        judge = FORMS.get(str(self.benchmark.parameters.get("form", "")))
        return found | ({"form": tuple(judge(text) for text in texts)} if judge else {})


@cache
def copies(data: str) -> CopyIndex:
    """The spans of the training text."""
    return CopyIndex(_texts(data, "train"))


@cache
def held_out(data: str, split: str, count: int) -> tuple[str, ...]:
    """``count`` texts of a split, spread evenly over it, always the same ones; all where there are fewer."""
    texts = _texts(data, split)
    places = np.unique(np.linspace(0, len(texts) - 1, min(count, len(texts))).round().astype(int))
    return tuple(texts[place] for place in places)


def _texts(data: str, split: str) -> list[str]:
    from lab_sequences.characters.data import load_texts

    return load_texts(_Source(data), split)
