"""The settings that make the methods, and their presets."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Settings = Mapping[str, Any]


class Gan(NamedTuple):
    """One member of the family."""

    title: str
    source: str
    settings: Settings
    default: Settings
    others: Mapping[str, Settings] = {}
    tags: tuple[str, ...] = ()


SMOKE: Settings = {
    "steps": 6,
    "batch_size": 8,
    "width": 4,
    "critic_width": 4,
    "generator_layers": (16,),
    "critic_layers": (16,),
    "updates_per_slice": 3,
    "grid_every": 3,
    "grid_count": 4,
}

GANS: Mapping[str, Gan] = {
    "dcgan": Gan(
        "DCGAN",
        "Radford, Metz and Chintala 2016, Unsupervised representation learning with deep convolutional GANs, ICLR",
        {"critic_norm": "batch"},
        {"steps": 8_000},
    ),
    "sngan": Gan(
        "Spectrally normalised GAN",
        "Miyato et al. 2018, Spectral normalization for generative adversarial networks, ICLR",
        {"critic_norm": "spectral", "loss": "hinge", "latent": 64, "learning_rate": 1e-3, "critic_learning_rate": 4e-4},
        {"steps": 8_000},
    ),
}
