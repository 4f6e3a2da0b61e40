"""The tasks of style transfer."""

from lab_core.task import Task
from lab_image_translation.baseline_tasks import baseline

_TAGS = ("images", "style")
_BENCHMARK = "style/{data}-{style}"
_CONFIG = "lab_image_translation.style.config:StyleConfig"


def tasks() -> list[Task]:
    """Every task of this group."""
    return [
        Task(
            id="style-transfer",
            title="A photograph painted in the style of other pictures",
            family="image translation",
            method="gatys",
            benchmark=_BENCHMARK,
            trainer=None,
            model="lab_image_translation.style.gatys:StyleTransfer",
            config=_CONFIG,
            presets={"smoke": {}, "default": {}},
            source="Gatys, Ecker and Bethge 2016, Image style transfer using convolutional neural networks, CVPR",
            tags=_TAGS,
        ),
        Task(
            id="multi-style",
            title="26 styles in one network that ships trained",
            family="image translation",
            method="conditional-instance-norm",
            trainer=None,
            model="lab_image_translation.style.multistyle:MultiStyle",
            config="lab_image_translation.style.config:MultiStyleConfig",
            presets={"smoke": {}, "default": {}},
            source="Dumoulin et al. 2017, A learned representation for artistic style, ICLR",
            tags=_TAGS,
        ),
        Task(
            id="fast-style",
            title="A network that paints photographs in one style",
            family="image translation",
            method="fast-style",
            benchmark=_BENCHMARK,
            trainer="lab_image_translation.style.trainer:FastStyleTrainer",
            model="lab_image_translation.style.fast:FastStyleModel",
            config="lab_image_translation.style.config:FastStyleConfig",
            presets={
                "smoke": {
                    "steps": 2,
                    "size": 32,
                    "style_size": 64,
                    "batch_size": 1,
                    "width": 2,
                    "blocks": 1,
                    "updates_per_slice": 1,
                    "media_every": 2,
                    "media_count": 1,
                },
                "default": {
                    "steps": 1_000,
                    "size": 128,
                    "style_size": 192,
                    "batch_size": 4,
                    "width": 16,
                    "blocks": 3,
                    "learning_rate": 1e-3,
                    "warmup": 20,
                    "schedule": "cosine",
                    "skip": True,
                    "relative": True,
                    "style_weight": 4.0,
                    "media_every": 100,
                },
                "book": {"steps": 41_400, "batch_size": 4, "learning_rate": 1e-3},
            },
            step_unit="updates",
            precisions=("float32", "bfloat16"),
            source="Johnson, Alahi and Fei-Fei 2016, Perceptual losses for real-time style transfer, ECCV; He 2018, chapter 7",
            tags=_TAGS,
        ),
        _baseline("identity-style", "Photographs as they are", "identity", "Unchanged"),
        _baseline("statistics-style", "Photographs in the style's colour statistics", "colour-statistics", "StyleColours"),
    ]


def _baseline(id: str, title: str, method: str, model: str) -> Task:
    return baseline(id, title, method, model, _BENCHMARK, {}, module="lab_image_translation.style.baselines", config=_CONFIG)
