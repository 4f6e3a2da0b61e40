"""The tasks: every method on MNIST and on Fashion-MNIST, on other sets and on a user's own images by ``--set data=``."""

from lab_core.task import Task
from lab_gan import presets
from lab_gan.autoencoding.tasks import tasks as autoencoding
from lab_gan.diffusion.tasks import tasks as diffusion
from lab_gan.stacked.tasks import tasks as stacked

_PRETRAINED = ("dcgan-mnist", "cgan-mnist", "infogan-mnist")  # their models ship in pretrained/
DATA = {"mnist": ("mnist", "MNIST digits"), "fashion": ("fashion-mnist", "Fashion-MNIST")}


def tasks() -> list[Task]:
    """Every task of this plugin."""
    found = [_gan(method, short) for method in presets.GANS for short in DATA]
    found += stacked(DATA)
    found += autoencoding(DATA)
    found += diffusion(DATA)
    return found


def _gan(method: str, short: str) -> Task:
    data, title = DATA[short]
    about = presets.GANS[method]
    task_id = f"{method}-{short}"
    return Task(
        id=task_id,
        title=f"{about.title} on {title}",
        family="generative",
        method=method,
        benchmark="images/{data}",
        trainer="lab_gan.trainer:GanTrainer",
        model="lab_gan.model:GeneratorModel",
        config="lab_gan.config:GanConfig",
        settings={"data": data, **about.settings},
        presets={"smoke": presets.SMOKE, "default": about.default, **about.others},
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        max_devices=8,
        pretrained=f"lab_gan:pretrained/{task_id}" if task_id in _PRETRAINED else None,
        source=about.source,
        tags=("images", *about.tags),
    )
