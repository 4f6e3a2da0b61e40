"""Every option of the generative models of images, with its unit. Steps are updates of the generator."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig, Schedule
from lab_tensorflow.own_network import check_network

from lab_core.config import about
from lab_core.errors import UsageError

SMALLEST, LARGEST = 28, 96  # pixels: what the networks are made for
_RENAMED = {  # settings in the records of earlier versions
    "grid_every": "media_every",
    "grid_count": "media_count",
    "critic_width": "discriminator_width",
    "critic_layers": "discriminator_layers",
    "critic_norm": "discriminator_norm",
    "critic_steps": "discriminator_steps",
    "critic_learning_rate": "discriminator_learning_rate",
    "feature_critic_layers": "feature_discriminator_layers",
}


class ImageConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """What every method of this package shares: the images and how training is shown and selected.

    Of the user's own data all images are trained on: ``validation`` and ``test`` don't matter here.
    """

    size: Annotated[int, about("Height and width", unit="pixels", ge=SMALLEST, le=LARGEST)] = 28
    batch_size: Annotated[int, about("Real images of one minibatch", unit="images", ge=1, le=4096)] = 64

    selection_every: Annotated[
        int, about("Updates between evaluations that select the best model; 0 keeps the last one", unit="updates", ge=0)
    ] = 2_000
    selection_count: Annotated[int, about("Sample sets of one such evaluation", ge=1)] = 1

    average_decay: Annotated[
        float, about("Decay of the averaged weights, ramped up as (1 + t) / (10 + t); 0: no average", ge=0, lt=1)
    ] = 0.999
    media_every: Annotated[int, about("Updates between grids of samples from the same noise; 0: none", unit="updates", ge=0)] = (
        500
    )
    media_count: Annotated[int, about("Samples in a grid", unit="images", ge=1, le=400)] = 64

    def check(self) -> None:
        super().check()
        if self.size % 4:
            below = self.size - self.size % 4
            raise UsageError(f"size={self.size}: a multiple of 4 is expected.", f"The nearest: {below} or {below + 4}.")
        if self.validation_every:
            raise UsageError("Generative models aren't measured on validation data.", "Leave validation_every=0.")

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {_RENAMED.get(name, name): value for name, value in values.items()}


class SingleLossConfig(ImageConfig, frozen=True, kw_only=True):
    """Methods with one loss, which all their networks minimise together by Adam."""

    schedule: Annotated[Schedule, about("How the learning rate falls")] = "cosine"


class GanConfig(ImageConfig, frozen=True, kw_only=True):
    """A generator and a discriminator (critic, for Wasserstein losses). Each variant of the family is a handful of settings."""

    network: Annotated[
        str, about("mlp (dense layers), dcgan (convolutions), or module:function, your own (docs/gan.md)", section="network")
    ] = "dcgan"
    latent: Annotated[int, about("Dimensions of the noise", ge=1, le=1024)] = 100
    prior: Annotated[Literal["normal", "uniform"], about("Distribution of the noise; uniform is -1 to 1")] = "normal"
    width: Annotated[int, about("The generator's channels at full size; doubled at every halving", ge=4, le=512)] = 32
    discriminator_width: Annotated[
        int, about("The discriminator's channels after its first layer; doubled at every halving", ge=4, le=512)
    ] = 32
    generator_layers: Annotated[tuple[int, ...], about("Widths of an mlp generator's hidden layers")] = (256, 512)
    discriminator_layers: Annotated[tuple[int, ...], about("Widths of an mlp discriminator's hidden layers")] = (512, 256)
    kernel: Annotated[int, about("Side of the convolutions' kernels; a multiple of the stride 2 covers evenly", ge=2, le=7)] = 4
    generator_norm: Annotated[Literal["none", "batch"], about("Normalisation in the generator")] = "batch"
    discriminator_norm: Annotated[Literal["none", "batch", "layer", "spectral"], about("Normalisation in the discriminator")] = (
        "none"
    )
    leaky_slope: Annotated[float, about("Slope of the discriminator's LeakyReLU below zero; 0 is ReLU", ge=0, lt=1)] = 0.2
    dropout: Annotated[float, about("Share of the discriminator's units left out", ge=0, lt=1)] = 0.0

    loss: Annotated[
        Literal["minimax", "non-saturating", "least-squares", "wasserstein", "hinge"],
        about("Loss of both networks", section="losses"),
    ] = "non-saturating"
    gradient_penalty: Annotated[float, about("Weight of (|gradient| - 1)^2 between real and fake; 0: none", ge=0)] = 0.0
    r1: Annotated[float, about("Weight of |gradient|^2 / 2 at real images; 0: none", ge=0)] = 0.0
    clip: Annotated[float, about("The critic's weights are clipped to this size", gt=0)] | None = None
    discriminator_steps: Annotated[int, about("Updates of the discriminator for one of the generator", ge=1, le=20)] = 1
    real_target: Annotated[float, about("Target for real images; below 1 smooths the labels", gt=0, le=1)] = 1.0

    condition: Annotated[
        Literal["none", "channel", "projection", "auxiliary"],
        about(
            "Use of the label: none, an input plane of the discriminator, projection, or a class it has to predict",
            section="classes and codes",
        ),
    ] = "none"
    codes: Annotated[bool, about("Learn a ten-way code and two continuous ones without labels (InfoGAN)")] = False
    code_weight: Annotated[float, about("Weight of the continuous codes' information", ge=0)] = 0.5
    category_weight: Annotated[float, about("Weight of the ten-way code's information, or of the auxiliary class", ge=0)] = 1.0

    optimizer: Annotated[Literal["adam", "rmsprop"], about("Optimiser of both networks", section="updates and optimiser")] = (
        "adam"
    )
    learning_rate: Annotated[float, about("The generator's learning rate", gt=0, le=1)] = 2e-4
    discriminator_learning_rate: Annotated[float, about("The discriminator's learning rate", gt=0, le=1)] = 2e-4
    beta1: Annotated[float, about("Adam's decay of the mean gradient", ge=0, lt=1)] = 0.5
    schedule: Annotated[Schedule, about("How both learning rates fall")] = "linear"
    decay_start: Annotated[float, about("Share of the training after which the learning rates fall", ge=0, lt=1)] = 0.5
    final_learning_rate: Annotated[float, about("Learning rates at the end, as shares of those at the start", ge=0, le=1)] = 1.0

    def check(self) -> None:
        super().check()
        check_network(self.network, ("mlp", "dcgan"))
        if self.condition != "none" and self.codes:
            raise UsageError("codes finds classes without labels; condition gives labels.", "Set one of them only.")
        if self.condition == "projection" and self.network == "mlp":
            raise UsageError("condition=projection belongs to network=dcgan.", "For an mlp: condition=channel.")
        if self.loss != "wasserstein" and self.clip is not None:
            raise UsageError("clip belongs to loss=wasserstein.", "Leave clip=none, or set loss=wasserstein.")
        if self.real_target != 1 and self.loss in ("wasserstein", "hinge"):
            raise UsageError(f"real_target belongs to losses with a target; loss is {self.loss}.", "Leave real_target=1.")
