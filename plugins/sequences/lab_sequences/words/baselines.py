"""Word vectors without a network: random ones, frequencies, and the singular vectors of the PPMI matrix."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_sequences.characters.data import load_texts
from lab_sequences.words import text
from lab_sequences.words.config import WordBaselineConfig
from lab_sequences.words.cooccurrence import counts, pmi
from lab_sequences.words.model import WordModel
from lab_sequences.words.text import Tokens, Words

_SEED = 0


class _Baseline(WordModel):
    config_type = WordBaselineConfig

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        assert isinstance(config, WordBaselineConfig)
        texts = [text.words_of(one) for one in load_texts(config, "train")]
        words = text.build(texts, limit=config.vocabulary_limit, fewest=config.fewest, rare=config.rare)
        vectors, contexts = cls.factors(config, words, words.encode(texts))
        return cls(config, words, vectors.astype(np.float32), contexts.astype(np.float32))

    @classmethod
    def factors(cls, config: WordBaselineConfig, words: Words, tokens: Tokens) -> tuple[NDArray[Any], NDArray[Any]]:
        """``vectors`` and ``contexts`` [words, dimensions]."""
        raise NotImplementedError


class RandomModel(_Baseline):
    """Normal vectors."""

    @classmethod
    def factors(cls, config: WordBaselineConfig, words: Words, tokens: Tokens) -> tuple[NDArray[Any], NDArray[Any]]:
        rng = np.random.default_rng(_SEED)
        return rng.normal(size=(len(words), config.dimensions)), rng.normal(size=(len(words), config.dimensions))


class FrequencyModel(_Baseline):
    """A word stands near every other as often as that one is frequent: one dimension."""

    @classmethod
    def factors(cls, config: WordBaselineConfig, words: Words, tokens: Tokens) -> tuple[NDArray[Any], NDArray[Any]]:
        return np.ones((len(words), 1)), np.log(words.counts)[:, None]


class PpmiSvdModel(_Baseline):
    """Positive PMI, factored: U sqrt(S) and V sqrt(S) (Levy et al. 2015, sections 3.1 to 3.3)."""

    @classmethod
    def factors(cls, config: WordBaselineConfig, words: Words, tokens: Tokens) -> tuple[NDArray[Any], NDArray[Any]]:
        from scipy.sparse.linalg import svds

        table = pmi(counts(tokens, len(words), config.window, dynamic=True), config.smoothing)
        table.data = np.maximum(table.data - config.shift, 0)
        dimensions = min(config.dimensions, len(words) - 1)
        start = np.random.default_rng(_SEED).normal(size=len(words))
        found: Any = svds(table, k=dimensions, v0=start)
        left, values, right = found
        order = np.argsort(-values)
        scale = np.sqrt(values[order])
        return left[:, order] * scale, right[order].T * scale
