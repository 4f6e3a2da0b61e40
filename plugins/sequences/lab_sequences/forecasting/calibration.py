"""Intervals from a network's own errors (split conformal prediction, see ``widths``).

The trained network forecasts from moments of the validation rows and from moments of the training rows. The quantiles of its
absolute errors at each step ahead, in units of the spread that it states (or of the series' scale), become the half widths of
intervals: at each step the larger of the two. Errors on training rows are smaller than on new ones, so they only ever widen the
intervals, where the validation rows are few or show one phase of the series alone. Steps beyond the last one measured grow with
the square root of the horizon. Without enough validation rows the training rows serve alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_sequences.forecasting.streams import Span
from lab_sequences.forecasting.widths import table

Floats = NDArray[np.float64]
_MOMENTS = 120  # moments from which errors are measured, at most, in each part
_LONGEST = 256  # steps that errors are measured for
_FEWEST = 10  # validation rows that are worth measuring


def calibrated(model: Any, spans: list[Span]) -> Any:
    """The model with ``about["widths"]``: columns x steps x ``widths.SHARES``."""
    parts = [_table_of(model, spans, held_out=False)]
    if all(len(span.values) - span.train_rows >= _FEWEST for span in spans):
        parts.append(_table_of(model, spans, held_out=True))
    steps = min(part.shape[1] for part in parts)
    model.about["widths"] = np.max([part[:, :steps] for part in parts], axis=0).round(5).tolist()
    return model


def _table_of(model: Any, spans: list[Span], *, held_out: bool) -> Floats:
    """Quantiles of the absolute errors of every column, over all series: [columns, steps, shares]."""
    errors = [_errors(model, span, held_out=held_out) for span in spans]
    steps = min(one.shape[1] for every in errors for one in every)
    return np.stack([table(np.concatenate([one[:, :steps] for one in column])) for column in zip(*errors, strict=True)])


def _errors(model: Any, span: Span, *, held_out: bool) -> list[Floats]:
    """(value - mean) / spread of each column: [moments, steps], NaN where the value wasn't known."""
    first, last = (span.train_rows, len(span.values)) if held_out else (model.inputs, span.train_rows)
    steps = int(min(_LONGEST, max(model.outputs, (len(span.values) - span.train_rows) // 2)))
    steps = max(1, min(steps, last - first))
    moments = np.unique(np.linspace(max(first, model.inputs), last - steps, _MOMENTS).round().astype(int))
    found: list[Floats] = []
    ahead = moments[:, None] + np.arange(steps)
    columns = [slice(None)] if model.config.joint else [slice(at, at + 1) for at in range(len(span.names))]
    for column in columns:
        values = span.values[:, column]
        scale = model.scale_of(values[: span.train_rows])
        windows = values[moments[:, None] + np.arange(-model.inputs, 0)]
        means, spreads = model.ahead(windows / scale, moments + span.grid.number(0), span.grid, steps)
        gaps = np.where(span.known[:, column][ahead], values[ahead], np.nan)
        relative = (gaps / scale - means) / spreads
        found += [relative[:, :, one] for one in range(relative.shape[2])]
    return found
