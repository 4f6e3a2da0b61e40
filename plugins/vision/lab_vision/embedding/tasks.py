"""The tasks of metric learning."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

_COMMON: Mapping[str, Any] = {
    "family": "vision",
    "trainer": "lab_vision.embedding.trainer:EmbeddingTrainer",
    "model": "lab_vision.embedding.model:EmbeddingModel",
    "config": "lab_vision.embedding.config:EmbeddingConfig",
    "step_unit": "updates",
}
_TRIPLET = "Schroff, Kalenichenko and Philbin 2015, FaceNet (arXiv 1503.03832)"
_CENTRE = "Wen, Zhang, Li and Qiao 2016, A discriminative feature learning approach for deep face recognition, ECCV"
_SMOKE: Mapping[str, Any] = {
    "steps": 4,
    "batch_size": 8,
    "identities": 4,
    "width": 4,
    "vector": 8,
    "limit": 200,
    "updates_per_slice": 2,
    "media_every": 4,
}
_SMALL: Mapping[str, Any] = {
    "steps": 800,
    "batch_size": 60,
    "identities": 20,
    "learning_rate": 1e-3,
    "schedule": "cosine",
    "warmup": 50,
    "average_decay": 0.995,
    "updates_per_slice": 25,
    "media_every": 400,
}
_DEFAULT: Mapping[str, Any] = {
    **_SMALL,
    "network": "efficientnet-lite0",
    "size": 64,
    "colour": "colour",
    "shift": 4,
    "vector": 128,
    "steps": 400,
    "identities": 15,
    "learning_rate": 5e-4,
    "average_decay": 0.98,
    "updates_per_slice": 10,
}
_HEAD: Mapping[str, Any] = {
    **_DEFAULT,
    "train": "head",
    "shift": 0,
    "colour_change": 0.0,
    "steps": 600,
    "batch_size": 150,
    "identities": 30,
    "learning_rate": 3e-3,
    "weight_decay": 0.05,
    "average_decay": 0.98,
    "updates_per_slice": 50,
}
_PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": _SMOKE, "default": _DEFAULT, "head": _HEAD, "small": _SMALL}


def tasks() -> list[Task]:
    """Every task of this group."""
    return [
        Task(
            id="embed-emoji",
            title="Emoji as vectors: drawings of one emoji lie close together",
            method="triplet",
            benchmark="verification/{data}",
            settings={"data": "emoji-identities", "size": 32, "colour_change": 0.2},
            presets=_PRESETS,
            source=_TRIPLET,
            tags=("images", "vectors"),
            **_COMMON,
        ),
        Task(
            id="embed-emoji-softmax",
            title="The same space learnt by naming identities",
            method="softmax-vectors",
            benchmark="verification/{data}",
            settings={"data": "emoji-identities", "size": 32, "colour_change": 0.2, "loss": "softmax"},
            presets=_PRESETS,
            source=_CENTRE,
            tags=("images", "vectors"),
            **_COMMON,
        ),
        Task(
            id="embed-emoji-centre",
            title="The same space learnt by naming identities, drawn to a centre each",
            method="centre-loss",
            benchmark="verification/{data}",
            settings={"data": "emoji-identities", "size": 32, "colour_change": 0.2, "loss": "centre", "centre_weight": 0.5},
            presets=_PRESETS,
            source=_CENTRE,
            tags=("images", "vectors"),
            **_COMMON,
        ),
        Task(
            id="embed",
            title="Your own identities as vectors, one folder each",
            method="triplet",
            benchmark="verification/{data}",
            presets={
                "smoke": _SMOKE,
                "default": {**_DEFAULT, "size": 96, "flip": True, "shift": 6, "colour_change": 0.2},
                "head": {**_HEAD, "size": 96, "flip": True},
                "small": {**_SMALL, "size": 96, "flip": True, "shift": 6, "colour_change": 0.2},
            },
            source=_TRIPLET,
            tags=("images", "vectors"),
            **_COMMON,
        ),
        Task(
            id="centre-loss-mnist",
            title="Digits in two dimensions, each class drawn to its centre",
            method="centre-loss",
            settings={
                "data": "mnist",
                "size": 28,
                "colour": "grey",
                "loss": "centre",
                "vector": 2,
                "unit": False,
                "shift": 0,
                "centre_weight": 0.1,
                "epoch_pairs": 0,
            },
            presets={
                "smoke": {**_SMOKE, "vector": 2},
                "default": {**_SMALL, "steps": 600, "width": 16, "batch_size": 128, "identities": 10, "media_every": 200},
            },
            source=_CENTRE,
            tags=("images", "vectors"),
            **_COMMON,
        ),
        Task(
            id="pixels-emoji",
            title="Small pixels as vectors",
            family="vision",
            method="pixels",
            benchmark="verification/{data}",
            trainer=None,
            model="lab_vision.embedding.baselines:SmallPixels",
            config="lab_vision.embedding.config:BaselineConfig",
            settings={"data": "emoji-identities", "size": 32},
            presets={"smoke": {}, "default": {}},
            tags=("images", "vectors", "baseline"),
        ),
    ]
