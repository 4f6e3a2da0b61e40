"""Detection as a user meets it: digit scenes, own boxes, bad boxes, both detectors, the conformance kit."""

import csv
import json

import numpy as np
import pytest
from lab_metrics.boxes.average_precision import Found, pool_at_half, statistics
from lab_metrics.boxes.evaluation import DetectionEvaluator
from lab_metrics.boxes.overlap import iou
from lab_vision.detection.baselines import ConnectedDigits
from lab_vision.detection.benchmarks import benchmarks
from lab_vision.detection.cards import SCENES
from lab_vision.detection.data import boxed_images
from lab_vision.detection.scenes import composed
from lab_vision.detection.tasks import tasks
from PIL import Image

from lab_app.testing import check_task
from lab_core.config import resolve
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.imports import load_object
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


def trainer(task, *overrides, seed=0):
    settings = resolve(config_type(TASKS[task]), TASKS[task].preset("smoke"), overrides=overrides)
    return load_object(TASKS[task].trainer, what=task)(TASKS[task], settings, Context(seed=seed, threads=1))


@pytest.fixture(scope="module")
def learnt():
    """Both detectors after one slice."""
    found = {name: trainer(name) for name in ("detect-digits", "faster-rcnn-digits")}
    for one in found.values():
        one.advance(2)
    return found


def own_boxes(folder, rows, names=("cat", "dog"), count=10, shape=(60, 40)):
    """A folder of images with a table of boxes."""
    (folder / "images").mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", (shape[1], shape[0]), (number * 20, 50, 90)).save(folder / "images" / f"{number}.png")
    with (folder / "boxes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "x0", "y0", "x1", "y1", "class"])
        for number in range(count):
            table.writerow([f"{number}.png", 4, 5, 20, 30, names[number % 2]])
        table.writerows(rows)
    return folder


def test_detector_conforms(tmp_path):
    check_task("detect-digits", tmp_path)


def test_scenes_are_the_same_each_time_and_exact():
    images, objects = composed("validation", 20)
    composed.cache_clear()
    again, same = composed("validation", 20)
    assert np.array_equal(images, again)
    assert np.array_equal(objects, same)
    for one in objects:
        boxes = one[one[:, 4] >= 0, :4]
        assert 1 <= len(boxes) <= 5
        assert ((boxes[:, 3] - boxes[:, 1]) >= 16).all()
        assert boxes.min() >= 0
        assert boxes.max() <= 96
        assert (iou(boxes, boxes) - np.eye(len(boxes))).max() <= 0.1 + 1e-6
    assert not np.array_equal(images, composed("test", 20)[0])


def test_the_box_of_a_digit_is_tight():
    """Alone on black, its pixels reach all four sides of its box."""
    from lab_vision.detection.scenes import _scaled

    digit = np.zeros((28, 28), np.uint8)
    digit[5:23, 10:14] = 255
    ink = _scaled(digit, 36)
    assert ink.shape == (36, 8)
    assert min(ink[0].max(), ink[-1].max(), ink[:, 0].max(), ink[:, -1].max()) > 16


@pytest.mark.parametrize("task", ["detect-digits", "faster-rcnn-digits"])
def test_boxes_lie_in_images_of_any_size_and_shape(learnt, task):
    model = learnt[task].model()
    images = [np.random.default_rng(0).integers(0, 256, shape, np.uint8) for shape in ((50, 120, 3), (300, 77, 1))]
    for image, found in zip(images, model.apply(images, model.options(threshold=0.0)), strict=True):
        assert len(found.names) > 0
        assert found.corners.min() >= 0
        assert (found.corners[:, 2:] <= (image.shape[1], image.shape[0])).all()
        assert list(found.scores) == sorted(found.scores, reverse=True)
    with pytest.raises(LabError, match="uint8"):
        next(model.apply([np.zeros((4, 4, 3), np.float32)], model.options()))


def test_two_stages_are_saved_and_loaded(learnt, tmp_path):
    model = learnt["faster-rcnn-digits"].model()
    image = learnt["faster-rcnn-digits"].columns["image"][0]
    model.save(tmp_path)
    again = type(model).load(tmp_path, device="cpu")
    one, two = (next(m.apply([image], m.options(threshold=0.0))) for m in (model, again))
    assert np.array_equal(one.corners, two.corners)
    assert one.scores == two.scores


def test_connected_regions_find_digits_that_stand_alone():
    benchmark = benchmarks()[0]
    model = ConnectedDigits.ready(None, device="cpu")
    found = DetectionEvaluator(benchmark).evaluate(model, protocol="validation", count=40, seed=0)
    assert 0.2 < found.figures["map50"] < 0.95  # touching digits and fragments are beyond it


def test_own_boxes_train_and_keep_their_names(tmp_path):
    learner = trainer("detect", f"data={own_boxes(tmp_path / 'own', [])}", "size=32")
    learner.advance(1)
    model = learner.model()
    assert model.classes == ("cat", "dog")
    assert set(next(model.apply([np.zeros((60, 40, 3), np.uint8)], model.options(threshold=0.0))).names) <= {"cat", "dog"}


def test_broken_boxes_are_named_before_training(tmp_path, capsys):
    bad = [["0.png", 20, 5, 4, 30, "cat"], ["1.png", 4, 5, 90, 30, "dog"], ["2.png", 1, 1, 9, 9, "unicorn"]]
    folder = own_boxes(tmp_path / "own", bad)
    (folder / "classes.txt").write_text("cat\ndog\n")
    config = resolve(config_type(TASKS["detect"]), {"data": str(folder), "size": 32})
    columns, classes = boxed_images(config, "train+validation+test")
    assert (columns["label"] >= 0).sum() == 10  # the good ones
    assert classes == ("cat", "dog")
    said = capsys.readouterr().err
    assert "x0 >= x1" in said or "3" in said
    worst = own_boxes(tmp_path / "worst", [["0.png", 9, 9, 1, 1, "cat"]] * 30)
    refused = resolve(config_type(TASKS["detect"]), {"data": str(worst), "size": 32})
    with pytest.raises(LabError, match="boxes are wrong"):
        boxed_images(refused, "train")


def test_data_without_boxes_are_refused():
    with pytest.raises(UsageError, match="boxes"):
        trainer("detect", "data=mnist")


def test_a_size_that_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="96 or 112"):
        resolve(config_type(TASKS["detect"]), {"size": 100})


