"""Settings, light: they are imported by ``lab list``."""

from typing import Annotated

from lab_core import Config, TrainConfig, about


class CrossEntropyConfig(TrainConfig, frozen=True, kw_only=True):
    population: Annotated[int, about("Policies tried a generation", ge=2)] = 30
    elite: Annotated[int, about("Best ones that the next generation is drawn around", ge=1)] = 6
    noise: Annotated[float, about("Added to each weight's deviation, so that the search goes on", ge=0)] = 0.1


class NormalConfig(TrainConfig, frozen=True, kw_only=True):
    components: Annotated[int, about("Principal components that are drawn", ge=1, le=784)] = 100


class NormalOptions(Config, frozen=True, kw_only=True):
    temperature: Annotated[float, about("Times every deviation", gt=0, le=2)] = 1.0
