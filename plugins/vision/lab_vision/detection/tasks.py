"""The tasks of detection."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

_TAGS = ("images", "boxes")
_CENTRE = {
    "trainer": "lab_vision.detection.centre.trainer:CentreTrainer",
    "model": "lab_vision.detection.centre.model:CentreModel",
    "config": "lab_vision.detection.config:CentreConfig",
    "method": "centernet",
    "source": "Zhou, Wang and Kraehenbuehl 2019, Objects as points (arXiv 1904.07850)",
}
_SMOKE: Mapping[str, Any] = {
    "steps": 4,
    "batch_size": 4,
    "width": 2,
    "updates_per_slice": 2,
    "limit": 40,
    "media_every": 4,
    "media_count": 2,
}
_DEFAULT: Mapping[str, Any] = {
    "batch_size": 16,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warmup": 100,
    "average_decay": 0.998,
    "gradient_clip": 10.0,
    "updates_per_slice": 50,
    "media_every": 1_000,
    "media_count": 9,
}


def tasks() -> list[Task]:
    """Every task of this group."""
    return [
        Task(
            id="detect-digits",
            title="Handwritten digits found on a canvas",
            family="vision",
            benchmark="detection/{data}",
            settings={"data": "digit-scenes", "size": 96},
            presets={"smoke": _SMOKE, "default": {**_DEFAULT, "steps": 3_000, "zoom": 0.15, "shift": 0.1}},
            step_unit="updates",
            tags=_TAGS,
            **_CENTRE,
        ),
        Task(
            id="detect",
            title="Objects of your own classes found on images (COCO, VOC or CSV boxes)",
            family="vision",
            benchmark="detection/{data}",
            presets={
                "smoke": _SMOKE,
                "default": {
                    **_DEFAULT,
                    "steps": 4_000,
                    "size": 256,
                    "flip": True,
                    "zoom": 0.25,
                    "shift": 0.15,
                    "brightness": 0.2,
                },
            },
            step_unit="updates",
            tags=_TAGS,
            **_CENTRE,
        ),
    ]
