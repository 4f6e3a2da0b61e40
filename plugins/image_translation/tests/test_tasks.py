"""The tasks as a user meets them: the conformance kit, contradictions, bad data."""

import numpy as np
import pytest
from lab_image_translation.paired.config import ColourConfig, DetailConfig, PairsConfig
from lab_image_translation.tasks import tasks
from PIL import Image

from lab_app.testing import check_errors, check_light, check_record, check_task
from lab_core.config import resolve
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover

TASKS = {task.id: task for task in tasks()}


@pytest.mark.parametrize("task_id", ["pix2pix-icons", "denoise-mnist"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


def test_every_task_has_a_complete_record():
    registry, _ = discover()
    for task in TASKS.values():
        check_record(task, registry)
        check_errors(task)


def test_plugin_is_light():
    check_light("lab_image_translation")


@pytest.mark.parametrize(
    ("kind", "text", "hint"),
    [
        (PairsConfig, "size=48 depth=5", "32 or 64"),
        (PairsConfig, "size=48", "32"),
        (PairsConfig, "pixel_weight=0 gan_weight=0", "nothing would be learnt"),
        (PairsConfig, "direction=AB", "AtoB"),
        (PairsConfig, "field=50", "field"),
        (DetailConfig, "size=50 scale=3", "48 or 51"),
        (DetailConfig, "perceptual_weight=1", "channels=colour"),
        (DetailConfig, "final_learning_rate=0.1", "schedule"),
    ],
)
def test_contradictions_are_refused_before_training(kind, text, hint):
    with pytest.raises(UsageError, match=hint):
        resolve(kind, {}, overrides=text.split())


def test_presets_of_the_papers_have_their_networks(config):
    paper = config("pix2pix-icons", preset="paper")
    assert (paper.size, paper.width, paper.field, paper.batch_size, paper.jitter) == (256, 64, "70", 1, 30)
    book = config("denoise-mnist", preset="book")
    assert (book.network, book.loss, book.learning_rate) == ("cae", "cross-entropy", 1e-3)
    assert book.steps == round(10 * 55_000 / book.batch_size)


def folder(path, side, count=12, mode="RGB"):
    path.mkdir(parents=True)
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).convert(mode).save(path / f"{number}.png")


def test_unpaired_folders_are_refused_by_name(tmp_path, trainer):
    for side in ("trainA", "trainB"):
        folder(tmp_path / side, 32)
    with pytest.raises(UsageError, match=r"unpaired"):
        trainer("pix2pix", f"data={tmp_path}")


def test_text_is_refused(trainer):
    with pytest.raises(UsageError):
        trainer("pix2pix", "data=austen")


def test_grey_pictures_are_refused_for_colourisation(tmp_path, config):
    from lab_image_translation.paired.colour import Colourisation

    folder(tmp_path / "grey", 40, mode="L")
    settings = resolve(ColourConfig, {"data": str(tmp_path / "grey"), "size": 32})
    with pytest.raises(UsageError, match="grey"):
        Colourisation(settings).columns("train")


def test_a_folder_of_pairs_trains_and_applies(tmp_path, trainer):
    for side in ("A", "B"):
        folder(tmp_path / side, 40)
    learnt = trainer("pix2pix", f"data={tmp_path}")
    assert learnt.advance(2).step == 2
    (made,) = learnt.model().apply([np.zeros((50, 21, 3), np.uint8)], learnt.model().options())
    assert made.shape == (50, 21, 3)


def test_a_folder_with_one_picture_is_refused(tmp_path, trainer):
    folder(tmp_path / "one", 40, count=1)
    with pytest.raises(LabError):
        trainer("superres-photos-x3", f"data={tmp_path / 'one'}")
