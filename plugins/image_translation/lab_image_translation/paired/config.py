"""Settings of everything that learns from pairs. Imports no learning library."""

from typing import Annotated, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import Config, about
from lab_core.errors import UsageError

Loss = Literal["l1", "mse", "charbonnier", "cross-entropy"]
Field = Literal["1", "4", "10", "16", "22", "34", "46", "70", "94", "full"]


class PairedConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """What all paired methods share: the generator's size, the losses and their weights, the discriminator."""

    width: Annotated[int, about("Channels of the generator's first layer", unit="channels", ge=2, le=256, section="network")] = 32
    flip: Annotated[bool, about("Show half of the training images mirrored left to right", section="data")] = True

    loss: Annotated[Loss, about("Pixel loss between result and target", section="losses")] = "l1"
    pixel_weight: Annotated[float, about("Weight of the pixel loss", ge=0)] = 1.0
    gan_weight: Annotated[float, about("Weight of the adversarial loss; 0: no discriminator", ge=0)] = 0.0
    perceptual_weight: Annotated[float, about("Weight of the difference of VGG16 features; 0: none", ge=0)] = 0.0
    perceptual_layer: Annotated[str, about("The VGG16 layer of the perceptual loss")] = "conv2_2"

    gan_loss: Annotated[Literal["cross-entropy", "least-squares"], about("Adversarial loss")] = "cross-entropy"
    field: Annotated[Field, about("Receptive field of the patch discriminator", unit="pixels", section="discriminator")] = "34"
    discriminator_width: Annotated[int, about("Channels of its first layer", unit="channels", ge=2, le=256)] = 32
    discriminator_learning_rate: Annotated[float, about("Its step size, as a share of the generator's", gt=0, le=10)] = 1.0
    discriminator_normalisation: Annotated[Literal["batch", "instance", "none"], about("Normalisation in the discriminator")] = (
        "batch"
    )

    def check(self) -> None:
        super().check()
        if self.pixel_weight == self.gan_weight == self.perceptual_weight == 0:
            raise UsageError("pixel_weight, gan_weight and perceptual_weight are all 0: nothing would be learnt.")
        if self.final_learning_rate and self.schedule == "constant":
            raise UsageError("final_learning_rate belongs to schedule=linear or cosine.", "Set schedule as well.")


class PairsConfig(PairedConfig, frozen=True, kw_only=True):
    """pix2pix on stored pairs."""

    data: Annotated[str, about("A set of image pairs (lab data list), or your folder of pairs")] = "icons"
    direction: Annotated[
        Literal["AtoB", "BtoA"], about("Which side is the input: the first (AtoB) or the second", section="data")
    ] = "AtoB"
    depth: Annotated[int, about("Halvings of the U-Net; 0: down to one pixel at this size", ge=0, le=10, section="network")] = 0
    normalisation: Annotated[Literal["batch", "instance", "none"], about("Normalisation in the generator")] = "batch"
    dropout: Annotated[float, about("Dropout in the generator, kept when it is applied", ge=0, lt=1)] = 0.5
    skips: Annotated[bool, about("Skip connections; without: an encoder and decoder")] = True
    jitter: Annotated[
        int, about("Images are enlarged by this and cropped at random", unit="pixels", ge=0, le=128, section="data")
    ] = 0

    def check(self) -> None:
        super().check()
        depth = self.depth or self.size.bit_length() - 1
        if self.size % 2**depth:
            below = self.size - self.size % 2**depth
            allowed = f"{below} or {below + 2**depth}" if below else str(2**depth)
            hint = f"Nearest: {allowed}; or set a smaller depth." if self.depth else f"Nearest: {1 << depth}; or set depth."
            raise UsageError(f"size={self.size} can't be halved {depth} times.", hint)


class DetailConfig(PairedConfig, frozen=True, kw_only=True):
    """Super-resolution: images are shrunk, and their detail is learnt."""

    data: Annotated[str, about("A set of images (lab data list), or your folder of images")] = "photos"
    size: Annotated[int, about("Side of the training patches at full size", unit="pixels", ge=24, le=256)] = 72
    scale: Annotated[int, about("Enlargement", ge=2, le=4, section="network")] = 3
    network: Annotated[
        Literal["residual", "espcn", "unet"],
        about("Residual blocks, three convolutions, or pix2pix's U-Net on the enlarged image"),
    ] = "residual"
    channels: Annotated[Literal["luma", "colour"], about("Detail of the brightness alone, or of every colour channel")] = "luma"
    blocks: Annotated[int, about("Residual blocks", ge=1, le=32)] = 4
    ensemble: Annotated[bool, about("Apply to the eight orientations of an image and average them (Lim et al. 2017, EDSR+)")] = (
        False
    )

    def check(self) -> None:
        super().check()
        if self.size % self.scale:
            below = self.size - self.size % self.scale
            raise UsageError(
                f"size={self.size} is no multiple of scale={self.scale}.", f"Nearest: {below} or {below + self.scale}."
            )
        if self.network == "unet" and self.size % 8:
            raise UsageError("network=unet needs a size that is a multiple of 8.", "Set size=96.")
        if (self.perceptual_weight or self.gan_weight) and self.channels == "luma" and self.network != "unet":
            raise UsageError("Perceptual and adversarial losses need channels=colour.", "Add: --set channels=colour")


