"""What is read from a classifier's probabilities, by hand."""

import numpy as np
import pytest
from lab_metrics.images.probabilities import (
    class_distance,
    class_histogram,
    classifier_score,
    code_accuracy,
    conditional_accuracy,
    sure_share,
)

SURE = np.eye(4)


def test_sure_and_even_classes_score_their_number() -> None:
    assert classifier_score(SURE) == pytest.approx(4.0)
    assert classifier_score(np.full((5, 4), 0.25)) == pytest.approx(1.0)
    assert classifier_score(np.tile(SURE[0], (5, 1))) == pytest.approx(1.0)


def test_classifier_score_by_hand() -> None:
    """Rows (3/4, 1/4) and (1/4, 3/4), mean (1/2, 1/2): KL = 3/4 ln 3/2 + 1/4 ln 1/2."""
    rows = np.array([[0.75, 0.25], [0.25, 0.75]])
    assert np.log(classifier_score(rows)) == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5))


def test_histogram_and_its_distance() -> None:
    real = SURE[[0, 1, 2, 3]]
    fake = SURE[[0, 0, 1, 1]]
    assert class_histogram(fake).tolist() == [0.5, 0.5, 0.0, 0.0]
    assert class_distance(real, fake) == pytest.approx(0.5)  # half of the samples would have to change
    assert class_distance(real, real) == 0.0


def test_share_of_sure_ones() -> None:
    assert sure_share(np.array([[0.95, 0.05], [0.9, 0.1], [0.2, 0.8], [0.01, 0.99]])) == 0.5


def test_an_asked_class_is_held_against_its_name_and_a_code_against_its_best_match() -> None:
    asked = np.array([0, 0, 1, 1, 2, 2])
    drawn = SURE[[1, 1, 2, 2, 0, 3]]  # the codes stand for 1, 2 and 0; one image is wrong
    assert conditional_accuracy(drawn, asked) == 0.0
    assert code_accuracy(drawn, asked) == pytest.approx(5 / 6)


def test_two_codes_can_not_share_a_class() -> None:
    assert code_accuracy(SURE[[0, 0, 0, 0]], np.array([0, 0, 1, 1])) == 0.5
