"""Settings of the baselines. Imports no library."""

from typing import Annotated

from lab_datasets.config import ImageDataConfig

from lab_core.config import TrainConfig, about


class ClassifierBaselineConfig(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    """A method without a network, and the images that it is fitted to."""

    neighbours: Annotated[int, about("Training images that vote (knn)", unit="images", ge=1, le=1000, section="method")] = 5
    penalty: Annotated[float, about("Weight of the training errors, C (linear-svm)", gt=0)] = 1e-3
