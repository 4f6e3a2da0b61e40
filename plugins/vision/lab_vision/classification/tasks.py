"""The tasks of image classifiers: each network on each set, on the user's own class folders, and the baselines."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task
from lab_vision.classification import presets
from lab_vision.classification.presets import SMOKE, Settings

SETS = {  # short name -> data set, size, title
    "mnist": ("mnist", 28, "MNIST digits"),
    "fashion": ("fashion-mnist", 28, "Fashion-MNIST"),
    "cifar10": ("cifar10", 32, "CIFAR-10"),
    "climate": ("satellite-climate", 32, "climate from satellite tiles"),
    "icons": ("icons-classes", 64, "themes of icons"),
}
OWN = "your own class folders (data=FOLDER)"
METHODS = {  # method -> model class, title
    "majority": ("Majority", "The most frequent class"),
    "nearest-mean": ("NearestMean", "The nearest class mean"),
    "knn": ("NearestNeighbours", "Five nearest neighbours"),
    "linear-svm": ("LinearSvm", "Linear support vector machine"),
}
_SOURCES = {
    "softmax": "Softmax regression, as in TensorFlow's first tutorial",
    "mlp": "Atienza 2018, Advanced Deep Learning with Keras, chapter 1",
    "cnn": "LeCun et al. 1998; batch normalisation: Ioffe and Szegedy 2015, arXiv 1502.03167",
    "rnn": "Atienza 2018, Advanced Deep Learning with Keras, chapter 1",
    "resnet20-v1": "He et al. 2016, Deep residual learning, CVPR, arXiv 1512.03385",
    "resnet20-v2": "He et al. 2016, Identity mappings in deep residual networks, ECCV, arXiv 1603.05027",
    "finetune": "Tan and Le 2019, EfficientNet, ICML, arXiv 1905.11946 (the Lite0 variant)",
}


def tasks() -> list[Task]:
    """Networks, fine-tuning and baselines."""
    found: list[Task] = []
    for short in ("mnist", "fashion"):
        for method, about in (("softmax", presets.SOFTMAX), ("mlp", presets.MLP), ("rnn", presets.RNN)):
            found.append(_task(method, short, {"network": method}, about))
    found += [_task("cnn", short, {}, about) for short, about in presets.CNN.items()]
    for short, about in presets.RESNET.items():
        found.append(_task("resnet20-v1", short, {"network": "resnet-v1", "blocks": 3}, about))
        found.append(_task("resnet20-v2", short, {"network": "resnet-v2", "blocks": 2}, about))
    found += [_task("finetune", short, {}, about) for short, about in presets.FINETUNE.items() if short != "own"]
    found.append(_task("classify", "", {}, presets.OWN, data="icons-classes", size=64, title=OWN, method="cnn"))
    found.append(_task("finetune", "", {}, presets.FINETUNE["own"], data="satellite-climate", size=160, title=OWN))
    for method in METHODS:
        found += [_baseline(method, short, *about) for short, about in SETS.items()]
        found.append(_baseline(method, "", "icons-classes", 64, OWN))
    return found


def _task(
    name: str,
    short: str,
    settings: Settings,
    about: Mapping[str, Settings],
    *,
    data: str = "",
    size: int = 0,
    title: str = "",
    method: str = "",
) -> Task:
    """A network on a registered set (``short``), or on ``data`` that the user replaces."""
    data, size, title = (data, size, title) if data else SETS[short]
    smoke: dict[str, Any] = {**about["default"], **SMOKE}
    if name == "finetune":
        smoke |= {"size": 64, "batch_size": 4, "limit": 32}
    elif "width" in smoke:
        smoke["width"] = 4
    return Task(
        id=f"{name}-{short}" if short else name,
        title=f"{_TITLES[method or name]}: {title}",
        family="vision",
        method=method or name,
        benchmark="vision/{data}",
        trainer="lab_vision.classification.trainer:ClassificationTrainer",
        model="lab_vision.classification.model:ClassifierModel",
        config="lab_vision.classification.config:ClassificationConfig",
        settings={"data": data, "size": size, **settings},
        presets={"smoke": smoke, **about},
        step_unit="updates",
        precisions=("float32",),
        max_devices=8,
        source=_SOURCES[method or name],
        tags=("images", "classification", *(() if short else ("anywhere",))),
    )


_TITLES = {
    "softmax": "Softmax regression",
    "mlp": "Dense network",
    "cnn": "Convolutional network",
    "rnn": "Recurrent network, row by row",
    "resnet20-v1": "Residual network of 20 layers",
    "resnet20-v2": "Residual network of 20 layers, version 2",
    "finetune": "Fine-tuned EfficientNet-Lite0",
}


def _baseline(method: str, short: str, data: str, size: int, title: str) -> Task:
    model, about = METHODS[method]
    return Task(
        id=f"{method}-{short}" if short else method,
        title=f"{about}: {title}",
        family="vision",
        method=method,
        benchmark="vision/{data}",
        model=f"lab_vision.classification.baselines:{model}",
        config="lab_vision.classification.baseline_config:ClassifierBaselineConfig",
        settings={"data": data, "size": size},
        presets={"smoke": {"limit": 64}, "default": {}},
        tags=("images", "classification", "baseline", *(() if short else ("anywhere",))),
    )
