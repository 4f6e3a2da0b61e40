"""Training of translation: pairs in memory, length buckets, validation perplexity and BLEU, tables and alignments on the way."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model
from lab_core.trainer import Media
from lab_seq2seq.buckets import BucketOrder
from lab_seq2seq.config import TranslationConfig
from lab_seq2seq.text.encoded import Encoded, encode, make_vocabularies
from lab_seq2seq.text.pairs import load
from lab_seq2seq.text.vocabulary import END, PAD, UNKNOWN


class TranslationTrainer(CompiledTrainer[TranslationConfig]):
    """Any encoder-decoder network on pairs of texts."""

    item_word = "pairs"
    streams = 1

    def make_data(self) -> Mapping[str, Any]:
        pairs = load(self.config, "train")
        self.vocabularies = make_vocabularies(self.config, pairs)
        self.encoded = encode(self.vocabularies, pairs, self.config.longest)
        self._notes = notes(pairs.empty, self.encoded, self.config.longest)
        return {"source": self.encoded.source, "target": self.encoded.target}

    def make_validation(self) -> Mapping[str, Any]:
        encoded = encode(self.vocabularies, load(self.config, "validation"), self.config.longest)
        order = np.argsort((encoded.target != PAD).sum(1), kind="stable")  # minibatches of similar lengths
        return {"source": encoded.source[order], "target": encoded.target[order]}

    def make_order(self) -> BucketOrder:
        lengths = (self.columns["source"] != PAD).sum(1) + (self.columns["target"] != PAD).sum(1)
        return BucketOrder(lengths / 2, self.config.batch_size, self.data_seed)

    def places(self, update: int, count: int) -> Any:
        return self.order.batches(update, count)[:, None]

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        """Every column without the steps that are padding in the whole minibatch."""
        return {name: trimmed(tokens) for name, tokens in items.items()}

    def make_learner(self) -> Any:
        from lab_seq2seq.learner import TranslationLearner
        from lab_seq2seq.networks.build import build

        sizes = len(self.vocabularies.source), len(self.vocabularies.target)
        seed = self.context.integer("initialisation")
        return TranslationLearner(self.config, build(self.config, *sizes, seed=seed), seed=seed)

    def model(self) -> Model:
        from lab_seq2seq.model import MODELS

        return MODELS[type(self.config)](self.config, self.average.values(), self.about)

    @property
    def about(self) -> dict[str, Any]:
        """What the model needs besides its config."""
        longest = int((self.columns["target"] != PAD).sum(1).max())
        return {"vocabularies": self.vocabularies.about, "longest_target": longest}

    # --- what is shown

    def observe(self, before: int, scalars: dict[str, float]) -> Sequence[str]:
        scalars["words_per_second"] = scalars["tokens"] * scalars["pairs_per_second"] / self.config.batch_size
        scalars["perplexity"] = exp(min(scalars["nll"], 50.0))
        if "validation_nll" in scalars:
            scalars["validation_perplexity"] = exp(min(scalars["validation_nll"], 50.0))
        if self.passed(before, self.config.bleu_every):
            scalars["validation_bleu"] = self._bleu()
        found, self._notes = self._notes, ()
        return found

    def _bleu(self) -> float:
        """Corpus BLEU of greedy translations of the first validation pairs."""
        from lab_metrics.text import bleu

        pairs = load(self.config, "validation")
        sources, references = pairs.source[: self.config.bleu_count], pairs.target[: self.config.bleu_count]
        model: Any = self.preview()
        made = list(model.apply(sources, model.options(beam=1)))
        tokenize = "zh" if self.config.tgt == "zh" else "13a"
        return bleu.pool(bleu.statistics(made, [[one] for one in references], tokenize=tokenize))

    def media(self) -> tuple[Media, ...]:
        """A table of source, reference and translation, and the alignment of the first one."""
        from lab_seq2seq.attention_picture import draw

        pairs = load(self.config, "validation")
        count, model = self.config.media_count, self.preview()
        found = list(model.translate(pairs.source[:count], model.options(beam=1)))
        rows = zip(pairs.source, pairs.target, (one[0].text for one in found), strict=False)
        table = "\n\n".join(f"source     {a}\nreference  {b}\nmachine    {c}" for a, b, c in rows)
        best = found[0][0]
        picture = Media("attention", image=draw(best.source_pieces, best.pieces, best.alignment))
        return (Media("translations", text=table), *([picture] if getattr(self.config, "attention", "") != "none" else []))

    @classmethod
    def memory(cls, config: Any) -> int:
        parameters = 3 * config.vocabulary_size * config.units + 24 * config.layers * config.units**2
        each = 8 * config.layers * config.units + 3 * config.vocabulary_size  # numbers a token keeps for the gradient
        data = 2 * 4 * 200_000 * config.longest
        return training_bytes(data=data, parameters=parameters, activations=config.batch_size * config.longest * each)


def trimmed(tokens: Any) -> Any:
    """int32 [batch, time] up to the longest row."""
    import tensorflow as tf

    longest = tf.reduce_max(tf.reduce_sum(tf.cast(tf.not_equal(tokens, PAD), tf.int32), 1))
    return tokens[:, :longest]


def notes(empty: int, encoded: Encoded, longest: int) -> tuple[str, ...]:
    """What a user should know of the training pairs: pairs left out, and tokens that the vocabularies lack."""
    found: list[str] = []
    if empty:
        found.append(f"{empty:,} pairs with an empty side were left out.")
    if encoded.left_out:
        found.append(f"{encoded.left_out:,} pairs with more than {longest} tokens on a side were left out.")
    shares = [(side == UNKNOWN).sum() / max(1, (side == UNKNOWN).sum() + (side > END).sum()) for side in encoded.sides]
    if max(shares) > 0.001:
        found.append(f"Not in the vocabulary: {shares[0]:.1%} of the source's tokens, {shares[1]:.1%} of the target's.")
    return tuple(found)
