"""Scores of classifiers and of verification, by hand or against scikit-learn."""

from math import log

import numpy as np
import pytest
from lab_metrics.labels import accuracy, calibration, confusion, folds, ranking
from sklearn import metrics

from lab_core.errors import LabError


def random_answers(classes: int = 4, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, count)
    scores = rng.random((count, classes))
    scores[np.arange(count), labels] += 0.4
    return labels, scores / scores.sum(axis=1, keepdims=True)


def test_accuracy_and_top_k_are_scikit_learns() -> None:
    labels, scores = random_answers()
    assert accuracy.accuracy(labels, scores.argmax(axis=1)) == metrics.accuracy_score(labels, scores.argmax(axis=1))
    for k in (1, 2, 3):
        assert accuracy.top_k(labels, scores, k).mean() == pytest.approx(metrics.top_k_accuracy_score(labels, scores, k=k))
    assert accuracy.top_k(np.array([1]), np.array([[0.5, 0.5]]), 1).tolist() == [0.0]
    with pytest.raises(LabError, match="compared"):
        accuracy.accuracy(labels, labels[:3])


def test_likelihood_is_scikit_learns_and_a_certain_mistake_is_finite() -> None:
    labels, scores = random_answers()
    assert accuracy.negative_log_likelihood(labels, scores).mean() == pytest.approx(metrics.log_loss(labels, scores))
    assert accuracy.negative_log_likelihood(np.array([0]), np.array([[0.0, 1.0]])) == pytest.approx([-log(1e-12)])


def test_confusion_and_f1_are_scikit_learns() -> None:
    labels, scores = random_answers()
    predicted = scores.argmax(axis=1)
    predicted[predicted == 3] = 0  # a class that is never answered
    matrix = confusion.confusion(labels, predicted, 4)
    assert matrix.tolist() == metrics.confusion_matrix(labels, predicted).tolist()
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(labels, predicted, zero_division=0)
    found = confusion.by_class(matrix)
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)
    assert found.f1 == pytest.approx(f1)
    assert confusion.macro_f1(matrix) == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert confusion.pool_macro_f1(np.stack([labels, predicted], axis=1)) == pytest.approx(confusion.macro_f1(matrix))


def test_calibration_by_hand() -> None:
    """Two bins: two answers at 0.9 and 0.7, one right (gap 0.3); two at 0.4 and 0.2, none right (gap 0.3); one at 1.0, right."""
    confidences, right = np.array([0.9, 0.7, 0.4, 0.2, 1.0]), np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    found = calibration.reliability(confidences, right, bins=2)
    assert found.count.tolist() == [2, 3]
    assert found.confidence == pytest.approx([0.3, 2.6 / 3])
    assert calibration.expected_calibration_error(confidences, right, 2) == pytest.approx((2 * 0.3 + 3 * (2.6 - 2) / 3) / 5)
    assert calibration.expected_calibration_error(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0
    with pytest.raises(LabError, match="from 0 to 1"):
        calibration.reliability(np.array([1.2]), np.array([1.0]))


def test_the_roc_curve_is_scikit_learns_with_ties() -> None:
    rng = np.random.default_rng(0)
    positive, scores = rng.random(300) < 0.4, np.round(rng.random(300), 1)
    scores = np.round(scores + 0.3 * positive, 1)
    false, true, _ = metrics.roc_curve(positive, scores, drop_intermediate=False)
    found = ranking.roc(positive, scores)
    assert found.false == pytest.approx(false)
    assert found.true == pytest.approx(true)
    assert ranking.auc(positive, scores) == pytest.approx(metrics.roc_auc_score(positive, scores))
    with pytest.raises(LabError, match="both are needed"):
        ranking.auc(np.ones(3, bool), scores[:3])


def test_error_rates_by_hand() -> None:
    positive = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
    scores = np.array([9.0, 8.0, 7.0, 3.0, 5.0, 2.0, 1.0, 0.0])
    assert ranking.equal_error_rate(positive, scores) == 0.25  # from a score of 5 on: one negative in, one positive out
    assert ranking.validation_rate(positive, scores, 0.001) == 0.75  # three positives lie above all negatives
    assert ranking.validation_rate(positive, scores, 0.25) == 1.0
    assert ranking.best_threshold(positive, scores) == 6.0  # between 7 and 5: 7 of 8 right
    perfect = np.array([1, 1, 0, 0], bool)
    assert ranking.equal_error_rate(perfect, np.array([4.0, 3.0, 2.0, 1.0])) == 0.0
    assert ranking.equal_error_rate(perfect, np.array([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert ranking.equal_error_rate(perfect, np.zeros(4)) == 0.5


def test_a_fold_is_judged_with_the_threshold_of_the_others() -> None:
    """In fold 0 all scores are lower by 10: the threshold of fold 1 accepts nothing there, which is right for its negatives."""
    positive = np.array([1, 0, 0, 1, 0], bool)
    scores = np.array([-7.0, -9.0, -9.0, 3.0, 1.0])
    found = folds.fold_accuracies(positive, scores, np.array([0, 0, 0, 1, 1]))
    assert found == pytest.approx([2 / 3, 0.5])
    with pytest.raises(LabError, match="two folds"):
        folds.fold_accuracies(positive, scores, np.zeros(5))
