"""Training data of the networks: every series on an even grid, scaled, in one stream of rows, with the windows that lie in it."""

from dataclasses import dataclass

import numpy as np
from lab_datasets.loading import load_columns
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_core.items.series import Series
from lab_sequences.forecasting.config import ForecastConfig
from lab_sequences.forecasting.gaps import filled
from lab_sequences.forecasting.grid import Grid, even
from lab_sequences.forecasting.known import KNOWN
from lab_sequences.forecasting.seasons import find_season

Floats = NDArray[np.float64]
_SEASON = 48  # steps: longer seasons don't set the window, they are inputs as sines


@dataclass(frozen=True)
class Span:
    """A series: its even grid, values float64 [n, d] without gaps, which were known bool [n, d], training rows, names."""

    grid: Grid
    values: Floats
    known: NDArray[np.bool_]
    train_rows: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """Steps of the season (1: none), of the inputs, of the outputs."""

    season: int
    inputs: int
    outputs: int


def load_spans(config: ForecastConfig) -> list[Span]:
    """Training and validation rows of every series of the config's data."""
    train = load_columns(config, "train", kind="series")
    try:
        both = [train, load_columns(config, "validation", kind="series")] if config.validation or not config.own_data else [train]
    except LabError:  # the user's own file without validation rows
        both = [train]
    names = tuple(train.value_names) or tuple(f"value{place + 1}" for place in range(train["values"].shape[1]))
    groups = [np.asarray(part["group"] if "group" in part else [""] * len(part["values"])) for part in both]
    spans: list[Span] = []
    for group in dict.fromkeys(groups[0].tolist()):
        times = np.concatenate([np.asarray(part["time"])[of == group] for part, of in zip(both, groups, strict=True)])
        values = np.concatenate(
            [np.asarray(part["values"], np.float64)[of == group] for part, of in zip(both, groups, strict=True)]
        )
        what = f"Series {group!r}" if group else str(config.data)
        times = times if times.dtype.kind == "M" else times.astype(np.float64)
        series, grid = even(Series(times, values, names), what, rows=config.steps_of_time == "rows")
        last = times[int((groups[0] == group).sum()) - 1]
        complete = filled(series.values, config.gaps, season=max(1, config.known_season), what=what, names=names)
        spans.append(Span(grid, complete, ~np.isnan(series.values), int((series.times <= last).sum()), names))
    return spans


def shape_of(config: ForecastConfig, spans: list[Span]) -> Shape:
    """Season and windows, found where the config leaves them open; raises UsageError for windows longer than the data."""
    rows = min(span.train_rows for span in spans)
    first = spans[0]
    season = config.known_season or find_season(first.values[: first.train_rows, 0], first.grid)
    horizon = KNOWN[config.data].horizon if config.data in KNOWN else season if 1 < season <= _SEASON else 12
    outputs = config.output_window or max(1, min(horizon, rows // 6))
    inputs = config.input_window or max(2, min(max(2 * season if season <= _SEASON + 4 else 0, 2 * outputs), rows // 3))
    if inputs + outputs > rows:
        raise UsageError(
            f"{config.data} has {rows:,} steps for training; a window of {inputs} + {outputs} does not fit.",
            f"Set input_window and output_window to less than {rows} together.",
        )
    return Shape(season, inputs, outputs)


def scales(values: Floats, inputs: int) -> Floats:
    """The spread of each column inside windows of ``inputs`` steps: root of their mean variance, [d]; 1 where nothing varies."""
    count = len(values)
    size = min(inputs, count)
    sums = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), values - values.mean(axis=0)]), axis=0)
    squares = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), (values - values.mean(axis=0)) ** 2]), axis=0)
    means = (sums[size:] - sums[:-size]) / size
    variances = (squares[size:] - squares[:-size]) / size - means**2
    found = np.sqrt(np.maximum(variances, 0).mean(axis=0))
    return np.where(found > 1e-9 * (1 + np.abs(values).max(axis=0)), found, 1.0)


def season_features(places: Floats, period: float, harmonics: int) -> NDArray[np.float32]:
    """Sines and cosines of where steps ``places`` [n] lie in the season: [n, 2 harmonics]."""
    angles = 2 * np.pi * np.asarray(places, np.float64)[:, None] / period * np.arange(1, harmonics + 1)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
