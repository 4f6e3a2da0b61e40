"""Settings of the character models. Imports no learning library."""

from typing import Annotated, Literal

from lab_datasets.config import DataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError

Stop = Literal["none", "line", "blank line", "text"]


class CharacterDataConfig(DataConfig, mixin=True, frozen=True, kw_only=True):
    """A text, and which of its characters are known."""

    vocabulary_limit: Annotated[
        int,
        about(
            "Largest vocabulary: the most frequent characters; all others are one class",
            unit="characters",
            ge=2,
            section="data",
        ),
    ] = 3_500
    fewest: Annotated[int, about("Characters seen fewer times in training belong to the class of the unknown ones", ge=1)] = 2


class CharacterConfig(MinibatchConfig, CharacterDataConfig, frozen=True, kw_only=True):
    """A network that predicts the next character; steps are updates."""

    network: Annotated[Literal["lstm", "gru", "rnn", "transformer"], about("Kind of the layers", section="network")] = "lstm"
    layers: Annotated[int, about("Layers, one on top of another", ge=1, le=16)] = 2
    units: Annotated[int, about("Units of each layer", unit="units", ge=4, le=4096)] = 256
    embedding: Annotated[
        int, about("Size of a character's embedding; 0: one-hot vectors (recurrent networks only)", ge=0, le=4096)
    ] = 128
    heads: Annotated[int, about("Attention heads of a Transformer", ge=1, le=64)] = 4
    context: Annotated[
        int, about("Characters before a segment that a Transformer still attends to", unit="characters", ge=0, le=4096)
    ] = 64
    length: Annotated[int, about("Characters of one segment (num_steps)", unit="characters", ge=2, le=1024)] = 64
    dropout: Annotated[float, about("Share of each layer's outputs that is dropped in training", ge=0, lt=1)] = 0.0
    sample_length: Annotated[
        int, about("Characters of a text shown as progress", unit="characters", ge=1, section="watching and checkpoints")
    ] = 300

    def check(self) -> None:
        super().check()
        if self.network == "transformer" and (self.units % (2 * self.heads) or not self.embedding):
            raise UsageError(
                f"A Transformer needs units ({self.units}) in multiples of 2 x heads ({self.heads}), and embedding > 0."
            )


class BaselineConfig(TrainConfig, CharacterDataConfig, frozen=True, kw_only=True):
    """A model without training: counts, or a compressor."""

    order: Annotated[int, about("Characters of the longest n-gram", unit="characters", ge=1, le=12, section="method")] = 6


class SampleOptions(Config, frozen=True, kw_only=True):
    """``lab sample --with KEY=VALUE``."""

    prompt: Annotated[str, about("Text that the samples continue; it is part of each sample")] = ""
    length: Annotated[int, about("Most characters of a sample, without the prompt", unit="characters", ge=1, le=1_000_000)] = (
        1_000
    )
    temperature: Annotated[
        float, about("Divides the logits: below 1 safer, above 1 wilder; 0: always the likeliest", ge=0, le=10)
    ] = 1.0
    top_k: Annotated[int, about("Sample from the likeliest characters only; 0: from all", ge=0)] = 0
    top_p: Annotated[float, about("Sample from the likeliest characters that hold this probability together", gt=0, le=1)] = 1.0
    stop: Annotated[Stop, about("A sample ends after a line, a blank line, the text's end, or only at its length")] = "text"