class NoiseConfig(PairedConfig, frozen=True, kw_only=True):
    """Denoising: Gaussian noise is added, and removing it is learnt."""

    data: Annotated[str, about("A set of images (lab data list), or your folder of images")] = "photos"
    noise: Annotated[int, about("Standard deviation of the noise, of 255", unit="grey levels", ge=1, le=255, section="data")] = 25
    network: Annotated[Literal["residual", "cae"], about("Residual blocks, or the book's autoencoder", section="network")] = (
        "residual"
    )
    blocks: Annotated[int, about("Residual blocks", ge=1, le=32)] = 4


class HoleConfig(PairedConfig, frozen=True, kw_only=True):
    """Inpainting: a square is blanked, and filling it is learnt."""

    data: Annotated[str, about("A set of images (lab data list), or your folder of images")] = "photos"
    size: Annotated[int, about("Height and width of the training images", unit="pixels", ge=32, le=256)] = 96
    hole: Annotated[
        float,
        about(
            "Side of the blank square, as a share of the shorter side; training takes half to twice this",
            gt=0,
            le=0.6,
            section="data",
        ),
    ] = 0.3
    hole_weight: Annotated[float, about("Weight of pixels inside the hole, those outside have 1", gt=0, section="losses")] = 6.0


class ColourConfig(PairedConfig, frozen=True, kw_only=True):
    """Colourisation: the lightness L of CIE LAB goes in, the colours a and b come out."""

    data: Annotated[str, about("A set of images (lab data list), or your folder of images")] = "photos"
    size: Annotated[int, about("Height and width of the training images", unit="pixels", ge=32, le=256)] = 96
    network: Annotated[
        Literal["colouriser", "unet", "local"],
        about(
            "The book's network of stride-2 convolutions, pix2pix's U-Net, or the lightness around a pixel alone",
            section="network",
        ),
    ] = "colouriser"
    tones: Annotated[
        bool, about("Start from the median colour of each lightness; the colouriser adds to it", section="network")
    ] = False
    saturation: Annotated[float, about("Factor on the colours when the model is applied: below 1 it is cautious", ge=0, le=2)] = (
        1.0
    )
    vividness: Annotated[
        float,
        about("Pixels weigh more by this times their chroma (of 110): against brown averages", ge=0, le=20, section="losses"),
    ] = 0.0

    def check(self) -> None:
        super().check()
        if self.tones and self.network != "colouriser":
            raise UsageError(f"tones belongs to network=colouriser, not to {self.network}.", "Leave tones out.")


class MaskConfig(PairedConfig, frozen=True, kw_only=True):
    """Segmentation: icons are pasted on photographs, and their exact masks are learnt."""

    data: Annotated[str, about("The set whose objects are found; icons")] = "icons"
    loss: Annotated[Loss, about("Pixel loss between result and target")] = "cross-entropy"
    width: Annotated[int, about("Channels of the first layer", unit="channels", ge=2, le=256)] = 16


class ApplyOptions(Config, frozen=True, kw_only=True):
    """What can be asked for when a paired model is applied."""

    tile: Annotated[int, about("Images with a longer side are cut into overlapping tiles", unit="pixels", ge=64, le=4096)] = 512


class PairsOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of pix2pix."""

    seed: Annotated[int, about("Seed of the dropout, which is kept when the model is applied", ge=0)] = 0
    dropout: Annotated[bool, about("Keep the dropout; without, the result is the same for every seed")] = True


class DetailOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of super-resolution."""

    ensemble: Annotated[
        Literal["as trained", "yes", "no"], about("Average the results of the eight orientations: better, eight times the work")
    ] = "as trained"


class ColourOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of colourisation."""

    saturation: Annotated[float, about("Further factor on the colours: 0 is grey, above 1 is vivid", ge=0, le=4)] = 1.0


class HoleOptions(ApplyOptions, frozen=True, kw_only=True):
    """What can be asked of inpainting."""

    hole: Annotated[
        Literal["white", "centre"],
        about("What is filled: purely white pixels of the image, or a central square (30 % of the shorter side)"),
    ] = "white"
