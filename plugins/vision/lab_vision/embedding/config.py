"""Settings of metric learning. Steps are updates."""

from typing import Annotated, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, TrainConfig, about
from lab_core.errors import UsageError

Loss = Literal["triplet", "softmax", "centre"]
Network = Literal["small", "efficientnet-lite0"]


class EmbeddingConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """A network that turns an image into a vector, and the loss that shapes the space of vectors."""

    data: Annotated[str, about("A set of images with labels, or your folder with one folder per identity")] = "emoji-identities"
    size: Annotated[int, about("Height and width", unit="pixels", ge=16, le=256)] = 32

    network: Annotated[
        Network, about("Five convolutions from random weights, or EfficientNet-Lite0 trained on ImageNet", section="network")
    ] = "small"
    train: Annotated[Literal["head", "all"], about("Trained layers of efficientnet-lite0: the last one, or all")] = "all"
    loss: Annotated[
        Loss, about("Triplets (semi-hard negatives), softmax over identities, softmax with centre loss", section="losses")
    ] = "triplet"
    vector: Annotated[int, about("Length of a vector", ge=2, le=1024, section="network")] = 64
    unit: Annotated[bool, about("Vectors have length 1")] = True
    width: Annotated[int, about("Channels of the first stage (small)", unit="channels", ge=4, le=256)] = 32
    identities: Annotated[
        int, about("Identities of a minibatch (the rest of it: further images of them)", ge=2, section="losses")
    ] = 16
    margin: Annotated[float, about("By how much a negative is to be farther than a positive, in squared distance", gt=0)] = 0.2
    scale: Annotated[float, about("Factor on unit vectors before the softmax", gt=0)] = 16.0
    centre_weight: Annotated[float, about("Weight of the centre loss", ge=0)] = 0.01
    centre_rate: Annotated[float, about("Share by which centres move to their images in an update", gt=0, le=1)] = 0.5

    epoch_pairs: Annotated[
        int,
        about("Pairs of validation images that are scored after each epoch; 0: none", ge=0, section="watching and checkpoints"),
    ] = 1_000

    flip: Annotated[bool, about("Mirror half of the images left to right", section="augmentation")] = False
    shift: Annotated[int, about("Largest shift", unit="pixels", ge=0, le=64)] = 2
    colour_change: Annotated[float, about("Each channel is multiplied by 1 - this to 1 + this", ge=0, lt=1)] = 0.0

    @property
    def features_once(self) -> bool:
        """Whether the features of every image are computed once, before the training: only the last layer learns."""
        return self.network == "efficientnet-lite0" and self.train == "head"

    def check(self) -> None:
        super().check()
        if self.train == "head" and self.network == "small":
            raise UsageError("train=head belongs to network=efficientnet-lite0.", "Leave train=all.")
        if self.features_once and (self.shift or self.colour_change):
            raise UsageError(
                "train=head computes the features of each image once, so shift and colour_change have no use.",
                "Use --preset head, or set shift=0 and colour_change=0; flip works.",
            )
        if self.network == "efficientnet-lite0" and (self.size % 32 or self.colour == "grey"):
            raise UsageError(
                f"efficientnet-lite0 needs a size that 32 divides and colours; size={self.size}, colour={self.colour}.",
                "Set size=64 and colour=colour.",
            )
        if self.loss == "triplet" and self.batch_size < 2 * self.identities:
            raise UsageError(
                f"Triplets need two images of an identity: batch_size={self.batch_size} is less than twice"
                f" identities={self.identities}.",
                f"Set identities to at most {self.batch_size // 2}.",
            )
        if self.loss == "triplet" and self.batch_size % self.identities:
            raise UsageError(f"identities={self.identities} does not divide batch_size={self.batch_size}.")


class EmbedOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply --with`` takes."""

    gallery: Annotated[str, about("Folder with one folder per identity: images get the names of the nearest in it")] = ""
    farthest: Annotated[float, about("Distance above which an image shows nobody of the gallery; 0: no limit", ge=0)] = 0.0
    clusters: Annotated[int, about("Groups that k-means makes of the images; 0: none", ge=0, le=10_000)] = 0

    def check(self) -> None:
        super().check()
        if self.gallery and self.clusters:
            raise UsageError("gallery and clusters are two ways to name images.", "Ask for one of them.")
        if self.farthest and not self.gallery:
            raise UsageError("farthest belongs to gallery.", "Name the folder of known identities: --with gallery=DIR")


class BaselineConfig(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    """The problem that a baseline is scored on."""
