"""Settings of the word vectors. Imports no learning library."""

from typing import Annotated, Literal

from lab_datasets.config import DataConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError


class WordDataConfig(DataConfig, mixin=True, frozen=True, kw_only=True):
    """A text, and which of its words get a vector."""

    data: Annotated[str, about("A data set's id (lab data list), or your own text file or folder")] = "austen"
    vocabulary_limit: Annotated[int, about("Most words, the most frequent ones", unit="words", ge=2, section="data")] = 50_000
    fewest: Annotated[int, about("Words seen fewer times in training have no vector", ge=1)] = 5
    rare: Annotated[Literal["skipped", "UNK"], about("Rare words are left out of the text, or are one word, UNK")] = "skipped"
    dimensions: Annotated[int, about("Length of a vector", ge=2, le=2048, section="vectors")] = 128
    window: Annotated[int, about("Words on each side that are the context", unit="words", ge=1, le=50)] = 5


class WordConfig(TrainConfig, WordDataConfig, frozen=True, kw_only=True):
    """word2vec; steps are words of the text that were the centre of a window."""

    method: Annotated[
        Literal["skip-gram", "cbow"], about("Each context word alone, or their mean, predicts the centre", section="method")
    ] = "skip-gram"
    loss: Annotated[
        Literal["negative sampling", "nce"],
        about("Against noise words; nce has biases and corrects for the noise's frequency", section="losses"),
    ] = "negative sampling"
    negatives: Annotated[int, about("Noise words of a centre word", unit="words", ge=1, le=1024)] = 5
    noise: Annotated[Literal["unigram", "log-uniform"], about("How noise words are distributed")] = "unigram"
    noise_power: Annotated[float, about("Power of a word's frequency in the unigram noise", ge=0, le=1)] = 0.75
    dynamic_window: Annotated[bool, about("Each centre word has a random window of 1 to window words")] = True
    skips: Annotated[int, about("Context words of a centre word that are used, a random choice; 0: all", ge=0)] = 0
    subsample: Annotated[
        float, about("Frequency above which occurrences are dropped at random (Mikolov 2013, equation 5); 0: none", ge=0, lt=1)
    ] = 1e-3
    learning_rate: Annotated[float, about("Step size of SGD for one prediction", gt=0, le=1, section="updates and optimiser")] = (
        0.025
    )
    final_learning_rate: Annotated[
        float, about("Learning rate at the end, as a share of learning_rate; it falls linearly", ge=0, le=1)
    ] = 0.004
    workers: Annotated[
        int, about("Threads that train at once without locks (Hogwild); above 1 a run can't be reproduced exactly", ge=1, le=64)
    ] = 1
    words_per_slice: Annotated[int, about("Words between two reports", unit="words", ge=1)] = 200_000
    probes_every: Annotated[
        int,
        about(
            "Words between prints of sixteen words' neighbours; 0: none", unit="words", ge=0, section="watching and checkpoints"
        ),
    ] = 2_000_000
    media_every: Annotated[int, about("Words between t-SNE pictures; 0: none", unit="words", ge=0)] = 0

    def check(self) -> None:
        super().check()
        if self.skips > 2 * self.window:
            raise UsageError(f"skips={self.skips} is more than the {2 * self.window} words of a window of {self.window}.")


class WordBaselineConfig(TrainConfig, WordDataConfig, frozen=True, kw_only=True):
    """Word vectors without training."""

    shift: Annotated[float, about("Subtracted from the PMI: log of the number of negatives", ge=0, section="method")] = 0.0
    smoothing: Annotated[float, about("Power of the context's frequency", gt=0, le=1)] = 0.75


class WordOptions(Config, frozen=True, kw_only=True):
    """``lab apply --with KEY=VALUE``."""

    neighbours: Annotated[int, about("Words that are shown for each input", ge=1, le=1000)] = 8
    analogy: Annotated[
        str, about("Two words A B: each input C is answered by the words near B - A + C; three words A B C: the same")
    ] = ""
    picture: Annotated[str, about("Picture file for a t-SNE map of the most frequent words, such as tsne.png")] = ""
    words: Annotated[int, about("Words of the picture and of the projector", unit="words", ge=10, le=50_000)] = 500
    vectors: Annotated[str, about("File for all vectors in word2vec's text format, which gensim reads")] = ""
    projector: Annotated[str, about("Folder for TensorBoard's projector: tensorboard --logdir FOLDER")] = ""
