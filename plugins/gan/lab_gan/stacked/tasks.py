"""StackedGAN's tasks."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

SMOKE: Mapping[str, Any] = {
    "steps": 6,
    "encoder_steps": 2,
    "separate_steps": 2,
    "batch_size": 8,
    "features": 8,
    "encoder_width": 4,
    "feature_layers": (8, 8),
    "feature_discriminator_layers": (8,),
    "width": 4,
    "discriminator_width": 4,
    "updates_per_slice": 3,
    "media_every": 3,
    "media_count": 4,
}
# Less noise than in the source and more weight on the class: otherwise recovering the noise dominates the image
DEFAULT: Mapping[str, Any] = {
    "steps": 7_000,
    "encoder_steps": 600,
    "separate_steps": 1_000,
    "latent": 32,
    "conditional_weight": 4.0,
    "encoder_width": 32,
    "discriminator_norm": "spectral",
    "learning_rate": 1e-3,
    "discriminator_learning_rate": 4e-4,
}
# Atienza 2018, chapter 6.2: ten epochs of the encoder, then both levels at once
BOOK: Mapping[str, Any] = {
    "steps": 48_600,
    "encoder_steps": 8_600,
    "separate_steps": 0,
    "kernel": 5,
    "optimizer": "rmsprop",
    "learning_rate": 1e-4,
    "discriminator_learning_rate": 2e-4,
    "average_decay": 0.0,
}


def tasks(data: Mapping[str, tuple[str, str]]) -> list[Task]:
    """One on each set of ``data``: short name -> id and title."""
    return [_stacked(short, *names) for short, names in data.items()]


def _stacked(short: str, data: str, title: str) -> Task:
    return Task(
        id=f"stackedgan-{short}",
        title=f"StackedGAN on {title}",
        family="generative",
        method="stackedgan",
        benchmark="images/{data}",
        trainer="lab_gan.stacked.trainer:StackedTrainer",
        model="lab_gan.stacked.model:StackedModel",
        config="lab_gan.stacked.config:StackedConfig",
        settings={"data": data},
        presets={
            "smoke": SMOKE,
            "default": DEFAULT,
            "book": BOOK,
        },
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        source="Huang et al. 2017, Stacked generative adversarial networks, CVPR",
        tags=("images", "conditional"),
    )
