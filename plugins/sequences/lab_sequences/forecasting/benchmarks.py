"""The benchmarks of forecasting: each registered series, and the user's own. Data only.

``test``        forecasts from moments of the newest part of the series, spread over it
``validation``  the same in the part before, by which a training chooses its best model
"""

from lab_core.benchmark import Benchmark
from lab_core.model import Kind
from lab_core.score import Score
from lab_sequences.forecasting.known import KNOWN

INTERVAL = 0.8  # share of the values that intervals should hold


def benchmarks() -> list[Benchmark]:
    """A benchmark for each registered series, and the template of all others."""
    found = [
        _benchmark(data, one.title, data, str(one.season), one.horizon, one.stride, one.count, one.context)
        for data, one in KNOWN.items()
    ]
    return [*found, _benchmark("{data}", "{data}", "{data_path}", "{season}", 0, 0, 30, 0)]


def _benchmark(name: str, title: str, data: str, season: str, horizon: int, stride: int, count: int, context: int) -> Benchmark:
    rules = {"count": count, "horizon": horizon, "stride": stride, "context": context, "interval": INTERVAL}
    return Benchmark(
        id=f"forecast/{name}",
        title=f"{title}: what comes next",
        needs="apply",
        consumes=Kind.SERIES,
        produces=Kind.SERIES,
        unit="origin",
        pool="lab_metrics.series.errors:pool_ratio",
        score=Score("MASE", higher_is_better=False, digits=3),
        evaluator="lab_metrics.series.evaluation:ForecastEvaluator",
        protocols={"test": {**rules, "split": "test"}, "validation": {**rules, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": data, "season": season},
        columns={"smape": "sMAPE", "coverage": "in 80 %", "width": "width"},
    )
