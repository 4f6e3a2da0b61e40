"""Overlap and suppression by hand; average precision against pycocotools."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from lab_metrics.boxes.average_precision import Found, average_precisions, pool, pool_at_half, statistics
from lab_metrics.boxes.matching import matches
from lab_metrics.boxes.overlap import area, iou, suppressed
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from lab_core.errors import LabError
from lab_core.pooling import resample_of

CLASSES = 3


def test_overlap_by_hand() -> None:
    a = np.array([[0, 0, 2, 2], [0, 0, 0, 5]])
    b = np.array([[1, 1, 3, 3], [0, 0, 2, 2], [5, 5, 6, 6]])
    assert iou(a, b) == pytest.approx(np.array([[1 / 7, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    assert area(a).tolist() == [4.0, 0.0]
    assert iou(np.empty((0, 4)), b).shape == (0, 3)
    with pytest.raises(LabError, match="corners"):
        iou(np.array([[2, 0, 1, 1]]), b)
    with pytest.raises(LabError, match=r"\[n, 4\]"):
        area(np.zeros((2, 3)))


def test_suppression_keeps_the_best_of_what_overlaps() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30], [0, 0, 10, 9]])
    scores = np.array([0.5, 0.9, 0.1, 0.4])
    assert suppressed(boxes, scores).tolist() == [1, 2]
    assert suppressed(boxes, scores, threshold=0.85).tolist() == [1, 0, 2]
    assert suppressed(boxes, scores, classes=np.array([0, 1, 0, 1])).tolist() == [1, 0, 2]
    assert suppressed(np.empty((0, 4)), np.empty(0)).tolist() == []


def test_an_object_is_found_once_and_by_the_most_certain_detection() -> None:
    objects = np.array([[0, 0, 10, 10]])
    detections = np.array([[0, 0, 10, 10], [0, 0, 10, 8]])
    assert matches(detections, np.array([0.2, 0.9]), objects, (0.5, 0.9)).tolist() == [[False, True], [True, False]]
    assert matches(detections, np.array([0.2, 0.9]), np.empty((0, 4)), (0.5,)).tolist() == [[False, False]]


def test_average_precision_by_hand() -> None:
    """Two objects; of three detections the first and the third are right: precision 1 up to recall 1/2, then 2/3."""
    objects = Found(np.array([[0, 0, 10, 10], [20, 20, 30, 30]]), np.array([0, 0]), np.empty(0))
    boxes = np.array([[0, 0, 10, 10], [50, 50, 60, 60], [20, 20, 30, 30]])
    rows = statistics([Found(boxes, np.array([0, 0, 0]), np.array([0.9, 0.8, 0.7]))], [objects], 1)
    assert pool_at_half(rows) == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)
    assert pool(rows) == pytest.approx(pool_at_half(rows))


def images(count: int, seed: int) -> tuple[list[Found], list[Found]]:
    """Random objects, and detections that lie near some of them, with scores that tie."""
    rng = np.random.default_rng(seed)
    objects, detections = [], []
    for _ in range(count):
        n = int(rng.integers(0, 6))
        low = rng.integers(0, 50, (n, 2)).astype(float)
        boxes = np.concatenate([low, low + rng.integers(10, 40, (n, 2))], axis=1)
        classes = rng.integers(0, CLASSES, n)
        objects.append(Found(boxes, classes, np.ones(n)))
        some = rng.integers(0, n, int(rng.integers(0, 9))) if n else np.empty(0, np.intp)
        moved = boxes[some] + rng.integers(-3, 4, (len(some), 4))
        named = np.where(rng.random(len(some)) < 0.8, classes[some], rng.integers(0, CLASSES, len(some)))
        detections.append(Found(moved, named, np.round(rng.random(len(some)), 1)))
    return detections, objects


def coco(detections: list[Found], objects: list[Found]) -> Any:
    """pycocotools' evaluation of the same images."""

    def wide(box: Any) -> list[float]:
        return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]

    truth, answers = COCO(), COCO()
    both: list[list[dict[str, Any]]] = [[], []]
    for side, found in zip(both, (objects, detections), strict=True):
        for image, one in enumerate(found):
            for box, number, score in zip(one.boxes, one.classes, one.scores, strict=True):
                corner = wide(box)
                entry = {"id": len(side) + 1, "image_id": image + 1, "category_id": int(number) + 1, "bbox": corner}
                side.append({**entry, "area": corner[2] * corner[3], "iscrowd": 0, "score": float(score)})
    frame = {
        "images": [{"id": image + 1} for image in range(len(objects))],
        "categories": [{"id": number + 1} for number in range(CLASSES)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        for side, annotations in ((truth, both[0]), (answers, both[1])):
            side.dataset = {**frame, "annotations": annotations}
            side.createIndex()
        found = COCOeval(truth, answers, "bbox")
        found.evaluate()
        found.accumulate()
        found.summarize()
    return found


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_pycocotools(seed: int) -> None:
    detections, objects = images(30, seed)
    rows = statistics(detections, objects, CLASSES)
    expected = coco(detections, objects)
    assert pool(rows) == pytest.approx(expected.stats[0], abs=1e-9)
    assert pool_at_half(rows) == pytest.approx(expected.stats[1], abs=1e-9)
    precision = expected.eval["precision"][:, :, :, 0, 2].mean(axis=1).T  # [classes, thresholds]
    assert average_precisions(rows) == pytest.approx(precision, abs=1e-9)


def test_a_subset_of_images_is_scored_from_its_rows() -> None:
    detections, objects = images(20, 7)
    rows = statistics(detections, objects, CLASSES)
    some = [3, 3, 5, 11, 19]
    expected = coco([detections[place] for place in some], [objects[place] for place in some])
    assert pool(rows[some]) == pytest.approx(expected.stats[0], abs=1e-9)


def test_classes_without_objects_are_left_out_and_images_without_detections_count() -> None:
    nothing = Found(np.empty((0, 4)), np.empty(0), np.empty(0))
    one = Found(np.array([[0.0, 0, 5, 5]]), np.array([1]), np.array([0.5]))
    rows = statistics([one, nothing], [one, one], CLASSES)
    assert np.isnan(average_precisions(rows)[[0, 2]]).all()
    assert pool(rows) == pytest.approx(51 / 101)
    assert pool(statistics([one], [nothing], CLASSES)) == -1.0


@pytest.mark.parametrize("score", [pool, pool_at_half])
def test_resamples_scored_at_once_are_the_repeated_rows(score: Any) -> None:
    """Against the pool function itself on the repeated rows; images that a resample lacks or holds three times are among them."""
    detections, objects = images(25, seed=3)
    rng = np.random.default_rng(1)
    rows = statistics([one._replace(scores=rng.uniform(size=len(one.scores))) for one in detections], objects, CLASSES)  # no ties
    times = np.random.default_rng(0).multinomial(25, np.full(25, 1 / 25), size=40).astype(np.float64)
    times[0], times[1] = 1.0, 0.0
    times[1, :2] = 3.0
    resample = resample_of(score)
    assert resample is not None
    one_by_one = [score(np.repeat(rows, row.astype(int), axis=0)) for row in times]
    assert resample(rows, times) == pytest.approx(one_by_one)
    assert times.max() >= 3
