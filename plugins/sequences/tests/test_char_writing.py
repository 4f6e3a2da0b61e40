"""Sampling of texts: reproducible, temperature, top-k, top-p, prompts, where a text ends."""

import numpy as np
import pytest
from lab_sequences.characters.baselines import choose as choose_counts
from lab_sequences.characters.config import SampleOptions
from lab_sequences.characters.vocabulary import BOUNDARY, UNKNOWN, Vocabulary

from lab_core.errors import UsageError

tf = pytest.importorskip("tensorflow")
from lab_sequences.characters.writer import ROWS, Writer, choose  # noqa: E402

PROBABILITIES = np.array([0.3, 0.05, 0.4, 0.15, 0.1])  # of the unknown character, the boundary, and three characters


def chosen(uniform, *, temperature=1.0, top_p=1.0, top_k=0):
    logits = tf.constant(np.tile(np.log(PROBABILITIES), (len(uniform), 1)), tf.float32)
    found = choose(
        logits, tf.constant(uniform, tf.float32), tf.constant(temperature), tf.constant(top_p), top_k=top_k, nucleus=top_p < 1
    )
    return found.numpy().tolist()


GRID = (np.arange(7_000) + 0.5) / 7_000


def shares(**options):
    return np.bincount(chosen(GRID, **options), minlength=5) / len(GRID)


def test_characters_come_as_often_as_their_probability_without_the_unknown_one():
    np.testing.assert_allclose(shares(), [0, 0.05 / 0.7, 0.4 / 0.7, 0.15 / 0.7, 0.1 / 0.7], atol=1e-3)


def test_temperature_sharpens_by_a_power():
    expected = np.array([0, 0.05, 0.4, 0.15, 0.1]) ** 2
    np.testing.assert_allclose(shares(temperature=0.5), expected / expected.sum(), atol=1e-3)
    assert chosen([0.0, 0.5, 0.999], temperature=0.0) == [2, 2, 2]


def test_top_k_and_top_p_keep_the_likeliest():
    np.testing.assert_allclose(shares(top_k=2), [0, 0, 0.4 / 0.55, 0.15 / 0.55, 0], atol=1e-3)
    # 0.571 and 0.214 of what is left reach 0.7; the boundary and the third character are cut
    np.testing.assert_allclose(shares(top_p=0.7), [0, 0, 0.4 / 0.55, 0.15 / 0.55, 0], atol=1e-3)
    np.testing.assert_allclose(shares(top_p=0.01), [0, 0, 1, 0, 0], atol=1e-3)


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.5}, {"top_k": 2}, {"top_p": 0.7}, {"temperature": 0.0}])
def test_counts_choose_as_networks_do(settings):
    options = SampleOptions(**settings)
    found = np.bincount([choose_counts(PROBABILITIES, uniform, options) for uniform in GRID], minlength=5) / len(GRID)
    np.testing.assert_allclose(found, shares(**settings), atol=1e-3)


@pytest.fixture(scope="module")
def model(trainer):
    made = trainer("char-rnn-austen")
    made.advance(3)
    return made.model()


def texts(model, count, seed=0, **options):
    return ["".join(pieces) for pieces in model.sample(count, seed=seed, options=SampleOptions(**options))]


def test_a_text_is_the_same_whatever_the_batch(model):
    many = texts(model, ROWS + 3, length=70, stop="none")
    assert texts(model, 2, length=70, stop="none") == many[:2]
    assert len(set(many)) == ROWS + 3
    assert all(len(text) == 70 for text in many)
    assert texts(model, 1, seed=1, length=70, stop="none") != many[:1]


def test_a_text_comes_in_pieces_and_may_be_left_unread(model):
    first, second = model.sample(2, seed=0, options=SampleOptions(length=90, stop="none"))
    assert next(first)
    assert len("".join(second)) == 90


def test_the_prompt_begins_every_text(model):
    for text in texts(model, 2, prompt="Emma", length=20, stop="none"):
        assert text.startswith("Emma")
        assert len(text) == 24


def test_unknown_characters_of_a_prompt_are_named(model, capsys):
    (text,) = texts(model, 1, prompt="Emma ☃", length=5, stop="none")
    assert text.startswith("Emma ☃")
    assert "☃" in capsys.readouterr().err
    with pytest.raises(UsageError, match="☃"):
        model.sample(1, seed=0, options=SampleOptions(prompt="☃☃"))


class Scripted:
    """A network that writes one text again and again, one character after another."""

    def __init__(self, line):
        self.line = tf.constant(line, tf.int32)

    def zero_state(self, batch):
        return [tf.zeros((batch,), tf.int32)]

    def run(self, tokens, state, noise=None):
        at = state[0] + tf.shape(tokens)[1] - 1
        logits = tf.one_hot(tf.gather(self.line, at % len(self.line)), 6, 100.0, 0.0)[:, None]
        return tf.repeat(logits, tf.shape(tokens)[1], 1), [state[0] + tf.shape(tokens)[1]]


VOCABULARY = Vocabulary("ab\n.")  # numbers 2, 3, 4, 5


def written(line, **options):
    writer = Writer(Scripted(line), VOCABULARY)
    return "".join(next(writer.write(1, seed=0, options=SampleOptions(**options))))


def test_a_text_ends_where_it_should():
    line = [2, 3, 4, 3, 4, 4, 2, BOUNDARY, 5, 5]  # "ab\nb\n\na" and the boundary
    assert written(line, stop="line") == "ab\n"
    assert written(line, stop="blank line") == "ab\nb\n\n"
    assert written(line, stop="text") == "ab\nb\n\na"
    assert written(line, stop="none", length=15) == "ab\nb\n\na\n\n..ab\nb"
    assert written(line, stop="text", length=2) == "ab"


def test_a_text_longer_than_a_piece_continues(model):
    assert written([2, 3, 5], stop="none", length=100) == ("ab." * 34)[:100]


def test_decoding_leaves_out_boundaries_and_marks_unknown_characters():
    assert VOCABULARY.decode([2, BOUNDARY, 3, UNKNOWN, 4]) == "ab\ufffd\n"
