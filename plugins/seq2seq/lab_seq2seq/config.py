"""Settings of translation. Imports no learning library; steps are updates."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import about
from lab_core.errors import UsageError, unknown

DIRECTIONS = {"de": "german", "vi": "vietnamese", "zh": "chinese"}  # language -> data set help-...
NUMBER_LANGUAGES = ("en", "de", "fr", "vi", "zh")
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "vi": "Vietnamese", "zh": "Chinese"}
_VOCABULARIES = ("src_vocabulary", "tgt_vocabulary")
Attention = Literal["none", "bahdanau", "normed_bahdanau", "luong", "scaled_luong"]


class PairConfig(MinibatchConfig, frozen=True, kw_only=True):
    """Which pairs of texts are learnt from, in which direction."""

    data: Annotated[
        str,
        about(
            '"help" (shipped help texts), "everyday" (lab data fetch everyday-german), "numbers", or a folder of your own',
            section="data",
        ),
    ] = "help"
    src: Annotated[str, about("Language of the source: en, de, vi, zh; the ending of your own files (train.SRC)")] = "en"
    tgt: Annotated[str, about("Language of the target")] = "de"
    limit: Annotated[int, about("Most training pairs, the first ones of a fixed shuffle; 0: all", unit="pairs", ge=0)] = 0
    longest: Annotated[int, about("Training pairs with a longer side are left out, and counted", unit="tokens", ge=4, le=400)] = (
        60
    )
    held_out: Annotated[
        float, about("Share of your own pairs for each of validation and test, where you bring no files for them", gt=0, le=0.3)
    ] = 0.05

    def check(self) -> None:
        super().check()
        if self.src == self.tgt:
            raise UsageError(f"src and tgt are both {self.src!r}; two languages are expected.")
        if self.data == "help":
            self._direction({("en", other) for other in DIRECTIONS})
        if self.data == "everyday":
            self._direction({("en", "de")})
        if self.data == "numbers":
            sides = {self.src, self.tgt}
            if "num" not in sides or not sides & set(NUMBER_LANGUAGES):
                raise UsageError(
                    f"data=numbers has no direction {self.src} to {self.tgt}.",
                    f"One side is num, the other one of {', '.join(NUMBER_LANGUAGES)}.",
                )

    def _direction(self, pairs: set[tuple[str, str]]) -> None:
        both = pairs | {(b, a) for a, b in pairs}
        if (self.src, self.tgt) not in both:
            raise unknown(f"direction of data={self.data}", f"{self.src}-{self.tgt}", [f"{a}-{b}" for a, b in sorted(both)])

    def resolved(self) -> Self:
        """With the full path of the user's own folder, so that a run can be resumed from anywhere."""
        if self.data in ("help", "everyday", "numbers"):
            return self
        folder = Path(self.data).expanduser()
        if not folder.is_dir():
            raise UsageError(
                f"data={self.data} is neither help, everyday, numbers nor a folder.",
                f"A folder with train.{self.src} and train.{self.tgt} is expected.",
            )
        return msgspec.structs.replace(self, data=str(folder.resolve()))

    @property
    def pair(self) -> str:
        """The name of the problem in a benchmark's id."""
        own = Path(self.data).is_absolute()
        name = f"data-{hashlib.sha256(self.data.encode()).hexdigest()[:8]}" if own else self.data
        return f"{name}-{self.src}-{self.tgt}"

    def benchmark_fields(self) -> Mapping[str, Any]:
        return {"pair": self.pair, "data": self.data, "src": self.src, "tgt": self.tgt, "held_out": f"{self.held_out:g}"}


class VocabularyConfig(PairConfig, frozen=True, kw_only=True):
    """What a token is."""

    tokens: Annotated[
        Literal["pieces", "words", "characters"],
        about("Learnt pieces of words (SentencePiece BPE), words between spaces, or characters", section="vocabulary"),
    ] = "pieces"
    vocabulary_size: Annotated[int, about("Most tokens of a learnt vocabulary", unit="tokens", ge=8, le=200_000)] = 2000
    shared_vocabulary: Annotated[bool, about("One vocabulary for source and target")] = True
    src_vocabulary: Annotated[
        str,
        about("A vocabulary file of words for the source (<unk>, <s>, </s> first); none: learnt, or vocab.SRC of your folder"),
    ] = ""
    tgt_vocabulary: Annotated[str, about("The same for the target")] = ""
    unknown_limit: Annotated[
        float, about("Most unknown tokens of either side of the training data, as a share; more is an error", ge=0, le=1)
    ] = 0.2

    def check(self) -> None:
        super().check()
        if bool(self.src_vocabulary) != bool(self.tgt_vocabulary):
            raise UsageError("A vocabulary file is given for one side only.", "Set src_vocabulary and tgt_vocabulary.")
        if self.src_vocabulary and (self.tokens != "words" or self.shared_vocabulary):
            raise UsageError(
                "Vocabulary files hold words of each side.", "Set tokens=words, shared_vocabulary=false and tied=false."
            )

    def resolved(self) -> Self:
        """With the full paths of the vocabulary files too."""
        paths = {name: str(Path(path).expanduser().resolve()) for name in _VOCABULARIES if (path := getattr(self, name))}
        return msgspec.structs.replace(super().resolved(), **paths)


