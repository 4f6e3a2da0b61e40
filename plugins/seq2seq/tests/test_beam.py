"""Beam search against exhaustive search on a small random process, penalties by hand, order, n-best, sampling."""

from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from lab_seq2seq.decoding.beam import LOW, beam_search, coverage_penalty, length_penalty
from lab_seq2seq.decoding.sampling import sample

START, END, SIZE, LONGEST, SOURCE = 0, 1, 4, 4, 3
MASK = tf.constant([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])


class Process:
    """Next-token logits and alignments that depend on item, position and the last two tokens: no shortcut through one state."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.logits = rng.normal(size=(2, LONGEST, SIZE, SIZE, SIZE)).astype(np.float32)
        raw = rng.random((2, LONGEST, SIZE, SIZE, SOURCE)).astype(np.float32) * MASK.numpy()[:, None, None, None]
        self.alignments = raw / raw.sum(-1, keepdims=True)

    @property
    def state(self):
        return (tf.constant([0, 1]), tf.fill((2,), START))

    def step(self, state, tokens, place):
        item, before = state
        at = tf.stack([item, tf.fill(tf.shape(item), place), before, tokens], 1)
        return tf.gather_nd(self.logits, at), (item, tokens), tf.gather_nd(self.alignments, at)

    def best(self, item, alpha, beta):
        """Every ended sequence of at most LONGEST tokens with its score, best first."""
        found = []
        for length in range(1, LONGEST + 1):
            for body in product([2, 3], repeat=length - 1):
                tokens, before, last, logs, coverage = [*body, END], START, START, 0.0, np.zeros(SOURCE)
                for place, token in enumerate(tokens):
                    logits = self.logits[item, place, before, last]
                    logits = np.where(np.arange(SIZE) == START, -np.inf, logits)
                    # the search normalises before it forbids
                    whole = self.logits[item, place, before, last]
                    logs += logits[token] - np.log(np.exp(whole).sum())
                    coverage += self.alignments[item, place, before, last]
                    before, last = last, token
                real = MASK.numpy()[item] > 0
                penalty = beta * np.log(np.minimum(coverage[real], 1.0)).sum()
                found.append((logs / ((5 + length) / 6) ** alpha + penalty, tokens))
        return sorted(found, key=lambda pair: -pair[0])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (1.0, 0.0), (0.8, 0.5)])
def test_a_wide_beam_finds_what_exhaustive_search_finds(seed, alpha, beta):
    process = Process(seed)
    options = {"beam": 24, "longest": LONGEST, "start": START, "end": END, "forbidden": (START,)}
    found = beam_search(process.step, process.state, MASK, **options, alpha=alpha, beta=beta, wanted=5)
    for item in range(2):
        for place, (score, tokens) in enumerate(process.best(item, alpha, beta)[:5]):
            length = int(found.lengths[item, place])
            assert found.tokens[item, place, :length].numpy().tolist() == tokens
            assert float(found.scores[item, place]) == pytest.approx(score, abs=1e-4)


def test_one_beam_is_greedy():
    process = Process(7)
    found = beam_search(process.step, process.state, MASK, beam=1, longest=LONGEST, start=START, end=END, forbidden=(START,))
    for item in range(2):
        before = last = START
        for place in range(int(found.lengths[item, 0])):
            logits = process.logits[item, place, before, last].copy()
            logits[START] = -np.inf
            assert int(found.tokens[item, 0, place]) == logits.argmax()
            before, last = last, int(logits.argmax())


def test_scores_fall_and_alignments_are_those_of_the_chosen_words():
    process = Process(3)
    found = beam_search(
        process.step, process.state, MASK, beam=4, longest=LONGEST, start=START, end=END, forbidden=(START,), wanted=4
    )
    scores = found.scores.numpy()
    assert (np.diff(scores, axis=1)[scores[:, 1:] > 0.5 * LOW] <= 1e-6).all()
    for item in range(2):
        before = last = START
        for place in range(int(found.lengths[item, 0])):
            expected = process.alignments[item, place, before, last]
            assert found.alignments[item, 0, place].numpy() == pytest.approx(expected, abs=1e-6)
            before, last = last, int(found.tokens[item, 0, place])


def test_penalties_by_hand():
    assert length_penalty(tf.constant([1, 7]), 1.0).numpy() == pytest.approx([1.0, 2.0])
    assert length_penalty(tf.constant([7]), 0.5).numpy() == pytest.approx([np.sqrt(2)])
    coverage = tf.constant([[[0.5, 2.0, 0.0]]])
    # log(0.5) for the half covered position, nothing for the covered one, nothing for padding
    assert coverage_penalty(coverage, tf.constant([[1.0, 1.0, 0.0]]), 0.2).numpy() == pytest.approx(0.2 * np.log(0.5))


def test_a_length_penalty_makes_longer_sequences():
    process = Process(11)
    options = {"beam": 24, "longest": LONGEST, "start": START, "end": END, "forbidden": (START,)}
    short, long = (beam_search(process.step, process.state, MASK, **options, alpha=alpha).lengths[:, 0] for alpha in (0.0, 5.0))
    assert int(tf.reduce_sum(long)) >= int(tf.reduce_sum(short))


def test_samples_follow_the_process_and_the_seed():
    process = Process(5)
    options = {"longest": LONGEST, "start": START, "end": END, "forbidden": (START,)}
    draw = tf.function(
        lambda seed: sample(process.step, process.state, MASK, **options, seed=tf.stack([seed, 0])).tokens[:, 0, 0]
    )
    drawn = np.stack([draw(tf.constant(number, tf.int64)).numpy() for number in range(600)])
    assert (draw(tf.constant(3, tf.int64)).numpy() == drawn[3]).all()
    for item in range(2):
        chances = np.exp(process.logits[item, 0, START, START][1:])
        shares = np.bincount(drawn[:, item], minlength=SIZE)[1:] / 600
        assert shares == pytest.approx(chances / chances.sum(), abs=0.08)
