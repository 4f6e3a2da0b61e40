"""Settings of style transfer. Imports no learning library."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError

STYLES = ("relief", "satellite", "brushes", "figs", "stream", "sunset")  # pictures that ship
LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


class StyleDataConfig(ImageDataConfig, mixin=True, frozen=True, kw_only=True):
    """A style, and the photographs that are painted in it."""

    data: Annotated[str, about("A set of images (lab data list), or your folder of images")] = "photos"
    style: Annotated[str, about(f"The style's picture: a file, or one of {', '.join(STYLES)}", section="style")] = "brushes"

    def resolved(self) -> Self:
        """With the full path of the style's file, so that a run can be resumed from anywhere."""
        config = super().resolved()
        if config.style in STYLES:
            return config
        path = Path(config.style).expanduser()
        if not path.is_file() and (path.exists() or not path.is_absolute()):  # a run's stored path may be gone
            raise UsageError(f"style={config.style} is no file.", f"A picture's file, or one of {', '.join(STYLES)}.")
        return msgspec.structs.replace(config, style=str(path.resolve()))

    def benchmark_fields(self) -> Mapping[str, Any]:
        """``style`` as a name that fits a benchmark id; ``style_path`` is by what the evaluator finds the picture."""
        named = self.style if self.style in STYLES else f"picture-{hashlib.sha256(self.style.encode()).hexdigest()[:8]}"
        return {**super().benchmark_fields(), "style": named, "style_path": self.style}


class StyleConfig(TrainConfig, StyleDataConfig, frozen=True, kw_only=True):
    """Style transfer has nothing to learn: this is what it is scored with, and the style that it has unless asked otherwise."""


class MultiStyleConfig(TrainConfig, frozen=True, kw_only=True):
    """The network of 26 styles ships trained."""


class StyleOptions(Config, frozen=True, kw_only=True):
    """What can be asked of style transfer."""

    style: Annotated[str, about(f"Pictures, separated by commas: files, or {', '.join(STYLES)}; empty: the model's own")] = ""
    style_shares: Annotated[tuple[float, ...], about("Weight of each style; none: equal")] = ()
    style_weight: Annotated[float, about("Weight of the style; 0: the content alone", ge=0)] = 4.0
    content_weight: Annotated[float, about("Weight of the content; 0: the style alone", ge=0)] = 1.0
    smoothness: Annotated[float, about("Weight of the total variation", ge=0)] = 0.3
    content_layer: Annotated[str, about("VGG16 layer of the content")] = "conv4_2"
    style_layers: Annotated[tuple[str, ...], about("VGG16 layers of the style")] = LAYERS
    steps: Annotated[int, about("Steps of the optimiser", ge=1, le=5000)] = 100
    optimizer: Annotated[Literal["adam", "lbfgs"], about("What changes the picture; Adam continues if L-BFGS fails")] = "adam"
    learning_rate: Annotated[float, about("Adam's step size", unit="grey levels", gt=0, le=100)] = 5.0
    size: Annotated[int, about("The longer side is scaled down to this", unit="pixels", ge=32, le=1024)] = 256
    start: Annotated[Literal["content", "noise"], about("What the picture is at first")] = "content"
    keep_colour: Annotated[bool, about("Keep the content's colours: only brightness is changed")] = False
    pooling: Annotated[Literal["average", "max"], about("VGG16's pooling")] = "average"
    seed: Annotated[int, about("Seed of the noise", ge=0)] = 0
    sheet: Annotated[
        Literal["none", "weights", "content", "style"],
        about("One sheet of several results: style weights; content from conv1_2 to conv5_2; styles from conv1_1 to all five"),
    ] = "none"

    def check(self) -> None:
        if not self.style_weight and not self.content_weight:
            raise UsageError("style_weight and content_weight are both 0: there is nothing to do.")
        styles = [one for one in self.style.split(",") if one.strip()]
        if self.style and not styles:
            raise UsageError("style names no picture.", f"A file, or one of {', '.join(STYLES)}.")
        if self.style_shares and len(self.style_shares) != max(1, len(styles)):
            raise UsageError(f"style_shares has {len(self.style_shares)} weights for {max(1, len(styles))} styles.")


class FastStyleConfig(MinibatchConfig, StyleDataConfig, frozen=True, kw_only=True):
    """A network that paints in one style."""

    style_size: Annotated[int, about("The style's longer side is scaled to this", unit="pixels", ge=32, le=1024)] = 256
    size: Annotated[int, about("Height and width of the training images", unit="pixels", ge=32, le=512)] = 256
    width: Annotated[int, about("Channels of the network's first layer", unit="channels", ge=2, le=64, section="network")] = 32
    blocks: Annotated[int, about("Residual blocks", ge=1, le=16)] = 5
    skip: Annotated[bool, about("Add what the network gives to the blurred photograph, from zero on; no: the source's")] = False
    content_layer: Annotated[str, about("VGG16 layer of the content loss", section="losses")] = "conv3_3"
    style_layers: Annotated[tuple[str, ...], about("VGG16 layers of the style loss")] = (
        "conv1_2",
        "conv2_2",
        "conv3_3",
        "conv4_3",
    )
    content_weight: Annotated[float, about("Weight of the content loss", ge=0)] = 1.0
    style_weight: Annotated[float, about("Weight of the style loss", ge=0)] = 220.0
    relative: Annotated[
        bool,
        about("Both losses divided by the size of their targets, so that one weight suits every style picture; no: the source's"),
    ] = False
    smoothness: Annotated[float, about("Weight of the total variation", ge=0)] = 0.0

    def check(self) -> None:
        super().check()
        if self.size % 4:
            raise UsageError(f"size={self.size}: a multiple of 4 is expected.", f"Nearest: {self.size - self.size % 4}.")


class MultiStyleOptions(Config, frozen=True, kw_only=True):
    """What can be asked of the network of 26 styles."""

    style: Annotated[int, about("Number of the style", ge=0, le=25)] = 0
    second: Annotated[int, about("Number of a second style that is mixed in", ge=0, le=25)] | None = None
    mix: Annotated[float, about("Share of the second style", ge=0, le=1)] = 0.5
    size: Annotated[int, about("The longer side is scaled down to this; 0: as it is", unit="pixels", ge=0, le=4096)] = 0
