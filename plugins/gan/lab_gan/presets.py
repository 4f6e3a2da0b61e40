"""The settings that make the methods, and their presets.

default   a good result on two cores in six minutes
book      the source's settings (docs/gan.md lists where its network differs from ours)
paper     the published ones, where they are of such images
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Settings = Mapping[str, Any]


class Gan(NamedTuple):
    """One member of the family: ``settings`` make the method, ``default`` and ``others`` are its presets."""

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
    "discriminator_width": 4,
    "generator_layers": (16,),
    "discriminator_layers": (16,),
    "updates_per_slice": 3,
    "media_every": 3,
    "media_count": 4,
}

# Atienza 2018, chapters 4 to 6: one network for all, 40,000 steps, no average of the weights.
_BOOK: Settings = {
    "steps": 40_000,
    "batch_size": 64,
    "prior": "uniform",
    "kernel": 5,
    "discriminator_norm": "none",
    "optimizer": "rmsprop",
    "learning_rate": 1e-4,
    "discriminator_learning_rate": 2e-4,
    "average_decay": 0.0,
}

# He 2018, chapter 8, whose program is the paper's at 64 channels; 25 epochs of batches of 64.
_CHAPTER_8: Settings = {
    "batch_size": 64,
    "prior": "uniform",
    "kernel": 5,
    "width": 64,
    "discriminator_width": 64,
    "average_decay": 0.0,
}

# The lab's own choice. Two step sizes (Heusel et al. 2017); the non-saturating loss was ahead of the hinge at equal time.
_SPECTRAL: Settings = {"discriminator_norm": "spectral", "latent": 64}
_SPECTRAL_DEFAULT: Settings = {
    "steps": 12_000,
    "loss": "non-saturating",
    "learning_rate": 1e-3,
    "discriminator_learning_rate": 4e-4,
    "final_learning_rate": 0.1,
}

GANS: Mapping[str, Gan] = {
    "gan": Gan(
        "GAN of dense layers",
        "Goodfellow et al. 2014, Generative adversarial nets, NeurIPS",
        {"network": "mlp"},
        {"steps": 30_000, "updates_per_slice": 100},
        {"book": {"steps": 30_000, "updates_per_slice": 100, "average_decay": 0.0}},
    ),
    "cgan": Gan(
        "Conditional GAN",
        "Mirza and Osindero 2014, Conditional generative adversarial nets",
        {"condition": "channel"},
        {"steps": 12_000, "discriminator_norm": "batch"},
        {"book": _BOOK},
        ("conditional",),
    ),
    "dcgan": Gan(
        "DCGAN",
        "Radford, Metz and Chintala 2016, Unsupervised representation learning with deep convolutional GANs, ICLR",
        {"discriminator_norm": "batch"},
        {"steps": 8_000},
        {
            "book": _CHAPTER_8 | {"steps": 27_300},
            "book-own": _CHAPTER_8 | {"steps": 30_000, "size": 48, "crop": "centre"},
            "paper": _CHAPTER_8 | {"steps": 30_000, "batch_size": 128},
        },
    ),
    "lsgan": Gan(
        "Least-squares GAN",
        "Mao et al. 2017, Least squares generative adversarial networks, ICCV",
        {"loss": "least-squares"},
        {"steps": 8_000},
        {"book": _BOOK},
    ),
    "wgan": Gan(
        "Wasserstein GAN with clipped weights",
        "Arjovsky, Chintala and Bottou 2017, Wasserstein generative adversarial networks, ICML",
        {"loss": "wasserstein", "clip": 0.01, "discriminator_steps": 5, "optimizer": "rmsprop"},
        {
            "steps": 4_000,
            "selection_every": 500,
            "discriminator_steps": 3,
            "discriminator_norm": "batch",
            "learning_rate": 5e-4,
            "discriminator_learning_rate": 5e-4,
            "final_learning_rate": 0.1,
        },
        {"book": _BOOK | {"learning_rate": 5e-5, "discriminator_learning_rate": 5e-5}},
    ),
    "wgan-gp": Gan(
        "Wasserstein GAN with a gradient penalty",
        "Gulrajani et al. 2017, Improved training of Wasserstein GANs, NeurIPS",
        {"loss": "wasserstein", "gradient_penalty": 10.0, "beta1": 0.0, "beta2": 0.9},
        {
            "steps": 3_500,
            "selection_every": 500,
            "discriminator_steps": 2,
            "learning_rate": 1e-3,
            "discriminator_learning_rate": 1e-3,
            "final_learning_rate": 0.1,
        },
        {"paper": {"steps": 200_000, "discriminator_steps": 5, "learning_rate": 1e-4, "discriminator_learning_rate": 1e-4}},
    ),
    "acgan": Gan(
        "Auxiliary classifier GAN",
        "Odena, Olah and Shlens 2017, Conditional image synthesis with auxiliary classifier GANs, ICML",
        {"condition": "auxiliary"},
        {"steps": 8_000},
        {"book": _BOOK},
        ("conditional",),
    ),
    "infogan": Gan(
        "InfoGAN",
        "Chen et al. 2016, InfoGAN: interpretable representation learning by information maximizing GANs, NeurIPS",
        {"codes": True, "latent": 62, "category_weight": 1.0, "code_weight": 0.5},
        {"steps": 10_000, "discriminator_norm": "batch", "prior": "uniform", "learning_rate": 1e-3},
        {"book": _BOOK},
        ("codes",),
    ),
    "sngan": Gan(
        "Spectrally normalised GAN",
        "Miyato et al. 2018, Spectral normalization for generative adversarial networks, ICLR",
        _SPECTRAL,
        _SPECTRAL_DEFAULT,
        {"long": _SPECTRAL_DEFAULT | {"steps": 40_000}, "hinge": _SPECTRAL_DEFAULT | {"loss": "hinge"}},
        ("house",),
    ),
    "sngan-projection": Gan(
        "Class-conditional spectrally normalised GAN with a projection discriminator",
        "Miyato and Koyama 2018, cGANs with projection discriminator, ICLR",
        {**_SPECTRAL, "condition": "projection"},
        _SPECTRAL_DEFAULT,
        {"long": _SPECTRAL_DEFAULT | {"steps": 40_000}, "hinge": _SPECTRAL_DEFAULT | {"loss": "hinge"}},
        ("house", "conditional"),
    ),
}
