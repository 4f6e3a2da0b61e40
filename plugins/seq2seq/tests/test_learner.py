"""The loss by hand, dropout, schedules, gradient descent."""

import numpy as np
import pytest
import tensorflow as tf
from lab_seq2seq.config import RecurrentConfig
from lab_seq2seq.learner import Descent, dropout_of, halved, shifted, token_losses
from lab_tensorflow.noise import Noise

from lab_core.config import resolve


def test_loss_by_hand():
    # chances 1/2, 1/4, 1/4 at the first place; the second one is padding
    logits = tf.math.log(tf.constant([[[0.25, 0.5, 0.25], [0.1, 0.1, 0.8]]]))
    loss, nll, accuracy, tokens = token_losses(logits, tf.constant([[1, 0]]), 0.0)
    assert float(loss) == float(nll) == pytest.approx(np.log(2))
    assert (float(accuracy), float(tokens)) == (1.0, 1.0)


def test_smoothing_by_hand():
    logits = tf.constant([[[2.0, 0.0, 1.0, -1.0]]])
    log_chances = tf.nn.log_softmax(logits).numpy()[0, 0]
    smoothed = np.full(4, 0.1 / 4) + np.array([0, 0, 0.9, 0])
    loss, nll, _, _ = token_losses(logits, tf.constant([[2]]), 0.1)
    assert float(loss) == pytest.approx(-(smoothed * log_chances).sum(), rel=1e-5)
    assert float(nll) == pytest.approx(-log_chances[2], rel=1e-5)


def test_the_decoder_reads_the_target_one_step_late():
    assert shifted(tf.constant([[7, 8, 3], [9, 3, 0]])).numpy().tolist() == [[2, 7, 8], [2, 9, 3]]


def test_dropout_keeps_the_mean():
    drop = dropout_of(Noise(1, 2))
    found = drop(tf.ones((200, 200)), 0.3).numpy()
    assert set(np.unique(found)) == {0.0, np.float32(1 / 0.7)}
    assert found.mean() == pytest.approx(1.0, abs=0.02)
    assert drop(tf.ones(3), 0.0).numpy().tolist() == [1, 1, 1]


def test_the_rate_is_halved_four_times_over_the_last_third():
    config = resolve(RecurrentConfig, {"steps": 12_000, "halvings": 4})
    shares = [float(halved(tf.constant(step), config)) for step in (0, 7_999, 8_000, 9_000, 11_500, 20_000)]
    assert shares == [1, 1, 0.5, 0.25, 0.0625, 0.0625]


def test_gradient_descent_clips_to_the_global_norm():
    weight = tf.Variable([0.0, 0.0])
    optimizer = Descent(0.5, clip_norm=1.0)
    optimizer.apply_gradients([(tf.constant([3.0, 4.0]), weight)])
    assert weight.numpy() == pytest.approx([-0.3, -0.4])


@pytest.mark.learning
def test_numbers_become_words(trainer):
    made = trainer("number-words", *_NUMBERS)
    while made.step < 400:
        made.advance(50)
    model = made.model()
    asked = ["7", "42", "815", "12040", "99999"]
    words = [
        "seven",
        "forty-two",
        "eight hundred fifteen",
        "twelve thousand forty",
        "ninety-nine thousand nine hundred ninety-nine",
    ]
    assert sum(a == b for a, b in zip(model.apply(asked, model.options(beam=2)), words, strict=True)) >= 4


_NUMBERS = (
    "steps=400",
    "limit=0",
    "batch_size=64",
    "units=96",
    "vocabulary_size=100",
    "learning_rate=4e-3",
    "warmup=50",
    "schedule=cosine",
    "updates_per_slice=50",
    "media_every=0",
)
