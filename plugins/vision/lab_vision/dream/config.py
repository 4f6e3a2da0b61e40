"""Settings of a dream."""

from pathlib import Path
from typing import Annotated, Literal

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError

CLASSES = 1000
FILMS = (".gif", ".mp4")


class DreamOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply deep-dream --with`` and ``lab sample deep-dream --with`` take."""

    layer: Annotated[
        str,
        about(
            "Layer whose activations grow: of VGG16 (conv1_1 to conv5_3) or of EfficientNet-Lite0 (lite0/block_1 to lite0/head)"
        ),
    ] = "conv5_1"
    channels: Annotated[tuple[int, ...], about("Channels of the layer, summed; none: all of them")] = ()
    objective: Annotated[
        Literal["mean", "squared"], about("The mean of the activations, or of their squares (strong ones count more)")
    ] = "squared"
    image_class: Annotated[
        int | None,
        about("Number of an ImageNet class (0 to 999; banana 954) whose logit in EfficientNet-Lite0 grows instead of a layer"),
    ] = None
    octaves: Annotated[int, about("Sizes at which the image is changed, the smallest first", ge=1, le=10)] = 4
    octave_scale: Annotated[float, about("Each size is this much larger than the one before", gt=1, le=3)] = 1.4
    iterations: Annotated[int, about("Steps of gradient ascent at each size", ge=1, le=10_000)] = 10
    step: Annotated[float, about("Mean change of a pixel in one step, of 255", unit="levels", gt=0, le=255)] = 1.5
    laplacian: Annotated[
        int, about("Levels of the gradient's Laplacian pyramid that are brought to the same strength; 0: none", ge=0, le=8)
    ] = 0
    tile: Annotated[int, about("Side of the squares in which gradients are computed: bounds the memory", ge=64, le=2048)] = 512
    size: Annotated[int, about("Side of an image that starts from noise", unit="pixels", ge=32, le=2048)] = 224
    film: Annotated[str, about("File (.gif or .mp4) for a video of the ascent, or of a zoom; none: no video")] = ""
    zoom: Annotated[
        float, about("The video enlarges each frame by this factor and dreams on; 1: it shows the ascent", ge=1, le=2)
    ] = 1.0
    frames: Annotated[int, about("Frames of a zoom", unit="frames", ge=1, le=10_000)] = 60
    fps: Annotated[float, about("Frames per second of the video", gt=0, le=60)] = 15.0

    def check(self) -> None:
        if self.film and Path(self.film).suffix.lower() not in FILMS:
            raise UsageError(f"film={self.film}: a name that ends in .gif or .mp4 is expected.")
        if self.zoom > 1 and not self.film:
            raise UsageError("zoom makes a video, and no file is named for it.", "Add --with film=zoom.mp4")
        if self.image_class is not None and not 0 <= self.image_class < CLASSES:
            raise UsageError(f"image_class={self.image_class}: 0 to {CLASSES - 1} are expected.")
        if any(channel < 0 for channel in self.channels):
            raise UsageError(f"channels={min(self.channels)}: numbers from 0 on are expected.")


class DreamConfig(TrainConfig, frozen=True, kw_only=True):
    """The task has no settings of its own; see :class:`DreamOptions`."""
