"""Scores forecasting models on rolling origins: errors of what they say about the values that come next."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.items.series import Series
from lab_core.model import Apply, Model
from lab_metrics.applying import at_least_one, results
from lab_metrics.data import columns, parameter, source
from lab_metrics.protocol import ForecastProtocol, plain, read_protocol
from lab_metrics.series import errors, intervals
from lab_metrics.series.origins import Origin, origins

PARTS = ("train", "validation", "test")
FORECAST = "forecast"  # Series.parts of the rows that a model adds


LONGEST = 24  # steps: the horizon of data whose benchmark names none


class Known(NamedTuple):
    """A whole series: its times [n], values float64 [n, columns] with their names, and the row where the scored split begins."""

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    train_rows: int
    first: int
    name: str = ""

    @property
    def scored_rows(self) -> int:
        return len(self.values) - self.first


class ForecastEvaluator(Evaluator):
    """A unit is one origin: a moment from which ``horizon`` steps are forecast. Parameters of the benchmark:

    data     id of the data set, with the columns ``time`` and ``values``
    target   names or numbers of the scored columns, comma-separated (default: all); the model sees all columns
    season   steps of a season for the scale of MASE, as text (default "1": the last value repeated)

    Data with a column ``group`` are several series; each has its own origins and its own scale.

    The model takes a Series of everything before the origin and gives one with ``horizon`` further rows, marked
    ``parts == "forecast"`` or, without parts, later than the last row it was given. Its options must have a field ``horizon`` and
    may have ``interval`` (0 to 1), the share that ``low`` to ``high`` should hold. A horizon of 0 in the protocol is a third of
    the scored rows, at most 24 steps.

    Register it with ``pool="lab_metrics.series.errors:pool_ratio"``: an origin with gaps counts by the values that it has.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """MASE over ``count`` origins from the beginning of the split on, lower is better; 1: as good as the naive forecast.

        Details of each origin: ``mae``, ``rmse`` (in the unit of the values), ``smape``; of models with intervals ``coverage``,
        ``width`` (in units of the scale) and ``interval_score``. Figures: ``rmse`` and ``coverage`` over all values. Raises
        LabError for a model without the option, or one that gives other rows than asked for.
        """
        where = self.benchmark.id
        at_least_one(count, "origin")
        assert isinstance(model, Apply)
        name, rules = read_protocol(ForecastProtocol, self.benchmark, protocol)
        offered = model.options.__struct_fields__
        if "horizon" not in offered:
            raise LabError(f"Benchmark {where} needs a model with the option horizon; {type(model).__name__} has none.")
        every = self.all_series(rules.split)
        horizon = rules.horizon or _horizon(every)
        options: dict[str, Any] = {"horizon": horizon}
        if rules.interval and "interval" in offered:
            options["interval"] = rules.interval
        if "fitted" in offered:
            options["fitted"] = False  # only the forecast is scored
        season = int(self.benchmark.parameters.get("season", "1"))
        target = self._target(every[0].names)
        steps = {"horizon": horizon, "stride": rules.stride or horizon}
        some = [(known, origin) for known in every for origin in _origins(known, steps, rules.context)]
        some = some if len(every) == 1 else [some[place] for place in _spread(len(some), count)]
        some = some[:count]
        scales = {known.name: errors.naive_scale(known.values[: known.train_rows, target], season) for known in every}
        items = [_history(known, origin) for known, origin in some]
        what = f"{where}: {type(model).__name__}"
        rows: list[dict[str, float]] = []
        for (known, origin), answer in zip(some, results(model, items, where=where, options=options), strict=True):
            truth = known.values[origin.place : origin.end, target]
            if not np.isnan(truth).all():
                values, low, high = _forecast(answer, known.times[origin.place - 1], horizon, target, what)
                rows.append(_figures(truth, values, low, high, scales[known.name], rules.interval))
            if progress is not None:
                progress(len(rows), len(some), [row["mase"] for row in rows])
        if not rows:
            raise LabError(f"{where} has no known value after any origin.")
        statistics = np.array([[row.pop("scaled"), row.pop("known")] for row in rows])
        squares, inside = [row.pop("squares") for row in rows], [row.pop("inside", np.nan) for row in rows]
        figures = {"rmse": float(np.sqrt(sum(squares) / statistics[:, 1].sum()))}
        if not np.isnan(inside).any():
            figures["coverage"] = float(sum(inside) / statistics[:, 1].sum())
        data = str(self.benchmark.parameters["data"])
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": (
                    f"mase:ref={source(data, rules.split)}|target={','.join(every[0].names[place] for place in target)}"
                    f"|season={season}|h={steps['horizon']}|stride={steps['stride']}|origins={len(rows)}|v=1"
                ),
            },
            seed=seed,
            scores=tuple(row.pop("mase") for row in rows),
            statistics=tuple(map(tuple, statistics.tolist())),
            value=errors.pool_ratio(statistics),
            unit="origin",
            details={key: tuple(row[key] for row in rows) for key in rows[0]},
            figures=figures,
            steps=int(statistics[:, 1].sum()),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Series, Series]]:
        """What is known at origins spread over the split, and what came."""
        _, rules = self._rules()
        every = self.all_series(rules.split)
        horizon = rules.horizon or _horizon(every)
        steps = {"horizon": horizon, "stride": rules.stride or horizon}
        found = [(known, origin) for known in every for origin in _origins(known, steps, rules.context)]
        some = found[:: max(1, len(found) // count)][:count]
        return [(_history(known, origin), _rows(known, origin.place, origin.end)) for known, origin in some]

    def example_options(self) -> Mapping[str, Any]:
        """The horizon, and the share of the interval where one is asked for."""
        _, rules = self._rules()
        horizon = rules.horizon or _horizon(self.all_series(rules.split))
        return {"horizon": horizon, **({"interval": rules.interval} if rules.interval else {})}

    def _rules(self) -> tuple[str, ForecastProtocol]:
        return read_protocol(ForecastProtocol, self.benchmark, self.benchmark.default_protocol)

    def series(self, split: str) -> Known:
        """The parts of the first series up to the end of ``split``, one after the other."""
        return self.all_series(split)[0]

    def all_series(self, split: str) -> list[Known]:
        """Every series of the data up to the end of ``split``."""
        data = parameter(self.benchmark.parameters, "data", self.benchmark.id)
        if split not in PARTS[1:]:
            raise LabError(f"A forecast is scored on validation or test, not on {split}.")
        parts = [columns(data, part, "series") for part in PARTS[: PARTS.index(split) + 1]]
        names = tuple(parts[0].value_names) or tuple(f"value{place + 1}" for place in range(parts[0]["values"].shape[1]))
        groups = [np.asarray(part["group"] if "group" in part else [""] * len(part["values"])) for part in parts]
        found: list[Known] = []
        for group in dict.fromkeys(groups[0].tolist()):
            mine = [of == group for of in groups]
            lengths = [int(one.sum()) for one in mine]
            pairs = list(zip(parts, mine, strict=True))
            times = np.concatenate([np.asarray(part["time"])[one] for part, one in pairs])
            values = np.concatenate([np.asarray(part["values"], np.float64)[one] for part, one in pairs])
            found.append(Known(times, values, names, lengths[0], sum(lengths[:-1]), group))
        return found

    def _target(self, names: tuple[str, ...]) -> list[int]:
        """The places of the scored columns."""
        wanted = str(self.benchmark.parameters.get("target", ""))
        if not wanted:
            return list(range(len(names)))
        places = [names.index(one) if one in names else int(one) if one.isdigit() else -1 for one in wanted.split(",")]
        if any(not 0 <= place < len(names) for place in places):
            raise LabError(f"Benchmark {self.benchmark.id} scores {wanted}; the data have {', '.join(names)}.")
        return places


def _horizon(every: Sequence[Known]) -> int:
    """A third of the scored rows of the shortest series, at most a day's hours."""
    return max(1, min([LONGEST, *(known.scored_rows // 3 for known in every)]))


def _origins(known: Known, steps: Mapping[str, int], context: int) -> list[Origin]:
    return list(origins(len(known.values), first=known.first, context=context, **steps))


def _spread(total: int, count: int) -> list[int]:
    """``count`` places spread evenly over ``total``."""
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int)).tolist()


def _history(known: Known, origin: Origin) -> Series:
    """What a model is shown at an origin."""
    return _rows(known, origin.start, origin.place)


def _rows(known: Known, start: int, stop: int) -> Series:
    return Series(times=known.times[start:stop], values=known.values[start:stop], names=known.names)


def _forecast(
    answer: Any, last: Any, horizon: int, target: list[int], what: str
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The forecast rows of an answer in the scored columns: values, low and high, float64 [horizon, columns]."""
    if not isinstance(answer, Series):
        raise LabError(f"{what} gave {type(answer).__name__} where a series is expected.")
    parts = np.asarray(answer.parts)
    rows = np.flatnonzero(parts == FORECAST) if len(parts) else np.flatnonzero(np.asarray(answer.times) > last)
    if len(rows) != horizon:
        raise LabError(f"{what} forecast {len(rows)} steps; {horizon} were asked for.")
    low, high = (None if side is None else np.asarray(side, np.float64)[rows][:, target] for side in (answer.low, answer.high))
    return np.asarray(answer.values, np.float64)[rows][:, target], low, high


def _figures(
    truth: np.ndarray, forecast: np.ndarray, low: np.ndarray | None, high: np.ndarray | None, scale: np.ndarray, share: float
) -> dict[str, float]:
    """All figures of one origin, and the sums that whole scores are made of."""
    known = float((~np.isnan(truth)).sum())
    found = {
        "mase": errors.mean_absolute_scaled_error(truth, forecast, scale),
        "mae": errors.mean_absolute_error(truth, forecast),
        "rmse": errors.root_mean_squared_error(truth, forecast),
        "smape": errors.symmetric_percentage_error(truth, forecast),
        "known": known,
    }
    found |= {"scaled": found["mase"] * known, "squares": found["rmse"] ** 2 * known}
    if share and low is not None and high is not None:
        found |= {
            "coverage": intervals.coverage(truth, low, high),
            "width": intervals.mean_width(truth / scale, low / scale, high / scale),
            "interval_score": intervals.interval_score(truth / scale, low / scale, high / scale, share),
        }
        found["inside"] = found["coverage"] * known
    return found
