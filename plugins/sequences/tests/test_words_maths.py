"""Maths of the word vectors: the kernel against NumPy, noise, subsampling, co-occurrence, average precision."""

import numpy as np
import pytest
from lab_sequences.words import text
from lab_sequences.words.cooccurrence import counts, pmi
from lab_sequences.words.evaluation import average_precision
from lab_sequences.words.kernels import train_part
from lab_sequences.words.noise import alias_table, distribution
from lab_sequences.words.trainer import keep_chances

from lab_core.errors import LabError

VOCABULARY, DIMENSIONS = 6, 5


def arrays(seed=0):
    rng = np.random.default_rng(seed)
    inputs, outputs = rng.normal(0, 0.5, (2, VOCABULARY, DIMENSIONS)).astype(np.float32)
    return inputs, outputs, rng.normal(0, 0.1, VOCABULARY).astype(np.float32)


def train(
    tokens, inputs, outputs, biases, *, first=0, last=None, total=1_000, seed=7, noise=None, keep=None, correction=(), **options
):
    settings = {"window": 2, "dynamic": False, "skips": 0, "negatives": 1, "cbow": False, "rate": 0.1, "final": 0.1} | options
    probabilities = np.eye(VOCABULARY)[VOCABULARY - 1] if noise is None else noise  # the last word is the noise
    return train_part(
        np.array(tokens, np.int32), first, len(tokens) if last is None else last, total, np.uint64(seed),
        np.ones(VOCABULARY, np.float32) if keep is None else keep, *alias_table(probabilities), inputs, outputs, biases,
        np.array(correction, np.float32), *settings.values(),
    )  # fmt: skip


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def reference(tokens, inputs, outputs, biases, *, window=2, rate=0.1, cbow=False, correction=None):
    """Equation 4 of Mikolov et al. 2013 by gradient descent, one prediction after another; the noise is the last word."""
    noise, loss = VOCABULARY - 1, 0.0
    for place, centre in enumerate(tokens):
        near = [*range(place - 1, place - window - 1, -1), *range(place + 1, place + window + 1)]
        context = [tokens[at] for at in near if 0 <= at < len(tokens)]
        for given in [context] if cbow else [[one] for one in context]:
            hidden, gradient = inputs[given].mean(0), np.zeros(DIMENSIONS)
            for word, label in ((centre, 1), (noise, 0)):
                logit = hidden @ outputs[word]
                if correction is not None:
                    logit += biases[word] - correction[word]
                error = label - sigmoid(logit)
                loss -= np.log(sigmoid(logit) if label else 1 - sigmoid(logit))
                gradient += rate * error * outputs[word]
                outputs[word] += rate * error * hidden
                if correction is not None:
                    biases[word] += rate * error
            for word in given:
                inputs[word] += gradient / len(given)
    return loss


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize("nce", [False, True])
def test_the_kernel_follows_the_gradient(cbow, nce):
    tokens = [0, 1, 2, 3, 4, 1, 0, 3]
    ours, theirs = arrays(), arrays()
    correction = np.log([0.4, 0.3, 0.2, 0.2, 0.1, 0.1]) if nce else None
    loss, predictions = train(tokens, *ours, cbow=cbow, correction=() if correction is None else correction)
    expected = reference(tokens, *theirs, cbow=cbow, correction=correction)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)  # the sigmoid is a table of 2,048 values
    assert loss == pytest.approx(expected, rel=2e-3)
    assert predictions == (len(tokens) if cbow else 4 * len(tokens) - 6)


def test_what_is_certain_is_left_as_it_is():
    """Outputs with logits of about -80: noise words are right and stay, the centre words are wrong and move."""
    inputs, outputs = np.ones((VOCABULARY, DIMENSIONS), np.float32), np.zeros((VOCABULARY, DIMENSIONS), np.float32)
    outputs[-1] = -16
    loss, _ = train([0, 1, 0, 1], inputs, outputs, np.zeros(VOCABULARY, np.float32), window=1)
    assert (outputs[-1] == -16).all()
    inputs[:], outputs[:2] = 1, -16
    loss, predictions = train([0, 1], inputs, outputs, np.zeros(VOCABULARY, np.float32), window=1)
    assert loss / predictions == pytest.approx(16 * DIMENSIONS, rel=0.05)
    assert (outputs[:2] > -16).all()


def test_a_window_ends_at_the_end_of_a_text():
    ours, alone = arrays(), arrays()
    train([0, 1, -1, 2, 3, -1], *ours)
    for part in ([0, 1], [2, 3]):
        reference(part, *alone)
    np.testing.assert_allclose(ours[0], alone[0], atol=2e-3)


