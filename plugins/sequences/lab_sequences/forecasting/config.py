"""Settings of forecasting. Imports no learning library."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from lab_datasets.config import SeriesDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError
from lab_sequences.forecasting.known import KNOWN

Gaps = Literal["linear", "season", "last", "refuse"]
Steps = Literal["even", "rows"]
Loss = Literal["normal", "squared", "absolute"]
Network = Literal["ar", "lstm", "gru", "rnn", "nbeats"]


class ForecastDataConfig(SeriesDataConfig, mixin=True, frozen=True, kw_only=True):
    """A series, and how it is read."""

    season: Annotated[
        int,
        about("Length of the season (periodicity); 0: known, or found in the data; 1: none", unit="steps", ge=0, section="data"),
    ] = 0
    gaps: Annotated[Gaps, about("How missing values are filled for a method that needs them; they are never scored")] = "linear"
    steps_of_time: Annotated[Steps, about("even: missing times are gaps; rows: each row is a step, whatever its time")] = "even"

    def benchmark_fields(self) -> Mapping[str, Any]:
        """``season`` is the scale of MASE on the user's own data: 1, unless it was set."""
        return {**super().benchmark_fields(), "season": str(max(1, self.season))}

    @property
    def known_season(self) -> int:
        """The season that was set, else that of the registered series; 0 where it has to be found."""
        return self.season or (KNOWN[self.data].season if self.data in KNOWN else 0)


class ForecastConfig(MinibatchConfig, ForecastDataConfig, frozen=True, kw_only=True):
    """A network that maps the last ``input_window`` steps to the next ``output_window``; steps are updates."""

    network: Annotated[Network, about("Kind of the network", section="network")] = "lstm"
    joint: Annotated[bool, about("All columns are one series of vectors; else each column is a series of its own")] = False
    input_window: Annotated[int, about("Steps that the network sees; 0: from season and length", unit="steps", ge=0, le=4096)] = 0
    output_window: Annotated[
        int, about("Steps forecast at once; longer horizons repeat it. 0: the scored horizon", unit="steps", ge=0, le=1024)
    ] = 0
    loss: Annotated[Loss, about("normal: likelihood with a spread of its own; squared or absolute error", section="losses")] = (
        "normal"
    )
    units: Annotated[int, about("Units of each layer", unit="units", ge=1, le=4096, section="network")] = 64
    layers: Annotated[int, about("Recurrent layers, blocks of N-BEATS, or hidden layers of AR (0: linear)", ge=0, le=32)] = 1
    harmonics: Annotated[int, about("Sines and cosines of the season among the inputs; 0: no time", ge=0, le=24)] = 3
    dropout: Annotated[float, about("Share of each hidden layer's outputs that is dropped in training", ge=0, lt=1)] = 0.0
    media_steps: Annotated[
        int, about("Observed steps in the pictures of progress", unit="steps", ge=2, section="watching and checkpoints")
    ] = 200

    def check(self) -> None:
        super().check()
        if self.network != "ar" and self.layers < 1:
            raise UsageError(f"layers={self.layers}: {self.network} has at least one layer.")


class BaselineConfig(TrainConfig, ForecastDataConfig, frozen=True, kw_only=True):
    """A method that fits itself to the series that it is given; nothing is trained."""


class ForecastOptions(Config, frozen=True, kw_only=True):
    """``lab apply --with KEY=VALUE``."""

    horizon: Annotated[int, about("Steps to forecast; 0: the model's own", unit="steps", ge=0, le=1_000_000)] = 0
    interval: Annotated[float, about("Share of values that the interval should hold; 0: none", ge=0, le=0.98)] = 0.8
    fitted: Annotated[bool, about("Also give the fitted values of the past")] = True
    columns: Annotated[str, about("Names of the columns to forecast, comma-separated; empty: all")] = ""
    time: Annotated[str, about("Name of the column of times, where it isn't recognised")] = ""
    steps_of_time: Annotated[Steps, about("even: missing times are gaps; rows: each row is a step, whatever its time")] = "even"
    gaps: Annotated[Gaps, about("How missing values are filled for a method that needs them")] = "linear"


class BaselineOptions(ForecastOptions, frozen=True, kw_only=True):
    """With the season, which a trained network knows."""

    season: Annotated[int, about("Length of the season; 0: found in the series; 1: none", unit="steps", ge=0)] = 0
