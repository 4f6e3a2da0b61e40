"""Sampling from a model of the user's own folder: its own class names, and the images that it was trained on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from lab_datasets.config import ImageDataConfig
from lab_datasets.loading import load_columns
from PIL import Image

from lab_app.sampling.models import classes_of, read_options
from lab_app.sampling.neighbours import held_out_images, training_images
from lab_core.config import Config, TrainConfig, about, resolve
from lab_core.model import Kind, Sample
from lab_core.registry.discovery import discover

REGISTRY = discover()[0]


class Training(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    pass


class Asked(Config, frozen=True, kw_only=True):
    label: Annotated[int, about("Class", ge=0)] | None = None


class Model(Sample):
    produces = Kind.IMAGE
    options = Asked

    def __init__(self, config: Training, classes: tuple[str, ...]) -> None:
        self.training_data, self.classes = config.data_reference, classes

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        raise NotImplementedError


def wide(folder: Path, count: int) -> None:
    """Black images with one white pixel column at the left: the crop decides whether it is seen."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        pixels = np.full((16, 40, 3), number, np.uint8)
        pixels[:, :4] = 255
        Image.fromarray(pixels).save(folder / f"{number}.png")


def test_a_label_is_the_class_that_was_trained_though_folders_were_added(tmp_path: Path) -> None:
    wide(tmp_path / "cat", 8)
    wide(tmp_path / "dog", 8)
    config = resolve(Training, {"data": str(tmp_path)})
    model = Model(config, load_columns(config).classes)
    wide(tmp_path / "ape", 8)
    assert classes_of(model, REGISTRY) == ("cat", "dog")
    assert read_options(model, [], "dog", lambda: classes_of(model, REGISTRY)) == {"label": 1}


def test_the_search_for_copies_sees_the_part_that_was_trained_on_as_it_was_cropped(tmp_path: Path) -> None:
    wide(tmp_path, 40)
    for crop in ("centre", "stretch", "pad"):
        config = resolve(Training, {"data": str(tmp_path), "crop": crop, "size": 16, "validation": 0.2, "test": 0.2})
        model = Model(config, ())
        trained = load_columns(config, "train")["image"]
        assert np.array_equal(training_images(model, trained, "train", REGISTRY), trained)
        split, held_out = held_out_images(model, trained, REGISTRY)
        assert split == "test"
        assert np.array_equal(held_out, load_columns(config, "test")["image"])
        values = {image.tobytes() for image in trained}
        assert not any(image.tobytes() in values for image in held_out)


def test_without_a_test_share_the_validation_images_are_held_out(tmp_path: Path) -> None:
    wide(tmp_path, 40)
    config = resolve(Training, {"data": str(tmp_path), "size": 16, "test": 0.0})
    trained = load_columns(config, "train")["image"]
    assert held_out_images(Model(config, ()), trained, REGISTRY)[0] == "validation"