def test_objects_beyond_the_limit_are_the_smallest(tmp_path):
    config = resolve(config_type(TASKS["detect-digits"]), {"objects": 1, "limit": 50})
    columns, _ = boxed_images(config, "validation")
    every, _ = boxed_images(resolve(config_type(TASKS["detect-digits"]), {"limit": 50}), "validation")
    assert columns["boxes"].shape[1] == 1
    area = (every["boxes"][..., 2:] - every["boxes"][..., :2]).prod(-1).max(1)
    assert np.allclose((columns["boxes"][:, 0, 2:] - columns["boxes"][:, 0, :2]).prod(-1), area)


def test_the_card_counts_what_is_composed():
    from lab_vision.detection.scenes import load

    found = load(SCENES, "validation")
    assert len(found.image) == len(found.boxes) == SCENES.splits["validation"]
    assert json.dumps([len(one) for one in found.boxes[:5]]) == json.dumps([len(one) for one in found.box_label[:5]])


@pytest.mark.learning
@pytest.mark.parametrize(("task", "updates"), [("detect-digits", 150), ("faster-rcnn-digits", 150)])
def test_a_detector_learns_eight_scenes(task, updates):
    """What it has seen 150 times it finds again: mAP at .5 above 0.6. Untrained it is below 0.05."""
    settings = ("limit=8", "batch_size=8", "width=8", "learning_rate=0.004", f"steps={updates}", f"updates_per_slice={updates}")
    more = ("hidden=64", "proposals=24", "roi_bins=4") if task.startswith("faster") else ()
    learner = trainer(task, *settings, *more, "media_every=0", "average_decay=0")
    columns = learner.columns
    objects = [
        Found(boxes[label >= 0], label[label >= 0], np.empty(0))
        for boxes, label in zip(columns["boxes"], columns["label"], strict=True)
    ]

    def score():
        model = learner.model()
        found = model.apply(list(columns["image"]), model.options(threshold=0.01))
        mine = [Found(one.corners, np.array([int(name) for name in one.names]), np.array(one.scores)) for one in found]
        return pool_at_half(statistics(mine, objects, 10))

    before = score()
    learner.advance(updates)
    assert before < 0.05
    assert score() > 0.6
