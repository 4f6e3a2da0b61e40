"""Settings of captions. Imports no learning library; steps are updates."""

from typing import Annotated, Literal

from lab_datasets.config import ImageDataConfig
from lab_tensorflow.minibatch_config import MinibatchConfig

from lab_core.config import about
from lab_core.errors import UsageError

Encoder = Literal["frozen", "trained", "scratch"]
Style = Literal["show-and-tell", "soft-attention"]


class CaptionConfig(MinibatchConfig, ImageDataConfig, frozen=True, kw_only=True):
    """An image encoder and an LSTM that writes words."""

    data: Annotated[str, about("A data set with captions, or your own folder or file: COCO JSON, CSV, one .txt per image")] = (
        "icon-captions"
    )

    encoder: Annotated[
        Encoder,
        about(
            "EfficientNet-Lite0 as it is, the same trained on (the source's second stage), or a small network from scratch",
            section="encoder",
        ),
    ] = "frozen"
    encoder_size: Annotated[
        int, about("Side of the images that EfficientNet-Lite0 reads; a region is 32 pixels", unit="pixels", ge=32, le=448)
    ] = 160
    encoder_rate: Annotated[float, about("Learning rate of a trained encoder, as a share of learning_rate", gt=0, le=1)] = 0.05
    start_from: Annotated[
        str, about("Folder of a model whose decoder the training starts from (first stage); none: from the beginning")
    ] = ""
    flip: Annotated[
        bool, about("Show half of the training images mirrored left to right, but none whose caption names a side")
    ] = True

    style: Annotated[
        Style, about("The whole image as the first word, or attention over regions at every word", section="decoder")
    ] = "soft-attention"
    attributes: Annotated[
        int,
        about("Most frequent caption words that a multi-label head predicts and that feed the decoder; 0: none", ge=0, le=2000),
    ] = 0
    neighbours: Annotated[
        int,
        about(
            "Most similar training images whose captions vote for the next word when decoding; 0: none. Only with encoder=frozen",
            ge=0,
            le=100,
        ),
    ] = 0
    neighbour_share: Annotated[float, about("Weight of these votes beside the decoder's probabilities", ge=0, le=1)] = 0.8
    units: Annotated[int, about("Width of embeddings and of the LSTM", ge=4, le=2048)] = 256
    dropout: Annotated[float, about("Share of embeddings, image features and outputs that is dropped", ge=0, lt=1)] = 0.5
    coverage_weight: Annotated[
        float, about("Weight of (1 - attention that a region gets in all)^2 (doubly stochastic attention)", ge=0)
    ] = 0.0
    label_smoothing: Annotated[float, about("Share of the target's probability spread over all words", ge=0, lt=1)] = 0.1
    vocabulary_size: Annotated[int, about("Most words of the vocabulary", unit="words", ge=8, le=100_000)] = 4000
    rarest: Annotated[int, about("Words that occur less often are unknown", unit="times", ge=1)] = 1
    longest: Annotated[int, about("Longer captions are cut in training", unit="words", ge=2, le=100)] = 20

    gradient_clip: Annotated[float, about("Largest global norm of the gradient; 0: no clipping", ge=0)] = 1.0
    media_every: Annotated[int, about("Updates between tables of captions; 0: none", unit="updates", ge=0)] = 500
    media_count: Annotated[int, about("Images of such a table", unit="images", ge=1, le=64)] = 8
    validation_every: Annotated[int, about("Updates between validation perplexities; 0: none", unit="updates", ge=0)] = 250

    def check(self) -> None:
        super().check()
        if self.encoder_size % 32:
            below = max(32, self.encoder_size - self.encoder_size % 32)
            raise UsageError(f"encoder_size={self.encoder_size} is no multiple of 32.", f"The nearest: {below} or {below + 32}.")
        if self.encoder == "scratch" and self.size % 16:
            raise UsageError(f"size={self.size} is no multiple of 16, which encoder=scratch needs.")
        if self.coverage_weight and self.style != "soft-attention":
            raise UsageError("coverage_weight belongs to style=soft-attention.")
