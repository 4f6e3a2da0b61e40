"""Word vectors: neighbours, analogies, pictures, files for other programs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from lab_tensorflow.state import load_arrays, save_arrays
from numpy.typing import NDArray

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.model import Apply, Kind, Model, Scored
from lab_sequences.words.config import WordConfig, WordDataConfig, WordOptions
from lab_sequences.words.text import Words, words_of

_INFO, _ARRAYS = "words.json", "vectors.npz"

Matrix = NDArray[np.float32]


class WordModel(Model, Apply):
    """``vectors`` and ``contexts`` are float32 [words, dimensions]: a word as what is looked up, and as what stands near it.

    ``vectors[a] @ contexts[b] + biases[b]`` grows with how often b stands near a; nearest neighbours go by the cosine of
    ``vectors``.
    """

    consumes = Kind.TEXT
    produces = Kind.TEXT
    options: ClassVar[type[Config]] = WordOptions
    config_type: ClassVar[type[Any]] = WordConfig

    def __init__(
        self, config: WordDataConfig, words: Words, vectors: Matrix, contexts: Matrix, biases: Matrix | None = None
    ) -> None:
        self.config, self.words = config, words
        self.vectors, self.contexts = vectors, contexts
        self.biases = np.zeros(len(words), np.float32) if biases is None else biases
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self.directions: Matrix = vectors / np.maximum(norms, 1e-12)
        self._written: set[str] = set()

    # --- what the vectors say

    def number(self, word: str) -> int:
        """The number of a word; raises LabError with the nearest words of the vocabulary."""
        found = self.words.numbers.get(word)
        if found is None:
            found = self.words.numbers.get(word.lower())
        if found is None:
            near = get_close_matches(word.lower(), self.words.words, n=3)
            raise LabError(
                f"{word!r} is not among the model's {len(self.words):,} words.", f"Nearest: {', '.join(near)}." if near else None
            )
        return found

    def nearest(self, direction: NDArray[Any], count: int, without: Sequence[int] = ()) -> list[tuple[str, float]]:
        """The ``count`` words with the largest cosine to a vector [dimensions], but those numbered ``without``."""
        cosines = self.directions @ (direction / max(float(np.linalg.norm(direction)), 1e-12))
        cosines[list(without)] = -np.inf
        count = min(count, len(self.words) - len(set(without)))
        order = np.argsort(-cosines, kind="stable")[:count]
        return [(self.words.words[place], float(cosines[place])) for place in order]

    def neighbours(self, word: str, count: int) -> list[tuple[str, float]]:
        number = self.number(word)
        return self.nearest(self.directions[number], count, [number])

    def analogy(self, a: str, b: str, c: str, count: int) -> list[tuple[str, float]]:
        """What is to ``c`` as ``b`` is to ``a``: the words nearest to b - a + c (3CosAdd, Mikolov et al. 2013)."""
        numbers = [self.number(word) for word in (a, b, c)]
        one, two, three = self.directions[numbers]
        return self.nearest(two - one + three, count, numbers)

    def associations(self, queries: Sequence[int], others: Sequence[int]) -> NDArray[np.float64]:
        """How strongly words stand near others, float64 [queries, others]; comparable within a row."""
        table = self.vectors[list(queries)].astype(np.float64) @ self.contexts[list(others)].T.astype(np.float64)
        return table + self.biases[list(others)]

    # --- applying

    def apply(self, items: Iterable[str], options: Config) -> Iterator[list[Scored]]:
        """Nearest words with their cosine. An item is a word, a sum such as ``king - man + woman``, or several words: their mean.

        Files that the options name are written once a model, before the first answer.
        """
        assert isinstance(options, WordOptions)
        pair = _pair(options.analogy)
        self._write(options)
        for item in items:
            count = options.neighbours
            found = self.analogy(*pair, _one_word(item), count) if pair else self._sum(item, count)
            yield [Scored(word, cosine) for word, cosine in found]

    def _sum(self, item: str, count: int) -> list[tuple[str, float]]:
        sign, total, numbers = 1.0, np.zeros(self.vectors.shape[1]), list[int]()
        for part in item.replace("+", " + ").replace(" -", " - ").split():
            if part in "+-":
                sign = -1.0 if part == "-" else 1.0
                continue
            for word in words_of(part) if part not in self.words.numbers else [part]:
                numbers.append(self.number(word))
                total += sign * self.directions[numbers[-1]]
        if not numbers:
            raise LabError(f"{item[:40]!r} holds no word.", "Give a word, or a sum such as 'king - man + woman'.")
        return self.nearest(total, count, numbers)

    def _write(self, options: WordOptions) -> None:
        from lab_sequences.words import export

        for name, path in (("picture", options.picture), ("vectors", options.vectors), ("projector", options.projector)):
            if path and path not in self._written:
                getattr(export, f"write_{name}")(self, Path(path).expanduser(), options.words)
                self._written.add(path)

    # --- on disk

    def save(self, folder: Path) -> None:
        info = {"config": to_dict(self.config), "words": self.words.words, "counts": self.words.counts.tolist()}
        (folder / _INFO).write_text(json.dumps(info, ensure_ascii=False))
        save_arrays(folder / _ARRAYS, {"vectors": self.vectors, "contexts": self.contexts, "biases": self.biases})

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            info = json.loads((folder / _INFO).read_text())
            config, words = from_dict(cls.config_type, info["config"]), Words(info["words"], info["counts"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"{folder} holds no readable word vectors: {error}.") from error
        arrays = load_arrays(folder / _ARRAYS)
        shapes = {name: array.shape for name, array in arrays.items()}
        rows = len(words)
        if set(shapes) != {"vectors", "contexts", "biases"} or shapes["biases"] != (rows,) or shapes["vectors"][:1] != (rows,):
            raise LabError(f"{folder} holds no readable word vectors: {len(words)} words, arrays {shapes}.")
        return cls(config, words, arrays["vectors"], arrays["contexts"], arrays["biases"])


def _pair(analogy: str) -> tuple[str, str] | None:
    if not analogy.strip():
        return None
    words = words_of(analogy)
    if len(words) != 2:
        example = (
            f'lab apply MODEL {words[2]} --with analogy="{words[0]} {words[1]}"' if len(words) == 3 else "analogy='man king'"
        )
        raise UsageError(f"analogy={analogy!r} has {len(words)} words; 2 are expected, the third one is the input.", example)
    return words[0], words[1]


def _one_word(item: str) -> str:
    words = words_of(item)
    if len(words) != 1:
        raise LabError(f"An analogy is completed for one word at a time; {item[:40]!r} has {len(words)}.")
    return words[0]