class DecodingConfig(VocabularyConfig, frozen=True, kw_only=True):
    """How validation and media decode; ``lab apply --with`` has the same settings of its own."""

    beam: Annotated[int, about("Hypotheses of beam search; 1 is greedy", ge=1, le=64, section="decoding")] = 5
    length_penalty: Annotated[float, about("alpha of the length penalty; 0: none", ge=0, le=5)] = 1.0
    coverage_penalty: Annotated[float, about("beta of the coverage penalty; 0: none", ge=0, le=5)] = 0.0


class TranslationConfig(DecodingConfig, frozen=True, kw_only=True):
    """What every network of translation shares."""

    units: Annotated[int, about("Width of embeddings and hidden layers", ge=4, le=4096, section="network")] = 256
    layers: Annotated[int, about("Layers of the decoder; of the encoder too", ge=1, le=12)] = 2
    dropout: Annotated[float, about("Share of each layer's inputs that is dropped", ge=0, lt=1)] = 0.3
    output_dropout: Annotated[float, about("Share of the outputs that is dropped before the softmax", ge=0, lt=1)] = 0.3
    word_dropout: Annotated[float, about("Share of the tokens of both sides replaced by <unk> in training", ge=0, lt=1)] = 0.0
    tied: Annotated[bool, about("One embedding for source, target and softmax; needs shared_vocabulary")] = True
    label_smoothing: Annotated[
        float, about("Share of the target's probability spread over all tokens", ge=0, lt=1, section="updates and optimiser")
    ] = 0.1
    optimizer: Annotated[Literal["adam", "sgd"], about("Adam, or plain gradient descent as the source has it")] = "adam"
    halvings: Annotated[
        int, about("Times that the learning rate is halved over the last third (the source's luong234: 4)", ge=0, le=20)
    ] = 0
    gradient_clip: Annotated[float, about("Largest global norm of the gradient; 0: no clipping", ge=0)] = 1.0
    media_every: Annotated[int, about("Updates between tables of translations; 0: none", unit="updates", ge=0)] = 500
    media_count: Annotated[int, about("Sentences of such a table", unit="sentences", ge=1, le=100)] = 8
    validation_every: Annotated[int, about("Updates between validation perplexities; 0: none", unit="updates", ge=0)] = 500
    bleu_every: Annotated[
        int,
        about(
            "Updates between BLEU measurements on validation pairs; 0: none",
            unit="updates",
            ge=0,
            section="watching and checkpoints",
        ),
    ] = 0
    bleu_count: Annotated[int, about("Validation sentences of such a measurement, decoded greedily", ge=1)] = 200

    def check(self) -> None:
        super().check()
        if self.tied and not self.shared_vocabulary:
            raise UsageError("tied=true needs one vocabulary.", "Set shared_vocabulary=true or tied=false.")


class RecurrentConfig(TranslationConfig, frozen=True, kw_only=True):
    """Encoder-decoder of LSTM, GRU or plain recurrent cells, with or without attention."""

    cell: Annotated[Literal["lstm", "gru", "rnn"], about("Kind of cell", section="network")] = "lstm"
    attention: Annotated[Attention, about("How the decoder looks at the encoder's outputs")] = "scaled_luong"
    bidirectional: Annotated[bool, about("Half of the encoder's layers read backwards; needs an even number of layers")] = True
    spread: Annotated[float, about("Weights start uniformly between plus and minus this", gt=0, le=1)] = 0.1

    def check(self) -> None:
        super().check()
        if self.bidirectional and self.layers % 2:
            raise UsageError(f"bidirectional=true needs an even number of layers; layers is {self.layers}.")


class TransformerConfig(TranslationConfig, frozen=True, kw_only=True):
    """The Transformer."""

    units: Annotated[int, about("Width of the model; a multiple of 2 x heads", ge=4, le=4096)] = 192
    layers: Annotated[int, about("Layers of encoder and decoder each", ge=1, le=12)] = 3
    heads: Annotated[int, about("Attention heads", ge=1, le=64, section="network")] = 4
    hidden: Annotated[int, about("Width of the feed-forward parts", ge=4, le=16_384)] = 512
    beta2: Annotated[float, about("Adam's decay of the mean squared gradient", ge=0, lt=1)] = 0.98

    def check(self) -> None:
        super().check()
        if self.units % (2 * self.heads):
            raise UsageError(f"units={self.units} is no multiple of 2 x heads = {2 * self.heads}.")
