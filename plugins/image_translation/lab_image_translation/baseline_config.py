"""Settings of baselines. Imports no library."""

from typing import Annotated, Literal

from lab_datasets.config import ImageDataConfig

from lab_core.config import TrainConfig, about


class BaselineConfig(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    """The problem that a baseline is scored on; only the fields of its benchmark matter."""

    direction: Annotated[Literal["AtoB", "BtoA"], about("Which side of a pair is the input")] = "AtoB"
    scale: Annotated[int, about("Enlargement", ge=1, le=4)] = 1
    noise: Annotated[int, about("Standard deviation of the noise, of 255", unit="grey levels", ge=1, le=255)] = 25
    hole: Annotated[float, about("Side of the blank square, as a share of the shorter side", gt=0, le=0.6)] = 0.3
