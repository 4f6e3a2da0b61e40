"""The tasks of forecasting: networks that are trained, and methods that fit themselves to the series."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

Settings = Mapping[str, Any]

SMOKE: Settings = {
    "steps": 6, "batch_size": 8, "units": 8, "updates_per_slice": 3, "media_every": 3, "selection_count": 1,
    "input_window": 24, "output_window": 6,
}  # fmt: skip
SHARED: Settings = {
    "batch_size": 64, "schedule": "cosine", "gradient_clip": 1.0, "average_decay": 0.995, "selection_every": 500,
    "selection_count": 60,
}  # fmt: skip
AR: Settings = {**SHARED, "network": "ar", "layers": 0, "steps": 3_000, "learning_rate": 5e-3}
LSTM: Settings = {**SHARED, "network": "lstm", "layers": 1, "units": 64, "steps": 2_000, "learning_rate": 3e-3}
NBEATS: Settings = {
    **SHARED, "network": "nbeats", "layers": 4, "units": 96, "steps": 2_000, "learning_rate": 1e-3, "loss": "absolute",
}  # fmt: skip
BOOK_AR: Settings = {  # the source's: 30 steps in, 10 out, 16 windows of 40 steps, 6,000 updates
    "network": "ar", "layers": 0, "season": 200, "input_window": 30, "output_window": 10, "batch_size": 16, "steps": 6_000,
    "learning_rate": 1e-2, "loss": "normal",
}  # fmt: skip
BOOK_LSTM: Settings = {  # the source's: 128 units, 4 windows of 100 steps, Adam 0.001, 2,000 updates, the next step alone
    "network": "lstm", "layers": 1, "units": 128, "input_window": 99, "output_window": 1, "batch_size": 4, "steps": 2_000,
    "learning_rate": 1e-3, "loss": "squared", "harmonics": 0,
}  # fmt: skip
_NETWORKS: Mapping[str, tuple[str, str, Settings, Mapping[str, Settings], str]] = {
    "forecast-ar": (
        "Autoregression with a spread of its own",
        "trend-sine",
        AR,
        {"book": BOOK_AR, "book-squared": {**BOOK_AR, "loss": "squared"}},
        "TensorFlow Time Series, ARRegressor (2017)",
    ),
    "forecast-lstm": (
        "LSTM", "sine-waves", LSTM, {"book": BOOK_LSTM}, "Hochreiter and Schmidhuber 1997; Wen et al. 2017, arXiv 1711.11053",
    ),
    "forecast-lstm-multivariate": (
        "LSTM on several values at once",
        "five-waves",
        {**LSTM, "joint": True, "steps": 2_000},
        {"book": {**BOOK_LSTM, "joint": True, "input_window": 31, "steps": 200}},
        "Hochreiter and Schmidhuber 1997; Wen et al. 2017, arXiv 1711.11053",
    ),
    "forecast-nbeats": ("N-BEATS", "sine-waves", NBEATS, {}, "Oreshkin et al. 2020, N-BEATS, ICLR, arXiv 1905.10437"),
}  # fmt: skip
_BASELINES = {
    "naive": ("The last value", "baselines:NaiveModel"),
    "seasonal-naive": ("The last season", "baselines:SeasonalNaiveModel"),
    "mean": ("The mean", "baselines:MeanModel"),
    "theta": ("Theta", "statistical:ThetaModel"),
    "ets": ("Exponential smoothing", "statistical:EtsModel"),
}


def tasks() -> list[Task]:
    """Every task; the series is the setting ``data``."""
    return [*(_network(name, *facts) for name, facts in _NETWORKS.items()), *(_baseline(name) for name in _BASELINES)]


def _network(name: str, title: str, data: str, default: Settings, others: Mapping[str, Settings], source: str) -> Task:
    joint = {"joint": True} if default.get("joint") else {}
    kind = {"network": default["network"], "layers": default["layers"], **joint}
    return Task(
        id=name,
        title=f"{title}: forecasts of a series (data=ID or FILE)",
        family="series",
        method=name,
        benchmark="forecast/{data}",
        trainer="lab_sequences.forecasting.trainer:ForecastTrainer",
        model="lab_sequences.forecasting.model:ForecastModel",
        config="lab_sequences.forecasting.config:ForecastConfig",
        settings={"data": data},
        parameter="data",
        presets={"smoke": {**kind, **SMOKE}, "default": default, **others},
        step_unit="updates",
        max_devices=8,
        source=source,
        tags=("series", "forecast"),
    )


def _baseline(name: str) -> Task:
    title, model = _BASELINES[name]
    return Task(
        id=f"forecast-{name}",
        title=f"{title}: forecasts of a series without training",
        family="series",
        method=f"forecast-{name}",
        benchmark="forecast/{data}",
        model=f"lab_sequences.forecasting.{model}",
        config="lab_sequences.forecasting.config:BaselineConfig",
        settings={"data": "trend-sine"},
        parameter="data",
        presets={"smoke": {}, "default": {}},
        tags=("series", "forecast", "baseline"),
    )
