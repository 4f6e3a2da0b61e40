"""Options of the autoencoders."""

from typing import Annotated, ClassVar, Literal

from lab_core.config import about
from lab_core.errors import UsageError
from lab_gan.config import SingleLossConfig


class AutoencoderConfig(SingleLossConfig, frozen=True, kw_only=True):
    """An encoder to a few numbers, a decoder back."""

    selection_count: Annotated[int, about("Images of one evaluation that selects the best model", unit="images", ge=1)] = 1000

    network: Annotated[Literal["mlp", "conv"], about("Dense layers, or convolutions", section="network")] = "conv"
    latent: Annotated[int, about("Numbers between encoder and decoder", ge=1, le=1024)] = 16
    layers: Annotated[tuple[int, ...], about("Widths of an mlp encoder's hidden layers; the decoder has them in reverse")] = ()
    width: Annotated[int, about("Channels of the first convolution; doubled at every halving", ge=4, le=512)] = 32
    kernel: Annotated[int, about("Side of the convolutions' kernels", ge=2, le=7)] = 4
    norm: Annotated[Literal["none", "batch"], about("Normalisation between the layers")] = "batch"
    output: Annotated[
        Literal["sigmoid", "linear"],
        about("Last activation; linear, without hidden layers, learns PCA"),
    ] = "sigmoid"


class VaeConfig(AutoencoderConfig, frozen=True, kw_only=True):
    """An encoder to a distribution, a decoder from a sample of it."""

    prior: ClassVar[str] = "normal"  # of the latents, as in GanConfig

    selection_count: Annotated[int, about("Sample sets of one evaluation that selects the best model", ge=1)] = 1

    likelihood: Annotated[
        Literal["bernoulli", "gaussian"],
        about("Distribution of a pixel, whose mean the decoder gives", section="losses"),
    ] = "gaussian"
    deviation: (
        Annotated[float, about("A gaussian pixel's deviation on the scale 0..1; none: the best one for each minibatch", gt=0)]
        | None
    ) = None
    beta: Annotated[float, about("Weight of the divergence from the prior; 1 is the bound itself", ge=0)] = 1.0

    def check(self) -> None:
        super().check()
        if self.likelihood == "bernoulli" and self.output != "sigmoid":
            raise UsageError(
                "likelihood=bernoulli needs probabilities.",
                "Set output=sigmoid, or likelihood=gaussian.",
            )
        if self.likelihood == "bernoulli" and self.deviation is not None:
            raise UsageError("deviation belongs to likelihood=gaussian.", "Leave deviation=none.")
