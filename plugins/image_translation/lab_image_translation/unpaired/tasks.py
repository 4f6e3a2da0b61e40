"""The tasks without pairs. Where a set secretly holds pairs, methods are scored against them."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

Settings = Mapping[str, Any]
WHERE = "unpaired/{data}-{direction}-{size}"
SMOKE: Settings = {
    "steps": 4,
    "size": 32,
    "batch_size": 2,
    "width": 4,
    "blocks": 1,
    "discriminator_width": 4,
    "updates_per_slice": 2,
    "media_every": 4,
    "media_count": 2,
    "pool": 4,
    "upsampling": "resize",
}
_BASE: Settings = {"learning_rate": 2e-4, "beta1": 0.5, "schedule": "linear", "decay_start": 0.5}
_DEFAULT: Settings = {
    "steps": 2_500,
    "batch_size": 4,
    "width": 24,
    "blocks": 4,
    "upsampling": "resize",
    "learning_rate": 3e-4,
    "average_decay": 0.999,
    "media_every": 250,
}
# 400 updates are too few for discriminators to move a generator that starts as the identity
_QUICK: Settings = {"steps": 400, "width": 16, "blocks": 3, "discriminator_width": 16, "skip": False, "learning_rate": 5e-4}
_PAPER: Settings = {
    "size": 256,
    "batch_size": 1,
    "width": 64,
    "blocks": 9,
    "field": "70",
    "discriminator_width": 64,
    "steps": 200_000,
}
CYCLE = "Zhu et al. 2017, Unpaired image-to-image translation using cycle-consistent adversarial networks, ICCV"
CUT = "Park et al. 2020, Contrastive learning for unpaired image-to-image translation, ECCV"
STAR = "Choi et al. 2018, StarGAN: unified GANs for multi-domain image-to-image translation, CVPR"


def tasks() -> list[Task]:
    """Every task of this group."""
    emoji, icons, maps = {"data": "emoji", "size": 64}, {"data": "icons"}, {"data": "earth", "size": 128}
    drawn = {"skip": True}  # what is drawn alike changes little
    drawings = {**drawn, "identity_weight": 0.1}  # the skip keeps colours already
    coloured = {"identity_weight": 0.0}  # an outline is nothing that may stay as it is
    small = {"steps": 1_000, "batch_size": 2}
    return [
        _task("cyclegan-emoji", "CycleGAN: one vendor's emoji to another's", "cyclegan", "Cycle", emoji, drawings, CYCLE),
        _task("cyclegan-icons", "CycleGAN: outline icons to coloured ones", "cyclegan", "Cycle", icons, coloured, CYCLE),
        _task("cyclegan-maps", "CycleGAN: satellite views to relief maps", "cyclegan", "Cycle", maps, small, CYCLE),
        _task("cyclegan", "CycleGAN on your own two folders (--set data=FOLDER)", "cyclegan", "Cycle", emoji, {}, CYCLE, None),
        _task("cut-emoji", "CUT: one vendor's emoji to another's", "cut", "Cut", emoji, drawn, CUT),
        _task("cut-maps", "CUT: satellite views to relief maps", "cut", "Cut", maps, small, CUT),
        _task("cut", "CUT on your own two folders (--set data=FOLDER)", "cut", "Cut", emoji, {}, CUT, None),
        _task("stargan-emoji", "StarGAN: emoji of three vendors into each other", "stargan", "Star", emoji, drawn, STAR),
        _task(
            "stargan", "StarGAN on your own folders, one a domain (--set data=FOLDER)", "stargan", "Star", emoji, {}, STAR, None
        ),
    ]


def _task(
    id: str, title: str, method: str, stem: str, settings: Settings, default: Settings, source: str, benchmark: str | None = WHERE
) -> Task:
    extra = {"Cut": {"nce_patches": 8, "nce_dimensions": 8}}.get(stem, {})
    return Task(
        id=id,
        title=title,
        family="image translation",
        method=method,
        benchmark=benchmark,
        trainer=f"lab_image_translation.unpaired.trainer:{stem}Trainer",
        model=f"lab_image_translation.unpaired.model:{stem}Model",
        config=f"lab_image_translation.unpaired.config:{stem}Config",
        settings={**_BASE, **settings},
        presets={
            "smoke": {**SMOKE, **extra},
            "default": {**_DEFAULT, **default},
            "quick": {**_DEFAULT, **_QUICK},
            "paper": _PAPER,
        },
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        source=source,
        parameter="data" if id == method else "",
        tags=("images", "unpaired"),
    )
