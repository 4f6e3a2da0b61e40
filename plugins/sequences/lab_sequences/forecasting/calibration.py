"""Intervals from a network's own errors on data that it wasn't trained on (split conformal prediction).

The trained network forecasts from moments of the validation rows. The quantiles of its errors at each step ahead, in units of the
spread that it states (or of the series' scale), become the ends of intervals; steps beyond the last one measured grow with the
square root of the horizon. Errors of neighbouring steps are pooled. Without enough validation rows the newest training rows
serve.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_sequences.forecasting.streams import Span

Floats = NDArray[np.float64]
LEVELS = np.array([0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99])
_MOMENTS = 120  # moments from which errors are measured, at most
_LONGEST = 256  # steps that errors are measured for
_NEIGHBOURS = 2  # steps on each side whose errors are pooled


def calibrated(model: Any, spans: list[Span]) -> Any:
    """The model with ``about["quantiles"]``: columns (or one for all) x steps x levels."""
    joint = model.config.joint
    names = len(spans[0].names)
    errors: list[list[Floats]] = [[] for _ in range(names)]
    for span in spans:
        for column, found in enumerate(_errors(model, span, joint)):
            errors[column].append(found)
    steps = min(one.shape[1] for column in errors for one in column)
    tables = [_table(np.concatenate([one[:, :steps] for one in column])) for column in errors]
    model.about["quantiles"] = [table.round(5).tolist() for table in tables]
    return model


def _errors(model: Any, span: Span, joint: bool) -> list[Floats]:
    """(value - mean) / spread of each column: [moments, steps], NaN where the value wasn't known."""
    rows = len(span.values)
    held_out = rows - span.train_rows
    start = span.train_rows if held_out >= 10 else max(model.inputs, rows - max(10, rows // 5))
    steps = int(min(_LONGEST, max(model.outputs, (rows - start) // 2)))
    steps = max(1, min(steps, rows - start))
    moments = np.unique(np.linspace(max(start, model.inputs), rows - steps, _MOMENTS).round().astype(int))
    found: list[Floats] = []
    ahead = moments[:, None] + np.arange(steps)
    columns = [slice(None)] if joint else [slice(at, at + 1) for at in range(len(span.names))]
    for column in columns:
        values = span.values[:, column]
        scale = model.scale_of(values[: span.train_rows])
        windows = values[moments[:, None] + np.arange(-model.inputs, 0)]
        means, spreads = model.ahead(windows / scale, moments + span.grid.number(0), span.grid, steps)
        gaps = np.where(span.known[:, column][ahead], values[ahead], np.nan)
        relative = (gaps / scale - means) / spreads
        found += [relative[:, :, one] for one in range(relative.shape[2])]
    return found


def _table(errors: Floats) -> Floats:
    """Quantiles of the errors at each step: [steps, levels]."""
    steps = errors.shape[1]
    rows: list[Floats] = []
    for step in range(steps):
        pooled = errors[:, max(0, step - _NEIGHBOURS) : step + _NEIGHBOURS + 1]
        pooled = pooled[~np.isnan(pooled)]
        rows.append(np.quantile(pooled, LEVELS) if len(pooled) else np.zeros(len(LEVELS)))
    return np.stack(rows)


def ends(quantiles: Floats, share: float, horizon: int) -> tuple[Floats, Floats]:
    """Lower and upper end of the interval that holds ``share``, in units of the spread: [horizon] each."""
    low = np.array([np.interp((1 - share) / 2, LEVELS, row) for row in quantiles])
    high = np.array([np.interp((1 + share) / 2, LEVELS, row) for row in quantiles])
    steps = len(quantiles)
    growth = np.sqrt(np.maximum(1.0, np.arange(1, horizon + 1) / steps))
    places = np.minimum(np.arange(horizon), steps - 1)
    return low[places] * growth, high[places] * growth
