"""Time series in the public domain: time as datetime64, values as float32 with one column a quantity."""

import csv
from pathlib import Path

import numpy as np
import sources

Arrays = dict[str, np.ndarray]


def sunspots(work: Path) -> Arrays:
    rows = _rows(_statsmodels(work) / "sunspots/sunspots.csv")
    return _series([row["YEAR"] for row in rows], "Y", [[row["SUNACTIVITY"]] for row in rows])


def co2(work: Path) -> Arrays:
    rows = _rows(_statsmodels(work) / "co2/co2.csv")
    days = [f"{row['date'][:4]}-{row['date'][4:6]}-{row['date'][6:]}" for row in rows]
    return _series(days, "D", [[row["co2"] or "nan"] for row in rows])


def el_nino(work: Path) -> Arrays:
    rows = _rows(_statsmodels(work) / "elnino/elnino.csv")
    months = [f"{row['YEAR']}-{month:02}" for row in rows for month in range(1, 13)]
    return _series(months, "M", [[value] for row in rows for value in list(row.values())[1:]])


def seattle_weather(work: Path) -> Arrays:
    rows = _rows(_vega(work) / "seattle-weather.csv")
    names = ("precipitation", "temp_max", "temp_min", "wind")
    return _series([row["date"].replace("/", "-") for row in rows], "D", [[row[name] for name in names] for row in rows])


def hourly_temperature(work: Path) -> Arrays:
    """Two cities side by side; the same hours stand in both files."""
    seattle, francisco = (_rows(_vega(work) / f"{city}-temps.csv") for city in ("seattle", "sf"))
    hours = [row["date"].replace("/", "-")[:16] for row in seattle]
    if hours != [row["date"].replace("/", "-")[:16] for row in francisco]:
        raise SystemExit("the two cities' hours differ")
    return _series(hours, "h", [[one["temp"], other["temp"]] for one, other in zip(seattle, francisco, strict=True)])


def _series(times: list[str], unit: str, values: list[list[str]]) -> Arrays:
    stamps = np.array([np.datetime64(time, "m") if unit == "h" else np.datetime64(time) for time in times])
    return {"time": stamps.astype(f"datetime64[{unit}]"), "values": np.array(values, dtype=np.float32)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _statsmodels(work: Path) -> Path:
    return sources.unpacked(sources.STATSMODELS, work) / "statsmodels/datasets"


def _vega(work: Path) -> Path:
    return sources.unpacked(sources.VEGA, work) / "vega_datasets/_data"
