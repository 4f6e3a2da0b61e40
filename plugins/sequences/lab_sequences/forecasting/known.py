"""What is known of the registered series: their season and the horizon that is scored. Data only."""

from collections.abc import Mapping
from typing import NamedTuple


class Known(NamedTuple):
    """season in steps (1: none), horizon and stride of the scored forecasts in steps, history shown to a model (0: all)."""

    title: str
    season: int
    horizon: int
    stride: int
    count: int
    context: int = 0


KNOWN: Mapping[str, Known] = {
    "trend-sine": Known("Sine with a trend and noise", 200, 50, 25, 9),
    "sine-waves": Known("Three sines with noise", 100, 50, 25, 7),
    "five-waves": Known("Five waves at once", 25, 25, 10, 8),
    "sunspots": Known("Sunspots, yearly", 11, 11, 3, 12),
    "co2": Known("Carbon dioxide, weekly", 52, 26, 13, 25),
    "el-nino": Known("El Nino, monthly", 12, 12, 6, 17),
    "seattle-weather": Known("Weather in Seattle, daily", 365, 14, 7, 30),
    "hourly-temperature": Known("Temperature in two cities, hourly", 24, 24, 48, 27, 336),
}
