"""The diffusion model's tasks."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

SMOKE: Mapping[str, Any] = {
    "steps": 6,
    "batch_size": 8,
    "width": 8,
    "sampling_steps": 2,
    "updates_per_slice": 3,
    "media_every": 3,
    "media_count": 4,
}


def tasks(data: Mapping[str, tuple[str, str]]) -> list[Task]:
    """The diffusion model on each set of ``data``: short name -> id and title."""
    return [_ddpm(short, *names) for short, names in data.items()]


def _ddpm(short: str, data: str, title: str) -> Task:
    return Task(
        id=f"ddpm-{short}",
        title=f"Diffusion model on {title}",
        family="generative",
        method="ddpm",
        benchmark="images/{data}",
        trainer="lab_gan.diffusion.trainer:DiffusionTrainer",
        model="lab_gan.diffusion.model:DiffusionModel",
        config="lab_gan.diffusion.config:DiffusionConfig",
        settings={"data": data},
        presets={"smoke": SMOKE, "default": {"steps": 6_000}},
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        max_devices=8,
        source="Ho, Jain and Abbeel 2020, Denoising diffusion probabilistic models, NeurIPS",
        tags=("images",),
    )
