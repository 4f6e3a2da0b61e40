"""A config's captioner."""

from typing import Any

from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.captions.features import CHANNELS
from lab_seq2seq.captions.network import CaptionNetwork, small_encoder

SCRATCH = 128  # channels of the encoder from scratch


def build(
    config: CaptionConfig,
    vocabulary: int,
    attributes: int,
    *,
    known: tuple[int, int] | None = None,
    seed: int = 0,
    pretrained: bool = False,
) -> CaptionNetwork:
    """The network for a vocabulary. ``known``: training images and most words of a caption, for neighbours.

    ``pretrained`` reads EfficientNet-Lite0's weights where the encoder is trained on.
    """
    encoder: Any = None
    if config.encoder == "scratch":
        encoder = small_encoder(config.size, SCRATCH)
    elif config.encoder == "trained":
        from lab_tensorflow.pretrained.efficientnet_lite0 import build as efficientnet

        encoder = efficientnet(config.encoder_size, classes=None, pretrained=pretrained)
    return CaptionNetwork(
        vocabulary,
        channels=SCRATCH if config.encoder == "scratch" else CHANNELS,
        units=config.units,
        soft=config.style == "soft-attention",
        attributes=attributes,
        dropout=config.dropout,
        encoder=encoder,
        known=known,
        neighbours=min(config.neighbours, known[0]) if known else 0,
        neighbour_share=config.neighbour_share,
        seed=seed,
    )
