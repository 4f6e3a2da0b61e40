"""Settings of the classifiers' presets."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]

SMOKE: Settings = {
    "steps": 6, "batch_size": 8, "limit": 64, "updates_per_slice": 3, "selection_every": 0, "selection_count": 8,
    "media_every": 0, "validation_every": 0, "warmup": 0,
}  # fmt: skip
_COSINE: Settings = {"schedule": "cosine", "selection_count": 2_000}

SOFTMAX: Mapping[str, Settings] = {
    "default": {**_COSINE, "steps": 6_000, "batch_size": 100, "learning_rate": 2e-3, "updates_per_slice": 200},
    # the source's learning rate 0.01 is on the sum over a batch of 100
    "book": {"steps": 1_000, "batch_size": 100, "optimizer": "sgd", "learning_rate": 1.0, "updates_per_slice": 100},
}
MLP: Mapping[str, Settings] = {
    "default": {**_COSINE, "steps": 8_000, "batch_size": 128, "dropout": 0.3, "shift": 0.07, "updates_per_slice": 100},
    "book": {"steps": 9_375, "batch_size": 128, "dropout": 0.45, "updates_per_slice": 100},  # 20 epochs of 60,000
}
RNN: Mapping[str, Settings] = {
    "default": {**_COSINE, "steps": 6_000, "batch_size": 128, "gradient_clip": 1.0, "updates_per_slice": 50},
    "book": {
        "steps": 9_375,
        "batch_size": 128,
        "dropout": 0.2,
        "optimizer": "sgd",
        "learning_rate": 0.01,
        "updates_per_slice": 50,
    },
}
_SMALL: Settings = {
    **_COSINE, "network": "small", "batch_size": 128, "learning_rate": 4e-3, "warmup": 100, "weight_decay": 0.05, "beta2": 0.99,
    "average_decay": 0.99, "label_smoothing": 0.05, "dropout": 0.2,
}  # fmt: skip
_QUICK: Settings = {**_SMALL, "steps": 1_000, "batch_size": 64, "width": 16}  # few images
CNN: Mapping[str, Mapping[str, Settings]] = {
    "mnist": {
        "default": {**_SMALL, "steps": 2_000, "width": 16, "shift": 0.08, "rotate": 10.0, "zoom": 0.1},
        "book": {"network": "cnn", "steps": 20_000, "batch_size": 50, "learning_rate": 1e-4, "dropout": 0.5},
    },
    "fashion": {
        "default": {**_SMALL, "steps": 2_000, "width": 16, "shift": 0.05, "flip": True},
        "book": {"network": "cnn", "steps": 20_000, "batch_size": 50, "learning_rate": 1e-4, "dropout": 0.5},
    },
    "cifar10": {
        "default": {**_SMALL, "steps": 8_000, "width": 64, "shift": 0.1, "flip": True, "standardise": True},
        "book": {  # 86 % after 60,000 updates in the source
            "network": "cifar", "crop_size": 24, "flip": True, "brightness": 0.25, "contrast": 0.8, "standardise": True,
            "steps": 100_000, "batch_size": 128, "optimizer": "sgd", "learning_rate": 0.1, "penalty": 0.004,
            "average_decay": 0.9999,
        },
    },
    "climate": {
        "default": {**_QUICK, "flip": True, "shift": 0.1, "brightness": 0.05, "contrast": 0.1},
    },
    "icons": {"default": {**_QUICK, "steps": 800, "size": 32, "flip": True, "shift": 0.1, "rotate": 10.0}},
}  # fmt: skip
_RESNET: Settings = {
    **_COSINE, "flip": True, "shift": 0.125, "standardise": True, "batch_size": 128, "optimizer": "sgd", "momentum": 0.9,
    "learning_rate": 0.1, "warmup": 100, "penalty": 2e-4,
}  # fmt: skip
RESNET: Mapping[str, Mapping[str, Settings]] = {
    "cifar10": {"default": {**_RESNET, "steps": 64_000}, "quick": {**_RESNET, "steps": 8_000}},
    "climate": {"default": {**_RESNET, "steps": 1_200, "batch_size": 64, "average_decay": 0.99}},
    "icons": {"default": {**_RESNET, "steps": 800, "batch_size": 64, "size": 32, "shift": 0.1, "average_decay": 0.99}},
}
OWN: Mapping[str, Settings] = {
    "default": {**_QUICK, "size": 64, "flip": True, "shift": 0.1, "rotate": 10.0},
}
_LITE: Settings = {**_COSINE, "network": "efficientnet-lite0", "beta2": 0.99, "batch_size": 32, "warmup": 50}
_HEAD: Settings = {
    **_LITE, "train": "head", "flip": True, "steps": 1_500, "batch_size": 64, "learning_rate": 2e-3, "weight_decay": 0.05,
    "dropout": 0.2, "updates_per_slice": 100,
}  # fmt: skip
_ALL: Settings = {
    **_LITE, "train": "all", "flip": True, "shift": 0.1, "brightness": 0.05, "contrast": 0.1, "steps": 400, "learning_rate": 5e-4,
    "weight_decay": 0.05, "dropout": 0.2, "label_smoothing": 0.05, "average_decay": 0.98,
}  # fmt: skip
FINETUNE: Mapping[str, Mapping[str, Settings]] = {
    "climate": {"default": {**_ALL, "size": 64}, "head": {**_HEAD, "size": 64}, "last": {**_ALL, "size": 64, "train": "last"}},
    "icons": {"default": {**_ALL, "size": 96}, "head": {**_HEAD, "size": 96}, "last": {**_ALL, "size": 96, "train": "last"}},
    "own": {"default": {**_ALL, "size": 160}, "head": {**_HEAD, "size": 160}, "last": {**_ALL, "size": 160, "train": "last"}},
}
