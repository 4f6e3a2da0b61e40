"""Baselines against values worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from lab_vision.classification.baseline_config import ClassifierBaselineConfig
from lab_vision.classification.baselines import LinearSvm, Majority, NearestMean, NearestNeighbours, softmax, squared_distances

from lab_core.registry.discovery import discover
from lab_core.training.evaluation import evaluate

# four images of two pixels; classes 0, 0, 1, 2
PIXELS = np.array([[0.0, 0.0], [0.2, 0.0], [1.0, 0.0], [1.0, 1.0]], np.float32)
LABELS = np.array([0, 0, 1, 2], np.int32)


def fitted(kind, **settings):
    config = ClassifierBaselineConfig(data="mnist", **settings)
    return kind(config, ("a", "b", "c"), 1, kind.fit(PIXELS, LABELS, 3, config))


def test_the_majority_has_the_shares_of_the_classes():
    np.testing.assert_allclose(fitted(Majority).scores(PIXELS[:2]), [[0.5, 0.25, 0.25]] * 2)


def test_nearest_mean_by_hand():
    """Means (.1, 0), (1, 0), (1, 1); mean squared distance from them (.01 + .01 + 0 + 0) / 4 = .005."""
    found = fitted(NearestMean)
    np.testing.assert_allclose(found.arrays["spread"], 0.005, rtol=1e-5)
    point = np.array([[0.55, 0.0]])  # as far from the first mean as from the second
    assert found.scores(point)[0] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)


def test_nearest_mean_never_answers_a_class_that_it_has_not_seen():
    config = ClassifierBaselineConfig(data="mnist")
    found = NearestMean(config, ("a", "b", "c", "d"), 1, NearestMean.fit(PIXELS, LABELS, 4, config))
    assert found.scores(PIXELS)[:, 3].max() == 0


def test_neighbours_vote_and_the_nearest_decides_a_tie():
    found = fitted(NearestNeighbours, neighbours=2)
    scores = found.scores(np.array([[0.9, 0.1], [0.1, 0.0]], np.float32))
    assert scores[0] == pytest.approx([0.5, 0.5, 0], abs=1e-5)
    assert scores[0].argmax() == 1
    assert scores[1] == pytest.approx([1, 0, 0], abs=1e-5)


def test_neighbours_agree_with_scikit_learn():
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 12)).astype(np.float32) / 255
    labels = rng.integers(0, 3, 200).astype(np.int32)
    config = ClassifierBaselineConfig(data="mnist", neighbours=7)
    found = NearestNeighbours(config, ("a", "b", "c"), 1, NearestNeighbours.fit(images, labels, 3, config))
    theirs = KNeighborsClassifier(7).fit(images, labels)
    new = rng.random((50, 12)).astype(np.float32)
    np.testing.assert_allclose(found.scores(new), theirs.predict_proba(new), atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_support_vector_machine_separates_what_a_line_separates(classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 300).astype(np.int32)
    centres = np.array([[0.2, 0.2], [0.8, 0.2], [0.5, 0.9]], np.float32)
    pixels = centres[labels] + rng.normal(0, 0.05, (300, 2)).astype(np.float32)
    config = ClassifierBaselineConfig(data="mnist", penalty=1.0)
    found = LinearSvm(config, tuple("abc"[:classes]), 1, LinearSvm.fit(pixels, labels, classes, config))
    assert (found.scores(pixels).argmax(1) == labels).mean() > 0.99


def test_distances_and_softmax_by_hand():
    np.testing.assert_allclose(squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])), [[25, 1]])
    np.testing.assert_allclose(softmax(np.log([[1.0, 3.0]])), [[0.25, 0.75]])


def test_a_baseline_reads_the_users_own_folders(tmp_path, ready, class_folders):
    found = ready("knn", f"data={class_folders(tmp_path / 'pictures')}", "size=32")
    blue = np.zeros((60, 40, 3), np.uint8)
    blue[..., 2] = 200
    (answer,) = found.apply([blue], found.options())
    assert answer.names[0] == "blue"


def test_the_users_own_folders_are_a_benchmark_of_their_own(tmp_path, ready, class_folders):
    registry, _ = discover()
    folder = class_folders(tmp_path / "pictures", count=20)
    model = ready("knn", f"data={folder}", "size=32")
    task = registry.task("knn")
    benchmark = registry.benchmark_of(task, model.config)
    assert benchmark is not None
    assert benchmark.id.startswith("vision/folder-")
    assert benchmark.score.normalise(0.5) is None
    found = evaluate(benchmark, model, count=100)
    assert found.value == 1.0  # the classes differ by colour
    assert found.unit == "image"
    assert 0 < len(found.scores) < 60
