"""Likelihoods, baselines, the form of samples, and texts that cannot be used."""

import bz2
from math import log

import numpy as np
import pytest
from lab_sequences.characters import vocabulary
from lab_sequences.characters.form import brackets_balance, verse_share
from lab_sequences.characters.ngrams import NGrams
from lab_sequences.characters.vocabulary import BOUNDARY, UNKNOWN, UNSEEN, Vocabulary

from lab_core.errors import LabError


@pytest.fixture(scope="module")
def model(trainer):
    made = trainer("char-rnn-austen")
    made.advance(6)
    return made.model()


def in_one_piece(model, text):
    """The sum of the log-probabilities, read by the network in one call."""
    tokens = np.concatenate([[BOUNDARY], model.vocabulary.encode(text)]).astype(np.int32)[None]
    network = model.networks["network"]
    logits = network.run(tokens[:, :-1], network.zero_state(1))[0].numpy()[0].astype(np.float64)
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    return logits[np.arange(tokens.shape[1] - 1), tokens[0, 1:]].sum()


def test_a_short_text_is_scored_exactly(model):
    text = "It is a truth universally acknowledged."
    nats, characters = model.log_likelihood(text)
    assert characters == len(text)
    assert nats == pytest.approx(in_one_piece(model, text), rel=1e-4)


def test_a_long_text_read_in_parts_costs_nearly_the_same(model):
    text = "It is a truth universally acknowledged, that a single man must be in want of a wife. " * 20
    nats, characters = model.log_likelihood(text)
    assert characters == len(text)
    assert nats == pytest.approx(in_one_piece(model, text), rel=1e-3)


def test_an_unknown_character_costs_its_choice_among_all_code_points(model):
    nats, characters = model.log_likelihood("a☃")
    assert characters == 2
    assert nats == pytest.approx(in_one_piece(model, "a☃") - UNSEEN, rel=1e-4)


def test_a_loaded_model_scores_alike(model, tmp_path):
    model.save(tmp_path)
    again = type(model).load(tmp_path, device="cpu")
    assert again.log_likelihood("Emma")[0] == pytest.approx(model.log_likelihood("Emma")[0], rel=1e-6)


def test_witten_bell_equals_the_formula_by_hand():
    """Text a b a c, tokens 2 3 2 4 after a boundary; a uniform distribution over 5 tokens below order 1."""
    counts = NGrams(np.array([1, 2, 3, 2, 4], np.int32), 5, 2)
    order_1 = {2: (2 + 3 / 5) / 7, 3: (1 + 3 / 5) / 7, 4: (1 + 3 / 5) / 7}  # 4 tokens of 3 kinds follow
    after_2 = {3: (1 + 2 * order_1[3]) / 4, 2: (0 + 2 * order_1[2]) / 4}  # b and c follow a, once each
    found = np.exp(counts.log_probabilities(np.array([1, 2, 3], np.int32)))
    np.testing.assert_allclose(found, [(1 + 1 * order_1[2]) / 2, after_2[3]])
    distribution = counts.distribution([1, 2])
    assert distribution.sum() == pytest.approx(1)
    assert distribution[3] == pytest.approx(after_2[3])
    assert distribution[2] == pytest.approx(after_2[2])


def test_every_context_has_a_distribution():
    rng = np.random.default_rng(0)
    tokens = np.concatenate([[1], rng.integers(2, 8, 500)]).astype(np.int32)
    counts = NGrams(tokens, 8, 4)
    for _ in range(20):
        context = [1, *rng.integers(2, 8, 6).tolist()]
        every = [np.exp(counts.log_probabilities(np.array([*context, last], np.int32))[-1]) for last in range(8)]
        assert sum(every) == pytest.approx(1)
        np.testing.assert_allclose(counts.distribution(context[-4:]), every)


def test_order_0_is_the_entropy_of_the_characters(baseline):
    made = baseline("char-order-0-austen", "limit=4")
    text = "".join(np.random.default_rng(0).choice(list("etaoin "), 50))
    expected = sum(made.counts.log_probabilities(np.array([1, token], np.int32))[0] for token in made.vocabulary.encode(text))
    assert made.log_likelihood(text)[0] == pytest.approx(expected)


