"""Character models without a network: n-gram counts (order 1 has no context) and general-purpose compressors."""

import bz2
import lzma
from collections.abc import Callable, Iterator, Mapping
from math import log
from typing import Any, ClassVar

import numpy as np

from lab_core.config import Config, from_dict
from lab_core.errors import LabError
from lab_core.model import Kind, Sample
from lab_sequences.characters import vocabulary
from lab_sequences.characters.config import BaselineConfig, SampleOptions
from lab_sequences.characters.data import load_texts
from lab_sequences.characters.vocabulary import BOUNDARY, UNKNOWN, UNSEEN
from lab_sequences.config_model import ConfigModel

_BZ2_BLOCK = 900_000  # bytes: what is further back is forgotten


class Baseline(ConfigModel, Sample):
    """Made from its config alone; on disk it is that config."""

    config_type = BaselineConfig
    produces = Kind.TEXT
    options: ClassVar[type[Config]] = SampleOptions

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        self.training_data = config.data


class NGramModel(Baseline):
    """Witten-Bell n-grams up to ``config.order``; order 1 is the frequency of the characters ("order-0")."""

    def __init__(self, config: BaselineConfig) -> None:
        from lab_sequences.characters.ngrams import NGrams

        super().__init__(config)
        texts = load_texts(config, "train")
        self.vocabulary = vocabulary.build(texts, limit=config.vocabulary_limit, fewest=config.fewest)
        self.counts = NGrams(self.vocabulary.stream(texts), len(self.vocabulary), config.order)

    def log_likelihood(self, text: str) -> tuple[float, int]:
        tokens = np.concatenate([[np.int32(BOUNDARY)], self.vocabulary.encode(text)])
        unknown = int((tokens[1:] == UNKNOWN).sum())
        return float(self.counts.log_probabilities(tokens).sum()) - UNSEEN * unknown, len(text)

    def sample(self, count: int, *, seed: int, options: Any) -> Iterator[Iterator[str]]:
        """Texts in pieces of a character."""
        asked = options if isinstance(options, SampleOptions) else from_dict(SampleOptions, dict(options))
        for number in range(count):
            yield self._write(np.random.default_rng([seed, number]), asked)

    def _write(self, rng: np.random.Generator, options: SampleOptions) -> Iterator[str]:
        tokens = [BOUNDARY, *self.vocabulary.encode(options.prompt).tolist()]
        if options.prompt:
            yield options.prompt
        written = ""
        while len(written) < options.length:
            chosen = choose(self.counts.distribution(tokens[-self.counts.order :]), rng.random(), options)
            if chosen == BOUNDARY and options.stop != "none":
                return
            tokens.append(chosen)
            piece = self.vocabulary.decode([chosen]) or "\n\n"
            written += piece
            yield piece
            if (options.stop == "line" and written.endswith("\n")) or (options.stop == "blank line" and written.endswith("\n\n")):
                return


def choose(probabilities: Any, uniform: float, options: SampleOptions) -> int:
    """A token by temperature, top-k and top-p, as :func:`lab_sequences.characters.writer.choose` has them."""
    probabilities = probabilities.copy()
    probabilities[UNKNOWN] = 0
    if options.temperature == 0:
        return int(probabilities.argmax())
    scaled = probabilities ** (1 / options.temperature)
    order = np.argsort(-scaled, kind="stable")[: options.top_k or len(scaled)]
    kept = scaled[order] / scaled[order].sum()
    kept = np.where(np.cumsum(kept) - kept < options.top_p, kept, 0.0)
    sums = np.cumsum(kept)
    return int(order[min(int((sums <= uniform * sums[-1]).sum()), len(order) - 1)])


class _CompressorModel(Baseline):
    """How many more bytes the training text and a text take together than the training text alone."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        self._training = "\n\n".join(load_texts(config, "train")).encode("utf-8", "surrogatepass")

    def size(self, data: bytes) -> int:
        raise NotImplementedError

    def before(self, text: bytes) -> bytes:
        """What is compressed before the text."""
        return self._training

    def log_likelihood(self, text: str) -> tuple[float, int]:
        data = text.encode("utf-8", "surrogatepass")
        before = self.before(data)
        return -8 * log(2) * max(1, self._size_of(before + data) - self._size_of(before)), len(text)

    def _size_of(self, data: bytes) -> int:
        known: dict[int, int] = self.__dict__.setdefault("_known", {})
        key = hash(data)
        if key not in known:
            known[key] = self.size(data)
        return known[key]

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Iterator[str]]:
        raise LabError("A compressor scores texts; it can't write any.", "lab eval scores it.")


class Bz2Model(_CompressorModel):
    """bzip2 with blocks of 900 kB: the last part of the training text that fits into a block with the text."""

    def size(self, data: bytes) -> int:
        return len(bz2.compress(data, 9))

    def before(self, text: bytes) -> bytes:
        return self._training[-max(1, _BZ2_BLOCK - 20_000 - len(text)) :]


class LzmaModel(_CompressorModel):
    """LZMA2 with a dictionary that holds the whole training text."""

    def size(self, data: bytes) -> int:
        filters: list[Mapping[str, Any]] = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26}]
        compress: Callable[..., bytes] = lzma.compress
        return len(compress(data, format=lzma.FORMAT_RAW, filters=filters))
