"""Options of the diffusion model."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from lab_core.config import about
from lab_core.errors import UsageError
from lab_gan.config import SingleLossConfig


class DiffusionConfig(SingleLossConfig, frozen=True, kw_only=True):
    """A denoising network, and how images are sampled with it."""

    prior: ClassVar[str] = "normal"  # of the latents, as in GanConfig

    noise_schedule: Annotated[
        Literal["cosine", "linear"],
        about("How the noise grows: Nichol and Dhariwal's cosine, or Ho's linear betas", section="noise and classes"),
    ] = "cosine"
    predict: Annotated[Literal["v", "epsilon"], about("What the network predicts: the noise, or the velocity")] = "v"
    condition: Annotated[bool, about("The image's class is an input of the network")] = False
    label_dropout: Annotated[float, about("Share of the images without their class, for guidance", ge=0, lt=1)] = 0.1

    width: Annotated[int, about("Channels at half size; doubled at every further halving", ge=8, le=512, section="network")] = 64
    blocks: Annotated[int, about("Residual blocks of each size, on the way down and on the way up", ge=1, le=8)] = 1
    norm: Annotated[Literal["none", "batch"], about("Normalisation in the residual blocks")] = "batch"

    sampling_steps: Annotated[
        int, about("Passes through the network for an image", ge=1, le=1000, section="sampling, unless its options say otherwise")
    ] = 20
    order: Annotated[Literal[1, 2], about("1: DDIM; 2: with the change of the last step, DPM-Solver++(2M)")] = 2
    guidance: Annotated[float, about("Weight of the class in sampling; above 1: more typical images", ge=0, le=20)] = 1.0

    def check(self) -> None:
        super().check()
        if self.guidance != 1 and not (self.condition and self.label_dropout):
            raise UsageError(
                f"guidance={self.guidance:g} weighs the class against none.", "Set condition=true and label_dropout=0.1."
            )

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if "grid_every" in values and "schedule" in values:  # an earlier version's name of noise_schedule
            values = {"noise_schedule" if name == "schedule" else name: value for name, value in values.items()}
        return super().upgraded(values)