def test_more_context_costs_fewer_bits_and_samples_repeat(baseline):
    text = "She was not so much surprised as she had been the day before."
    costs = [-baseline(f"char-{method}-austen", "limit=8").log_likelihood(text)[0] for method in ("witten-bell", "order-0")]
    assert costs[0] < costs[1]
    made = baseline("char-witten-bell-austen", "limit=8")
    options = made.options(length=30, prompt="She ")
    first, again = ("".join(next(made.sample(1, seed=1, options=options))) for _ in range(2))
    assert first == again
    assert first.startswith("She ")


@pytest.mark.parametrize("method", ["bz2", "lzma"])
def test_a_compressor_charges_the_bytes_that_a_text_adds(method, baseline):
    made = baseline(f"char-{method}-austen", "limit=2")
    text = "an unlikely sentence about zebras 0123456789 and quarks " * 3
    nats, characters = made.log_likelihood(text)
    assert characters == len(text)
    assert 0 < -nats / log(2) / characters < 8
    if method == "bz2":
        training = made.before(text.encode())
        added = len(bz2.compress(training + text.encode(), 9)) - len(bz2.compress(training, 9))
        assert nats == pytest.approx(-8 * log(2) * added)
    with pytest.raises(LabError, match="can't write"):
        made.sample(1, seed=0, options={})


def test_an_evaluation_reports_copies_and_form(score, baseline):
    found = score("char-order-0-tang", baseline("char-order-0-tang"), protocol="test", count=3)
    assert set(found.details) == {"characters", "copied", "distinct", "form"}
    assert found.details["distinct"] == (1, 1, 1)
    assert found.value > 0
    assert max(found.details["copied"]) == 0


def test_repeated_samples_are_not_distinct(score, baseline):
    model = baseline("char-order-0-tang")
    model.sample = lambda count, *, seed, options: iter([iter([text]) for text in ("春眠", "不覺", "春眠")])  # type: ignore[method-assign]
    assert score("char-order-0-tang", model, protocol="test", count=3).details["distinct"] == (1, 1, 0)


def test_verse_of_five_characters():
    assert verse_share("白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。") == 1
    assert verse_share("白日依山盡，黃河入海流。\n欲窮千里，更上一層樓。") == 0.5
    assert verse_share("白日依山盡,黃河入海流.") == 0
    assert verse_share("") == 0


@pytest.mark.parametrize(
    ("code", "balance"),
    [
        ("int f(int a[]){ return g(a[0]); }", 1),
        ("if( x ){ y = (1+2;", 1),  # open at the end
        ("} else {", 0),
        ("f(a];", 0),
        ("/* ) */ x = \")\"; y = ')'; // )\n", 1),
        ('char *s = "\\")"; }', 0),
    ],
)
def test_brackets_balance(code, balance):
    assert brackets_balance(code) == balance


def test_a_vocabulary_is_ordered_by_frequency_and_limited():
    made = vocabulary.build(["aaabbc", "bbd"], limit=10, fewest=1)
    assert made.characters == "bacd"
    assert vocabulary.build(["aaabbc", "bbd"], limit=2, fewest=1).characters == "ba"
    assert vocabulary.build(["aaabbc"], limit=10, fewest=2).characters == "ab"
    assert made.encode("ba☃").tolist() == [2, 3, UNKNOWN]
    assert made.decode(made.encode("abcd")) == "abcd"
    assert made.stream(["ab", "c"]).tolist() == [1, 3, 2, 1, 4, 1]


def test_characters_outside_the_basic_plane_are_one_token():
    assert Vocabulary("😀a").encode("a😀").tolist() == [3, 2]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "no text"),
        (b"a" * 5_000, "1 different characters"),
        (b"hello world\n" * 200 + b"\xff\xfe", "line 201"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_in_one_line(content, line, tmp_path, trainer):
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(LabError, match=line) as caught:
        trainer("char-rnn", f"data={tmp_path / 'own.txt'}")
    assert "\n" not in str(caught.value)


def test_a_folder_of_texts_is_read(tmp_path, trainer):
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text(f"Chapter {number}. " + "It was a dark and stormy night. " * 20)
    made = trainer("char-rnn", f"data={tmp_path}")
    assert "C" in made.vocabulary.characters
    assert made.advance(2).step == 2
