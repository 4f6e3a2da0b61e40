"""Settings of the classifiers. Imports no learning library."""

from typing import Annotated, Literal

from lab_datasets.config import DataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError

Cut = Literal["refuse", "first", "last"]


class SequenceDataConfig(DataConfig, mixin=True, frozen=True, kw_only=True):
    """Labelled sequences, and how they are read."""

    longest: Annotated[int, about("Most steps of a sequence", unit="steps", ge=1, le=8192, section="data")] = 512
    cut: Annotated[Cut, about("What of a longer sequence is kept: its first or last steps; refuse: it is an error")] = "refuse"


class SequenceConfig(MinibatchConfig, SequenceDataConfig, frozen=True, kw_only=True):
    """A network that reads a sequence and names its class; steps are updates."""

    network: Annotated[
        Literal["lstm", "gru", "rnn", "tcn"], about("Kind of the layers; tcn: temporal convolutions", section="network")
    ] = "lstm"
    layers: Annotated[int, about("Recurrent layers, or blocks of temporal convolutions", ge=1, le=16)] = 1
    units: Annotated[int, about("Units or channels of each layer", unit="units", ge=1, le=4096)] = 64
    kernel: Annotated[int, about("Steps that a temporal convolution sees", unit="steps", ge=2, le=64)] = 3
    head_deviation: Annotated[
        float, about("Standard deviation of the output layer's first weights and biases; 0: Glorot's range and zeros", ge=0)
    ] = 0.0
    pooling: Annotated[Literal["last", "mean"], about("What the class is read from: the last step, or the mean of all")] = "last"
    scaling: Annotated[
        Literal["columns", "none"], about("columns: mean 0 and spread 1 over the training data; none: as it is", section="data")
    ] = "columns"
    differences: Annotated[bool, about("Each step's change from the one before as further inputs")] = False
    jitter: Annotated[float, about("Normal noise on the scaled inputs in training", ge=0)] = 0.0
    dropout: Annotated[
        float, about("Share of each layer's outputs that is dropped in training", ge=0, lt=1, section="network")
    ] = 0.0
    optimizer: Annotated[
        Literal["adam", "sgd"], about("Adam, or plain gradient descent as the source has it", section="updates and optimiser")
    ] = "adam"

    def check(self) -> None:
        super().check()
        if self.optimizer == "sgd" and self.weight_decay:
            raise UsageError("weight_decay belongs to optimizer=adam.")


class BaselineConfig(TrainConfig, SequenceDataConfig, frozen=True, kw_only=True):
    """A classifier without training."""

    window: Annotated[
        float,
        about(
            "Steps by which time may be warped, as a share of the longer sequence; 0: none, 1: any", ge=0, le=1, section="method"
        ),
    ] = 0.1


class ClassifyOptions(Config, frozen=True, kw_only=True):
    """``lab apply --with KEY=VALUE``."""

    columns: Annotated[str, about("Names of the columns to read, comma-separated, in the order of training; empty: all")] = ""
    cut: Annotated[Cut, about("What of a sequence longer than the training's limit is kept; refuse: it is an error")] = "refuse"
