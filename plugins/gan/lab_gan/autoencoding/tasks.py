"""The autoencoders' tasks."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

SMOKE: Mapping[str, Any] = {
    "steps": 6,
    "batch_size": 8,
    "width": 4,
    "updates_per_slice": 3,
    "media_every": 3,
    "media_count": 4,
}


def tasks(data: Mapping[str, tuple[str, str]]) -> list[Task]:
    """Both autoencoders on each set of ``data``: short name -> id and title."""
    return [make(short, *names) for short, names in data.items() for make in (_autoencoder, _vae)]


def _autoencoder(short: str, data: str, title: str) -> Task:
    return Task(
        id=f"autoencoder-{short}",
        title=f"Autoencoder on {title}",
        family="generative",
        method="autoencoder",
        benchmark="reconstruction/{data}",
        trainer="lab_gan.autoencoding.trainer:AutoencoderTrainer",
        model="lab_gan.autoencoding.model:AutoencoderModel",
        config="lab_gan.autoencoding.config:AutoencoderConfig",
        settings={"data": data},
        presets={
            "smoke": SMOKE,
            "default": {"steps": 5_000, "batch_size": 128},
            "book": {"network": "mlp", "norm": "none", "steps": 13_000, "batch_size": 128, "average_decay": 0.0},
        },
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        max_devices=8,
        source="Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks, Science 313",
        tags=("images", "reconstruction"),
    )


def _vae(short: str, data: str, title: str) -> Task:
    return Task(
        id=f"vae-{short}",
        title=f"Variational autoencoder on {title}",
        family="generative",
        method="vae",
        benchmark="images/{data}",
        trainer="lab_gan.autoencoding.trainer:VaeTrainer",
        model="lab_gan.autoencoding.model:VaeModel",
        config="lab_gan.autoencoding.config:VaeConfig",
        settings={"data": data},
        presets={
            "smoke": SMOKE,
            "default": {"steps": 5_000, "batch_size": 128, "likelihood": "bernoulli"},
            "sharp": {"steps": 5_000, "batch_size": 128},
        },
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        max_devices=8,
        source="Kingma and Welling 2014, Auto-encoding variational Bayes, ICLR",
        tags=("images",),
    )
