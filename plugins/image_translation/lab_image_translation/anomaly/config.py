"""Settings of anomaly detection. Imports no learning library."""

from typing import Annotated

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import about


class AnomalyConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """An autoencoder with a narrow middle, trained on all classes but one."""

    data: Annotated[str, about("A set of images with classes (lab data list), or your class folders")] = "mnist"
    size: Annotated[int, about("Height and width", unit="pixels", ge=8, le=128)] = 28
    anomaly: Annotated[int, about("The class that training never sees, and that is found", ge=0, section="data")] = 0
    width: Annotated[int, about("Channels of the first layer", unit="channels", ge=2, le=128, section="network")] = 16
    code: Annotated[int, about("Numbers in the middle of the autoencoder", ge=1, le=512)] = 8
