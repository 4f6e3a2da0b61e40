"""Settings of MTCNN."""

from typing import Annotated

from lab_core.config import Config, TrainConfig, about


class FaceConfig(TrainConfig, frozen=True, kw_only=True):
    """Nothing is trained: the networks ship trained."""


class FaceOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply mtcnn --with`` takes."""

    smallest: Annotated[int, about("Height of the smallest face that is looked for", unit="pixels", ge=12, le=2000)] = 20
    factor: Annotated[
        float, about("Each picture of the pyramid has this share of the sides of the one before", ge=0.3, le=0.95)
    ] = 0.709
    proposal: Annotated[float, about("Lowest score that passes the first network", gt=0, lt=1)] = 0.6
    refinement: Annotated[float, about("Lowest score that passes the second network", gt=0, lt=1)] = 0.7
    output: Annotated[float, about("Lowest score of a face that is returned", gt=0, lt=1)] = 0.9


class AlignOptions(FaceOptions, frozen=True, kw_only=True):
    """What ``lab apply align-faces --with`` takes."""

    size: Annotated[int, about("Height and width of the face's picture", unit="pixels", ge=16, le=1024)] = 160
    margin: Annotated[int, about("Pixels around the face, of the picture's size", unit="pixels", ge=0, le=400)] = 32
