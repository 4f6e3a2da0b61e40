"""Every option of a StackedGAN."""

from typing import Annotated, Literal

from lab_core.config import about
from lab_core.errors import UsageError
from lab_gan.config import ImageConfig


class StackedConfig(ImageConfig, frozen=True, kw_only=True):
    """Three phases by number of updates: the encoder; each level of generator and discriminator alone; all levels jointly.

    ``warmup`` and ``schedule`` are those of generators and discriminators.
    """

    encoder_steps: Annotated[
        int, about("Updates in which the encoder learns the classes", unit="updates", ge=1, section="length and selection")
    ] = 1_000
    separate_steps: Annotated[
        int, about("Updates in which the image generator gets the features of real images", unit="updates", ge=0)
    ] = 2_000

    latent: Annotated[
        int, about("Dimensions of the noise: one half for the features, one for the image", ge=2, le=1024, section="network")
    ] = 100
    features: Annotated[int, about("Numbers between encoder and classes, and between the two generators", ge=2, le=2048)] = 256
    encoder_width: Annotated[int, about("Channels of the encoder's two convolutions", ge=4, le=512)] = 64
    feature_layers: Annotated[tuple[int, ...], about("Widths of the feature generator's hidden layers")] = (512, 512)
    feature_discriminator_layers: Annotated[tuple[int, ...], about("Widths of its discriminator's hidden layers")] = (
        256,
        256,
    )
    width: Annotated[int, about("The image generator's channels at full size; doubled at every halving", ge=4, le=512)] = 32
    discriminator_width: Annotated[
        int, about("The image discriminator's channels after its first layer; doubled at every halving", ge=4, le=512)
    ] = 32
    kernel: Annotated[int, about("Side of the convolutions' kernels; a multiple of the stride 2 covers evenly", ge=2, le=7)] = 4
    generator_norm: Annotated[Literal["none", "batch"], about("Normalisation in both generators")] = "batch"
    discriminator_norm: Annotated[Literal["none", "batch", "layer", "spectral"], about("Normalisation in its discriminator")] = (
        "none"
    )
    leaky_slope: Annotated[float, about("Slope of the discriminators' LeakyReLU below zero; 0 is ReLU", ge=0, lt=1)] = 0.2
    dropout: Annotated[float, about("Share of the image discriminator's units left out", ge=0, lt=1)] = 0.0

    loss: Annotated[
        Literal["minimax", "non-saturating", "least-squares", "hinge"],
        about("Loss of generators and discriminators", section="losses"),
    ] = "non-saturating"
    adversarial_weight: Annotated[float, about("Weight of the adversarial loss", ge=0)] = 1.0
    conditional_weight: Annotated[float, about("Weight of the encoder's recovery of the generator's input", ge=0)] = 1.0
    entropy_weight: Annotated[float, about("Weight of the discriminator's recovery of the noise", ge=0)] = 10.0

    optimizer: Annotated[
        Literal["adam", "rmsprop"], about("The optimiser of generators and discriminators", section="updates and optimiser")
    ] = "adam"
    encoder_learning_rate: Annotated[float, about("The encoder's learning rate, with Adam", gt=0, le=1)] = 1e-3
    learning_rate: Annotated[float, about("The generators' learning rate", gt=0, le=1)] = 2e-4
    discriminator_learning_rate: Annotated[float, about("The discriminators' learning rate", gt=0, le=1)] = 2e-4
    beta1: Annotated[float, about("Adam's decay of the mean gradient", ge=0, lt=1)] = 0.5

    def check(self) -> None:
        super().check()
        before = self.encoder_steps + self.separate_steps
        if before >= self.steps:
            raise UsageError(
                f"encoder_steps + separate_steps = {before:,} leave no update of steps={self.steps:,} for the joint phase.",
                "Make them smaller, or steps larger.",
            )
        if self.latent % 2:
            raise UsageError(f"latent={self.latent}: an even number is expected, half for each generator.")

    # read by the networks and models of the whole package

    @property
    def prior(self) -> str:
        return "normal"

    @property
    def network(self) -> str:
        return "dcgan"

    @property
    def condition(self) -> str:
        return "stacked"
