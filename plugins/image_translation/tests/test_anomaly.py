"""Anomaly detection: the area under the curve by hand, what training sees, what the model answers."""

import numpy as np
import pytest
from lab_image_translation.anomaly.evaluation import auc
from sklearn.metrics import roc_auc_score

from lab_core.errors import UsageError


def test_auc_by_hand_and_against_scikit_learn():
    assert auc(np.array([[0.9, 1], [0.1, 0]])) == 1
    assert auc(np.array([[0.1, 1], [0.9, 0]])) == 0
    assert auc(np.array([[0.5, 1], [0.5, 0]])) == 0.5
    assert auc(np.array([[0.5, 1]])) == 0.5
    rng = np.random.default_rng(0)
    odd = rng.integers(0, 2, 200)
    score = np.round(rng.random(200) + 0.3 * odd, 1)
    assert auc(np.stack([score, odd], 1)) == pytest.approx(roc_auc_score(odd, score))


def test_training_never_sees_the_anomaly_and_the_model_answers(trainer, score):
    learner = trainer("anomaly-mnist", "anomaly=3")
    assert learner.count < 200
    learner.advance(2)
    model = learner.model()
    (found,) = model.apply([np.zeros((40, 30, 3), np.uint8)], model.options())
    assert set(found.names) == {"anomaly", "normal"}
    assert sum(found.probabilities) == pytest.approx(1)
    evaluation = score("anomaly-mnist", model, "anomaly=3", count=20)
    assert evaluation.benchmark == "anomaly/mnist-3"
    assert sum(row[1] for row in evaluation.statistics) == 10
    assert evaluation.value == auc(np.array(evaluation.statistics))


def test_a_class_that_there_is_not(trainer):
    with pytest.raises(UsageError, match="class 12"):
        trainer("anomaly-mnist", "anomaly=12")
