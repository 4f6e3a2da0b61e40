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
        Task(
            id="faster-rcnn-digits",
            title="Handwritten digits found in two stages",
            family="vision",
            method="faster-rcnn",
            benchmark="detection/{data}",
            trainer="lab_vision.detection.rcnn.trainer:RcnnTrainer",
            model="lab_vision.detection.rcnn.model:RcnnModel",
            config="lab_vision.detection.config:RcnnConfig",
            settings={"data": "digit-scenes", "size": 96},
            presets={
                "smoke": {**_SMOKE, "hidden": 8, "proposals": 8, "roi_bins": 2},
                "default": {**_DEFAULT, "steps": 2_500, "zoom": 0.15, "shift": 0.1},
            },
            step_unit="updates",
            source="Ren, He, Girshick and Sun 2015, Faster R-CNN (arXiv 1506.01497)",
            tags=_TAGS,
        ),
        Task(
            id="components-digits",
            title="Connected bright regions, named by the most similar digits",
            family="vision",
            method="connected-components",
            benchmark="detection/{data}",
            trainer=None,
            model="lab_vision.detection.baselines:ConnectedDigits",
            config="lab_vision.detection.config:BaselineConfig",
            settings={"data": "digit-scenes"},
            presets={"smoke": {}, "default": {}},
            tags=(*_TAGS, "baseline"),
        ),
    ]
