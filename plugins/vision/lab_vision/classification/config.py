"""Settings of image classification. Steps are updates."""

from typing import Annotated, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import about
from lab_core.errors import UsageError

Network = Literal["softmax", "mlp", "cnn", "rnn", "small", "cifar", "resnet-v1", "resnet-v2", "efficientnet-lite0"]


class ClassificationConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """A network that names the class of an image, its augmentation and its optimiser."""

    network: Annotated[Network, about("Architecture; docs/classification.md describes each", section="network")] = "small"
    blocks: Annotated[int, about("Residual blocks of each of the three stages (resnet-v1, resnet-v2)", ge=1, le=30)] = 3
    width: Annotated[int, about("Channels of the first stage (small)", unit="channels", ge=4, le=512)] = 32
    dropout: Annotated[float, about("Share of units left out before the last layer", ge=0, lt=1)] = 0.0

    pretrained: Annotated[
        bool, about("Start from the weights trained on ImageNet (efficientnet-lite0)", section="fine-tuning (efficientnet-lite0)")
    ] = True
    train: Annotated[
        Literal["head", "last", "all"],
        about("Which layers learn (efficientnet-lite0): the new last layer, also the last_blocks, or all"),
    ] = "all"
    last_blocks: Annotated[int, about("Blocks that learn with train=last", unit="blocks", ge=1, le=16)] = 3

    flip: Annotated[bool, about("Mirror half of the images left to right", section="augmentation")] = False
    shift: Annotated[float, about("Largest shift, as a share of the size", ge=0, le=0.5)] = 0.0
    rotate: Annotated[float, about("Largest rotation", unit="degrees", ge=0, le=180)] = 0.0
    zoom: Annotated[float, about("Largest change of scale, as a share", ge=0, le=0.5)] = 0.0
    brightness: Annotated[float, about("Largest shift of brightness, as a share of the range", ge=0, le=1)] = 0.0
    contrast: Annotated[float, about("Contrast is multiplied by 1 - this to 1 + this", ge=0, le=1)] = 0.0
    crop_size: Annotated[int, about("Side of a random crop (the central one when scoring); 0: none", unit="pixels", ge=0)] = 0
    standardise: Annotated[bool, about("Each image to mean 0 and deviation 1, else values 0 to 1")] = False

    label_smoothing: Annotated[
        float, about("Share of the target spread over all classes", ge=0, lt=1, section="updates and optimiser")
    ] = 0.0
    optimizer: Annotated[Literal["adam", "sgd"], about("Adam, or gradient descent with momentum")] = "adam"
    momentum: Annotated[float, about("Momentum of optimizer=sgd", ge=0, lt=1)] = 0.0
    penalty: Annotated[float, about("L2 penalty on the dense layers' kernels (cifar), or on all kernels (resnet)", ge=0)] = 0.0

    def check(self) -> None:
        super().check()
        if self.crop_size > self.size:
            raise UsageError(f"crop_size={self.crop_size} is larger than size={self.size}.", "Set it to at most the size.")
        if self.network == "efficientnet-lite0" and self.input_size % 32:
            below = max(32, self.input_size - self.input_size % 32)
            raise UsageError(
                f"efficientnet-lite0 needs a size that 32 divides; it is {self.input_size}.",
                f"The nearest: {below} or {below + 32}.",
            )
        if self.train != "all" and self.network != "efficientnet-lite0":
            raise UsageError(f"train={self.train} belongs to network=efficientnet-lite0.", "Leave train=all.")
        moving = [name for name in ("shift", "rotate", "zoom", "brightness", "contrast", "crop_size") if getattr(self, name)]
        if self.features_once and moving:
            raise UsageError(
                f"train=head computes the features of each image once, so {moving[0]} has no use.",
                f"Use --preset head, or set {' and '.join(f'{name}=0' for name in moving)}; flip works.",
            )
        if self.network == "efficientnet-lite0" and self.colour == "grey":
            raise UsageError(
                "efficientnet-lite0 takes images in colour.", "Set colour=auto: grey images get three equal channels."
            )
        if self.network in ("cnn", "small") and self.input_size % 4:
            raise UsageError(f"network={self.network} needs a size that 4 divides; it is {self.input_size}.")

    @property
    def features_once(self) -> bool:
        """Whether the features of every image are computed once, before the training: only the last layer learns."""
        return self.network == "efficientnet-lite0" and self.train == "head"

    @property
    def input_size(self) -> int:
        """Height and width in pixels of what the network sees."""
        return self.crop_size or self.size