def test_parts_give_what_the_whole_gives():
    tokens = np.random.default_rng(1).integers(0, VOCABULARY, 400)
    options = {
        "noise": np.full(VOCABULARY, 1 / VOCABULARY),
        "dynamic": True,
        "final": 0.001,
        "keep": np.full(VOCABULARY, 0.7, np.float32),
    }
    whole, parts = arrays(), arrays()
    train(tokens, *whole, last=1_000, **options)
    for first, last in ((0, 123), (123, 124), (124, 777), (777, 1_000)):
        train(tokens, *parts, first=first, last=last, **options)
    np.testing.assert_array_equal(whole[0], parts[0])
    other = arrays()
    train(tokens, *other, last=1_000, **options | {"seed": 8})
    assert np.abs(other[0] - whole[0]).max() > 1e-3


def test_subsampling_keeps_the_stated_share_and_widens_the_window():
    tokens = [0, 1] * 5_000
    keep = np.array([1, 0.25, 1, 1, 1, 1], np.float32)
    _, predictions = train(tokens, *arrays(), keep=keep, window=1)
    kept = predictions / 2  # each word that is left has two neighbours that are left
    assert kept == pytest.approx(5_000 + 0.25 * 5_000, rel=0.03)


def test_skips_and_dynamic_windows_limit_the_predictions():
    tokens = [0, 1, 2, 3, 4] * 400
    assert train(tokens, *arrays(), window=3, skips=2)[1] == 2 * len(tokens)
    _, predictions = train(tokens, *arrays(), window=4, dynamic=True)
    assert predictions / len(tokens) == pytest.approx(2 * (1 + 2 + 3 + 4) / 4, rel=0.05)


def test_keep_chances_by_hand():
    """Frequencies 0.8 and 0.2, t = 0.05: sqrt(t / f) + t / f."""
    np.testing.assert_allclose(keep_chances(np.array([8, 2]), 0.05), [0.25 + 0.0625, 0.5 + 0.25])
    assert keep_chances(np.array([8, 2]), 0).tolist() == [1, 1]


def test_the_alias_table_has_the_distribution():
    probabilities = distribution(np.array([100, 40, 7, 1]), "unigram", 0.75)
    assert probabilities[0] / probabilities[1] == pytest.approx(2.5**0.75)
    keep, other = alias_table(probabilities)
    found = np.zeros(4)
    for word in range(4):
        found[word] += keep[word] / 4
        found[other[word]] += (1 - keep[word]) / 4
    np.testing.assert_allclose(found, probabilities, atol=1e-6)


def test_log_uniform_noise_sums_to_one():
    probabilities = distribution(np.ones(1_000, np.int64), "log-uniform", 0)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities[0] == pytest.approx(np.log(2) / np.log(1_001))


def test_cooccurrence_and_pmi_by_hand():
    table = counts(np.array([0, 1, 0, -1, 2, 1, -2, 0], np.int32), 3, 2)
    np.testing.assert_array_equal(table.toarray(), [[2, 3, 0], [3, 0, 1], [0, 1, 0]])
    found = pmi(table).toarray()
    assert found[0, 1] == pytest.approx(np.log(3 * 10 / (5 * 4)))
    assert found[1, 2] == pytest.approx(np.log(1 * 10 / (4 * 1)))
    weighed = counts(np.array([0, 1, 2], np.int32), 3, 2, dynamic=True)
    assert weighed.toarray()[0].tolist() == [0, 1, 0.5]


def test_average_precision_by_hand():
    relevant = np.array([True, False, True, False, False])
    assert average_precision(np.array([4.0, 3, 2, 1, 0]), relevant, 4) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([4.0, 3, 2, 1, 9]), relevant, 4) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.zeros(5), relevant, 4) == pytest.approx((1 / 3 + 2 / 4) / 2)  # ties count against the model
    assert average_precision(np.zeros(5), np.zeros(5, bool), 4) == 0


def test_words_of_a_text():
    assert text.words_of("It's  the “Emma’s” 3rd well-known\nÉtude, isn't it?") == [
        "it's", "the", "emma's", "rd", "well", "known", "étude", "isn't", "it",
    ]  # fmt: skip


def test_rare_words_are_skipped_or_one_word():
    texts = [["a", "b", "a", "c"], ["b", "a"]]
    made = text.build(texts, limit=10, fewest=2, rare="skipped")
    assert made.words == ("a", "b")
    assert made.encode(texts).tolist() == [0, 1, 0, -1, 1, 0, -1]
    made = text.build(texts, limit=3, fewest=1, rare="UNK")
    assert made.words == ("UNK", "a", "b")
    assert made.counts.tolist() == [1, 3, 2]
    assert made.encode([["c", "a"]]).tolist() == [0, 1, -1]
    with pytest.raises(LabError, match="at least 2 are needed"):
        text.build([["one"] * 50], limit=10, fewest=5, rare="skipped")
