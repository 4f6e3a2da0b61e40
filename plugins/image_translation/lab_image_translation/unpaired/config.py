"""Settings of unpaired methods. Imports no learning library."""

from typing import Annotated, Any, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import about
from lab_core.errors import UsageError
from lab_image_translation.paired.config import ApplyOptions, Field


class UnpairedConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """What CycleGAN, CUT and StarGAN share."""

    data: Annotated[str, about("Two sets (lab data list), or your folder with trainA and trainB")] = "emoji"
    direction: Annotated[
        Literal["AtoB", "BtoA"], about("What the model is scored on, and what it does unless asked", section="data")
    ] = "AtoB"
    width: Annotated[int, about("Channels of the generator's first layer", unit="channels", ge=2, le=128, section="network")] = 24
    blocks: Annotated[int, about("Residual blocks of the generator", ge=1, le=16)] = 4
    upsampling: Annotated[
        Literal["transposed", "resize"], about("How the generator enlarges: as published, or by repetition, which leaves no grid")
    ] = "transposed"
    skip: Annotated[bool, about("Add the input to the generator's output: it starts as the identity")] = False
    field: Annotated[Field, about("Receptive field of the patch discriminators", unit="pixels", section="discriminator")] = "34"
    discriminator_width: Annotated[int, about("Channels of their first layer", unit="channels", ge=2, le=128)] = 32
    discriminator_learning_rate: Annotated[float, about("Their step size, as a share of the generators'", gt=0, le=10)] = 1.0
    pool: Annotated[int, about("Generated images kept for the discriminators", unit="images", ge=0, le=500)] = 50
    flip: Annotated[bool, about("Show half of the training images mirrored left to right", section="data")] = True
    real_target: Annotated[float, about("Target of real images; below 1 smooths the labels", gt=0, le=1, section="losses")] = 1.0
    identity_weight: Annotated[float, about("Weight of G(y) = y, as a share of the cycle's or the contrastive loss's", ge=0)] = (
        0.5
    )

    @property
    def generator_options(self) -> dict[str, Any]:
        """What the generator's shape depends on."""
        return {"width": self.width, "blocks": self.blocks, "resize": self.upsampling == "resize", "skip": self.skip}

    def check(self) -> None:
        super().check()
        if self.size % 4:
            below = self.size - self.size % 4
            raise UsageError(f"size={self.size}: a multiple of 4 is expected.", f"Nearest: {below} or {below + 4}.")
        if self.final_learning_rate and self.schedule == "constant":
            raise UsageError("final_learning_rate belongs to schedule=linear or cosine.", "Set schedule as well.")


class CycleConfig(UnpairedConfig, frozen=True, kw_only=True):
    """CycleGAN."""

    cycle_weight: Annotated[float, about("Weight of F(G(x)) = x and G(F(y)) = y", ge=0, section="losses")] = 10.0


class CutConfig(UnpairedConfig, frozen=True, kw_only=True):
    """CUT."""

    nce_weight: Annotated[float, about("Weight of the contrastive loss", ge=0, section="losses")] = 1.0
    nce_patches: Annotated[int, about("Places of an image that are contrasted", ge=2, le=1024)] = 64
    nce_temperature: Annotated[float, about("Temperature of the contrastive loss", gt=0)] = 0.07
    nce_dimensions: Annotated[int, about("Dimensions of a place's description", ge=2, le=1024)] = 128


class StarConfig(UnpairedConfig, frozen=True, kw_only=True):
    """StarGAN."""

    class_weight: Annotated[float, about("Weight of the domain's classification", ge=0, section="losses")] = 1.0
    cycle_weight: Annotated[float, about("Weight of the reconstruction", ge=0)] = 10.0


class DirectionOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of a model that translates both ways."""

    direction: Annotated[
        Literal["as trained", "AtoB", "BtoA"], about("Which way; as trained: the direction that the model is scored on")
    ] = "as trained"
    reconstruct: Annotated[bool, about("Give the image after both translations, there and back")] = False


class DomainOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of StarGAN."""

    domain: Annotated[int, about("Number of the domain to translate to; without: 1, or 0 for direction=BtoA", ge=0)] | None = None
