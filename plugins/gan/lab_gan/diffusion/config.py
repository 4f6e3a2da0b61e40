"""Options of the diffusion model."""

from typing import Annotated, ClassVar, Literal

from lab_core.config import about
from lab_core.errors import UsageError
from lab_gan.config import DescentConfig


class DiffusionConfig(DescentConfig, frozen=True, kw_only=True):
    """A network that tells noise from image, and how images are drawn with it."""

    prior: ClassVar[str] = "normal"  # of the points, as in GanConfig

    # what is learnt
    schedule: Annotated[
        Literal["cosine", "linear"], about("How the noise grows: Nichol and Dhariwal's cosine, or Ho's linear betas")
    ] = "cosine"
    predict: Annotated[Literal["v", "epsilon"], about("What the network names: the noise, or the velocity between both")] = "v"
    condition: Annotated[bool, about("The network is told the image's class")] = False
    label_dropout: Annotated[float, about("Share of the images whose class is kept back, which guidance needs", ge=0, lt=1)] = 0.1

    # the network
    width: Annotated[int, about("Channels at half size; doubled at every further halving", ge=8, le=512)] = 64
    blocks: Annotated[int, about("Residual blocks of each size, on the way down and on the way up", ge=1, le=8)] = 1
    norm: Annotated[Literal["none", "batch"], about("Normalisation in the residual blocks")] = "batch"

    # how images are drawn, unless asked otherwise
    sampling_steps: Annotated[int, about("Passes through the network for an image", ge=1, le=1000)] = 20
    order: Annotated[Literal[1, 2], about("1: DDIM; 2: with the change of the last step, DPM-Solver++(2M)")] = 2
    guidance: Annotated[float, about("Weight of the class in drawing; 1: as learnt, more: plainer examples", ge=0, le=20)] = 1.0

    def check(self) -> None:
        super().check()
        if self.guidance != 1 and not (self.condition and self.label_dropout):
            raise UsageError(
                f"guidance={self.guidance:g} weighs the class against none.", "Set condition=true and label_dropout=0.1."
            )
