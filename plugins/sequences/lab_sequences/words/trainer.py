"""Training of word vectors by stochastic gradient descent over the text, again and again."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.state import load_arrays, save_arrays

from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.task import Task
from lab_core.trainer import Chunks, Media, Progress, Trainer
from lab_sequences.characters.data import load_texts
from lab_sequences.words import export, text
from lab_sequences.words.config import WordConfig
from lab_sequences.words.model import WordModel
from lab_sequences.words.noise import alias_table, distribution

_PROBES, _FROM, _NEIGHBOURS = 16, 100, 8  # as in the source: sixteen of the hundred most frequent words


class WordTrainer(Trainer[WordConfig]):
    """A step is a word of the text that was the centre of a window, whether subsampling kept it or not."""

    memory_settings = ("dimensions", "vocabulary_limit")

    def __init__(self, task: Task, config: WordConfig, context: Context) -> None:
        super().__init__(task, config, context)
        texts = [text.words_of(one) for one in load_texts(config, "train")]
        self.words = text.build(texts, limit=config.vocabulary_limit, fewest=config.fewest, rare=config.rare)
        self.tokens = self.words.encode(texts)
        self.step = 0
        self.seed = context.integer("data")
        counts = self.words.counts
        probabilities = distribution(counts, config.noise, config.noise_power)
        self._noise = alias_table(probabilities)
        self._correction = np.log(config.negatives * probabilities).astype(np.float32)
        if config.loss != "nce":
            self._correction = self._correction[:0]
        self._keep = keep_chances(counts, config.subsample)
        self._start(context.generator("initialisation"))
        self._probes = np.sort(context.generator("display").permutation(min(_FROM, len(self.words)))[:_PROBES])
        self._pool = ThreadPoolExecutor(config.workers) if config.workers > 1 else None

    def _start(self, rng: np.random.Generator) -> None:
        """Small inputs and no outputs (word2vec); for NCE uniform(-1, 1) inputs and normal outputs, as in the source."""
        shape = (len(self.words), self.config.dimensions)
        low = 1.0 if self.config.loss == "nce" else 0.5 / shape[1]
        self.inputs = rng.uniform(-low, low, shape).astype(np.float32)
        self.outputs = np.zeros(shape, np.float32)
        if self.config.loss == "nce":
            normal = rng.normal(size=shape)
            while (far := np.abs(normal) > 2).any():
                normal[far] = rng.normal(size=int(far.sum()))
            self.outputs = (normal / shape[1] ** 0.5).astype(np.float32)
        self.biases = np.zeros(shape[0], np.float32)

    def advance(self, limit: int) -> Progress:
        began = time.perf_counter()
        count = min(self.config.words_per_slice, limit)
        edges = np.linspace(self.step, self.step + count, self.config.workers + 1).astype(np.int64).tolist()
        parts = list(pairwise(edges))
        found = list((self._pool.map if self._pool else map)(self._part, parts))
        before, self.step = self.step, self.step + count
        loss, predictions = (sum(one[place] for one in found) for place in (0, 1))
        if not (np.isfinite(loss) and np.isfinite(self.inputs).all()):
            raise LabError(f"Training diverged between words {before:,} and {self.step:,}.", "Lower learning_rate.")
        scalars = {
            "loss": loss / max(predictions, 1),
            "learning_rate": self._rate(self.step),
            "epoch": self.step / len(self.tokens),
            "words_per_second": count / (time.perf_counter() - began),
            "predictions_per_second": predictions / (time.perf_counter() - began),
        }
        notes = self.neighbours() if self._passed(before, self.config.probes_every) else ()
        media: tuple[Media, ...] = ()
        if self._passed(before, self.config.media_every):
            media = (Media("tsne", image=export.draw(self.model(), 500)),)
        return Progress(step=self.step, scalars=scalars, media=media, notes=notes)

    def _part(self, part: tuple[int, int]) -> tuple[float, int]:
        from lab_sequences.words.kernels import train_part

        config = self.config
        return train_part(
            self.tokens, *part, max(config.steps, 1), np.uint64(self.seed), self._keep, *self._noise, self.inputs, self.outputs,
            self.biases, self._correction, config.window, config.dynamic_window, config.skips, config.negatives,
            config.method == "cbow", config.learning_rate, config.learning_rate * config.final_learning_rate,
        )  # fmt: skip

    def _rate(self, step: int) -> float:
        final = self.config.learning_rate * self.config.final_learning_rate
        return self.config.learning_rate + (final - self.config.learning_rate) * min(1.0, step / self.config.steps)

    def _passed(self, before: int, every: int) -> bool:
        return bool(every) and self.step // every != before // every

    def neighbours(self) -> tuple[str, ...]:
        """A line for each probe: its eight nearest words."""
        made = self.model()
        lines: list[str] = []
        for number in self._probes.tolist():
            word = self.words.words[number]
            lines.append(f"Nearest to {word}: {', '.join(name for name, _ in made.neighbours(word, _NEIGHBOURS))}")
        return tuple(lines)

    # --- state

    def _counters(self) -> dict[str, Any]:
        return {"step": self.step, "seed": self.seed, "words": len(self.words), "tokens": len(self.tokens)}

    def _arrays(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "outputs": self.outputs, "biases": self.biases}

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder / "vectors.npz", self._arrays())
        (folder / "state.json").write_text(json.dumps(self._counters()))

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder / "vectors.npz")
        try:
            found = json.loads((folder / "state.json").read_text())
            step, seed, sizes = int(found["step"]), int(found["seed"]), (int(found["words"]), int(found["tokens"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"The saved state in {folder} can't be read: {error}.") from error
        own = self._arrays()
        if sizes != (len(self.words), len(self.tokens)) or {n: a.shape for n, a in arrays.items()} != {
            n: a.shape for n, a in own.items()
        }:
            raise LabError(
                "The training data differ from those that this run began with.",
                "Put the data back as they were, or start a new run.",
            )
        for name, array in own.items():
            array[:] = arrays[name]
        self.step, self.seed = step, seed

    def parameters(self) -> Mapping[str, int]:
        return {name: array.size for name, array in self._arrays().items()}

    def state_digest(self) -> Mapping[str, Any]:
        return {**self._arrays(), **self._counters()}

    def model(self) -> WordModel:
        return WordModel(self.config, self.words, self.inputs.copy(), self.outputs.copy(), self.biases.copy())

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    @classmethod
    def memory(cls, config: WordConfig) -> int:
        return 8 * config.dimensions * min(config.vocabulary_limit, 200_000) + 200_000_000


def keep_chances(counts: Any, subsample: float) -> Any:
    """The chance that an occurrence of each word is kept, float32 [words]: sqrt(t / f) + t / f, as word2vec's program has it."""
    if not subsample:
        return np.ones(len(counts), np.float32)
    share = subsample * counts.sum() / counts
    return np.minimum(1, np.sqrt(share) + share).astype(np.float32)
