"""Text evaluators on models whose scores are known."""

from collections.abc import Iterable, Iterator
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_datasets import load
from lab_metrics.text import bleu
from lab_metrics.text.caption_evaluation import CaptionEvaluator
from lab_metrics.text.evaluation import TranslationEvaluator
from lab_metrics.text.language_evaluation import LanguageModelEvaluator
from sacrebleu.metrics.bleu import BLEU

from lab_core.benchmark import Benchmark
from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model, Scored
from lab_core.score import Score

COUNT = 40


class Base(Model):
    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Base":
        return cls()


class Parrot(Base, Apply):
    """Says what it is given: text in pieces, the second of two alternatives worse."""

    consumes = produces = Kind.TEXT

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        for place, item in enumerate(items):
            yield iter(item.split(" ")) if place % 2 else [Scored(item, 0.0), Scored("worse", -1.0)]


def benchmark(evaluator: str = "translation", **parameters: Any) -> Benchmark:
    return Benchmark(
        id=f"{evaluator}/toy",
        title="Toy",
        needs="apply",
        unit="sentence",
        score=Score("BLEU"),
        evaluator="",
        protocols={"test": {"count": COUNT, "split": "test"}},
        default_protocol="test",
        parameters=parameters,
    )


def test_a_corpus_score_is_sacrebleus_and_comes_from_its_statistics() -> None:
    evaluator = TranslationEvaluator(benchmark(data="help-german", source="english", target="german"))
    seen: list[int] = []
    found = evaluator.evaluate(Parrot(), protocol="test", count=COUNT, seed=0, progress=lambda done, *_: seen.append(done))
    examples = evaluator.examples(COUNT)
    made = [one.source if place % 2 == 0 else one.source.replace(" ", "") for place, one in enumerate(examples)]
    expected = BLEU().corpus_score(made, [[one.references[0] for one in examples]])
    assert found.value == pytest.approx(expected.score)
    assert bleu.pool(np.asarray(found.statistics)) == pytest.approx(found.value)
    assert found.unit == "sentence"
    assert len(found.scores) == COUNT == len(found.details["chrf"]) == len(found.details["exact"])
    assert "help-german/test:english>german" in found.settings["signature"]
    assert seen == list(range(1, COUNT + 1))


def test_the_references_themselves_score_100_under_both_metrics() -> None:
    for metric in ("bleu", "chrf"):
        parameters = {"data": "help-german", "source": "german", "target": "german", "metric": metric}
        evaluator = TranslationEvaluator(benchmark(**parameters))

        class Echo(Parrot):
            def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
                return iter(list(items))

        found = evaluator.evaluate(Echo(), protocol="test", count=COUNT, seed=0)
        assert found.value == pytest.approx(100.0)
        assert set(found.details["exact"]) == {1.0}


def test_a_model_that_gives_too_little_or_no_text_is_named() -> None:
    evaluator = TranslationEvaluator(benchmark(data="help-german", source="english", target="german"))

    class Short(Parrot):
        def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
            yield next(iter(items))

    class Number(Parrot):
        def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
            return (7 for _ in items)

    with pytest.raises(LabError, match="1 results for 40 items"):
        evaluator.evaluate(Short(), protocol="test", count=COUNT, seed=0)
    with pytest.raises(LabError, match="int where text"):
        evaluator.evaluate(Number(), protocol="test", count=COUNT, seed=0)


class Uniform(Base):
    """Spreads its belief over 64 characters: 6 bits each."""

    def log_likelihood(self, text: str) -> tuple[float, int]:
        return -len(text) * log(64), len(text)


def test_a_uniform_model_costs_the_logarithm_of_its_characters() -> None:
    evaluator = LanguageModelEvaluator(benchmark("language", data="tang", text="text"))
    found = evaluator.evaluate(Uniform(), protocol="test", count=1000, seed=0)
    assert found.value == pytest.approx(6.0)
    assert len(found.scores) == len(load("tang", "test").text)
    assert found.steps == sum(map(len, load("tang", "test").text))


def test_a_language_model_without_likelihoods_or_with_impossible_ones_is_refused() -> None:
    evaluator = LanguageModelEvaluator(benchmark("language", data="tang"))

    class Boastful(Base):
        def log_likelihood(self, text: str) -> tuple[float, int]:
            return 1.0, len(text)

    with pytest.raises(LabError, match="log_likelihood"):
        evaluator.evaluate(Parrot(), protocol="test", count=1, seed=0)
    with pytest.raises(LabError, match="possible"):
        evaluator.evaluate(Boastful(), protocol="test", count=1, seed=0)


def test_captions_of_the_data_itself_have_full_scores() -> None:
    captions = {image.tobytes(): text for image, text in zip(*load("icon-captions", "test")[:2], strict=True)}

    class Knows(Parrot):
        consumes = Kind.IMAGE

        def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
            return (captions[item.tobytes()] for item in items)

    evaluator = CaptionEvaluator(benchmark("captions", data="icon-captions", image="colour", caption="caption"))
    found = evaluator.evaluate(Knows(), protocol="test", count=COUNT, seed=0)
    assert found.details["bleu1"] == (pytest.approx(100.0),) * COUNT
    longer = [place for place, count in enumerate(found.details["words"]) if count >= 4]
    assert [found.scores[place] for place in longer] == pytest.approx([10.0] * len(longer))
    assert found.value == pytest.approx(np.mean(found.scores))
