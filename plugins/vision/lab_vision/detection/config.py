"""Settings of detectors. Steps are updates."""

from typing import Annotated

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError


class DetectionDataConfig(ImageDataConfig, mixin=True, frozen=True, kw_only=True):
    """Images with boxes. Images of other proportions are padded to a square, boxes with them."""

    data: Annotated[str, about("A set with boxes (lab data list), or your COCO, VOC or CSV boxes")] = "digit-scenes"
    size: Annotated[int, about("Height and width that the network sees", unit="pixels", ge=32, le=1024)] = 96


class DetectionConfig(MinibatchConfig, DetectionDataConfig, frozen=True, kw_only=True):
    """What all detectors share: the backbone's width and augmentation."""

    width: Annotated[int, about("Channels of the backbone's first stage", unit="channels", ge=2, le=256, section="network")] = 16
    objects: Annotated[
        int, about("Most objects of an image that training looks at; 0: as many as there are", ge=0, le=500, section="data")
    ] = 0

    flip: Annotated[bool, about("Mirror half of the images left to right", section="augmentation")] = False
    zoom: Annotated[float, about("Largest change of scale, as a share", ge=0, le=0.5)] = 0.0
    shift: Annotated[float, about("Largest shift, as a share of the size", ge=0, le=0.5)] = 0.0
    brightness: Annotated[float, about("Largest shift of brightness, as a share of the range", ge=0, le=1)] = 0.0

    def check(self) -> None:
        super().check()
        if self.size % 16:
            below = max(32, self.size - self.size % 16)
            raise UsageError(
                f"A detector needs a size that 16 divides; it is {self.size}.", f"The nearest: {below} or {below + 16}."
            )


class CentreConfig(DetectionConfig, frozen=True, kw_only=True):
    """CenterNet."""

    size_weight: Annotated[float, about("Weight of the error of sides, in pixels of the image", ge=0, section="losses")] = 0.1
    offset_weight: Annotated[float, about("Weight of the error of centres within their cell", ge=0)] = 1.0


class RcnnConfig(DetectionConfig, frozen=True, kw_only=True):
    """A small Faster R-CNN."""

    anchors: Annotated[
        tuple[float, float, float], about("Sides of the anchors, with three proportions each", unit="pixels", section="network")
    ] = (*(16.0, 26.0, 42.0),)
    proposals: Annotated[int, about("Regions of an image that the second stage looks at", ge=4, le=1000)] = 32
    anchor_samples: Annotated[int, about("Anchors of an image in one minibatch of the first stage", ge=8)] = 128
    roi_bins: Annotated[int, about("Side of a pooled region, in cells", ge=1, le=14)] = 5
    hidden: Annotated[int, about("Units of the second stage's two dense layers", ge=4)] = 128

    def check(self) -> None:
        super().check()
        if min(self.anchors) <= 0:
            raise UsageError(f"Sides of anchors are positive; they are {self.anchors}.")


class BaselineConfig(TrainConfig, DetectionDataConfig, frozen=True, kw_only=True):
    """The problem that a baseline is scored on."""


class DetectOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply --with`` takes."""

    threshold: Annotated[float, about("Lowest score of a box that is shown", ge=0, le=1)] = 0.3
    overlap: Annotated[float, about("Boxes of one class that overlap a better one by more are left out", ge=0, le=1)] = 0.5
    most: Annotated[int, about("Most boxes of an image", ge=1)] = 100
