"""Scores of text: by hand, or against sacrebleu."""

import time
from math import exp, log

import numpy as np
import pytest
from lab_metrics.text import bleu, chrf
from lab_metrics.text.cider import cider_d, words
from lab_metrics.text.copies import CopyIndex
from lab_metrics.text.distinct import distinct_share
from lab_metrics.text.exact import exact_matches
from lab_metrics.text.likelihood import bits_per_character, perplexity
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from lab_app.results.pooled import RESAMPLES, pooled_interval
from lab_core.errors import LabError, UsageError

HYPOTHESES = ["The file could not be opened.", "A new page is made", "Print", "", "Straße und Öl, bitte!", "the the the the the"]
REFERENCES = [
    ["The file can't be opened.", "It was not possible to open the file."],
    ["A new page is created."],
    ["Print"],
    ["Nothing here"],
    ["Straße und Öl bitte!", "Bitte Straße und Öl."],
    ["the cat sat on the mat"],
]


def streams() -> list[list[str | None]]:
    """The references as sacrebleu takes them: one stream a reference, None where a sentence has fewer."""
    longest = max(map(len, REFERENCES))
    return [[its[place] if place < len(its) else None for its in REFERENCES] for place in range(longest)]


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("tokenize", ["13a", "intl", "char", "none"])
def test_pooled_bleu_is_sacrebleus_corpus_score(tokenize: str, lowercase: bool) -> None:
    expected = BLEU(tokenize=tokenize, lowercase=lowercase).corpus_score(HYPOTHESES, streams()).score  # type: ignore[arg-type]
    found = bleu.pool(bleu.statistics(HYPOTHESES, REFERENCES, tokenize=tokenize, lowercase=lowercase))
    assert found == pytest.approx(expected, abs=1e-9)


def test_chinese_is_counted_by_character() -> None:
    hypotheses, references = ["无法打开文件。", "打印预览"], [["不能打开该文件。"], ["打印预览"]]
    expected = BLEU(tokenize="zh").corpus_score(hypotheses, [[one[0] for one in references]]).score
    assert bleu.pool(bleu.statistics(hypotheses, references, tokenize="zh")) == pytest.approx(expected)


def test_a_subset_of_sentences_scores_what_sacrebleu_says_of_it() -> None:
    rows = bleu.statistics(HYPOTHESES, REFERENCES)
    some = [0, 1, 1, 4]  # a bootstrap draws a sentence twice
    expected = BLEU().corpus_score([HYPOTHESES[i] for i in some], [[stream[i] for i in some] for stream in streams()])  # type: ignore[arg-type]
    assert bleu.pool(rows[some]) == pytest.approx(expected.score)
    assert bleu.pool(rows[some].sum(axis=0, keepdims=True)) == pytest.approx(expected.score)


def test_the_mean_of_sentence_scores_is_another_number() -> None:
    rows = bleu.statistics(HYPOTHESES, REFERENCES)
    single = BLEU(effective_order=True)
    expected = [single.sentence_score(mine, its).score for mine, its in zip(HYPOTHESES, REFERENCES, strict=True)]
    assert bleu.sentence_scores(rows) == pytest.approx(expected)
    assert abs(np.mean(expected) - bleu.pool(rows)) > 1


def test_bleu_of_orders_by_hand() -> None:
    """ "a b c d" against "a b x d": 3 of 4 words, 1 of 3 pairs, lengths alike."""
    rows = bleu.statistics(["a b c d"], [["a b x d"]], tokenize="none")
    assert rows[0].tolist() == [4, 4, 3, 1, 0, 0, 4, 3, 2, 1]
    assert bleu.bleu(rows, 1) == pytest.approx(75.0)
    assert bleu.bleu(rows, 2) == pytest.approx(100 * (3 / 4 * 1 / 3) ** 0.5)
    assert bleu.bleu(rows, 4) == 0.0
    short = bleu.statistics(["a b"], [["a b c d"]], tokenize="none")
    assert bleu.bleu(short, 1) == pytest.approx(100 * exp(1 - 4 / 2))
    assert bleu.length_ratio(short) == 0.5


def test_bleu_refuses_what_it_cannot_count() -> None:
    with pytest.raises(UsageError, match="tokenizer"):
        bleu.statistics(["a"], [["a"]], tokenize="13b")
    with pytest.raises(LabError, match="2 hypotheses"):
        bleu.statistics(["a", "b"], [["a"]])
    with pytest.raises(LabError, match="references"):
        bleu.statistics(["a"], [[]])
    with pytest.raises(LabError, match="references"):
        bleu.statistics(["a"], ["a"])
    assert "tok=zh" in bleu.signature(tokenize="zh")


def test_chrf_is_sacrebleus() -> None:
    rows = chrf.statistics(HYPOTHESES, REFERENCES)
    assert chrf.pool(rows) == pytest.approx(CHRF().corpus_score(HYPOTHESES, streams()).score)  # type: ignore[arg-type]
    single = [CHRF().sentence_score(mine, its).score for mine, its in zip(HYPOTHESES, REFERENCES, strict=True)]
    assert chrf.sentence_scores(rows) == pytest.approx(single)
    some = [0, 0, 4, 5]
    expected = CHRF().corpus_score([HYPOTHESES[i] for i in some], [[stream[i] for i in some] for stream in streams()])  # type: ignore[arg-type]
    assert chrf.pool(rows[some]) == pytest.approx(expected.score)


def test_likelihoods_are_pooled_by_sums() -> None:
    """A text of 2 characters at 1 bit each and one of 8 at 3 bits: 26 bits over 10 characters."""
    rows = np.array([[2 * log(2), 2], [24 * log(2), 8]])
    assert bits_per_character(rows) == pytest.approx(2.6)
    assert perplexity(rows) == pytest.approx(2**2.6)
    assert perplexity(np.array([[1e6, 1.0]])) == float("inf")
    with pytest.raises(LabError, match="no characters"):
        bits_per_character(np.zeros((0, 2)))


def test_exact_matches_pass_over_white_space_and_unicode_forms() -> None:
    found = exact_matches(["a  b ", "cafe\u0301", "A"], [["a b"], ["x", "caf\u00e9"], ["a"]])
    assert found.tolist() == [1.0, 1.0, 0.0]


def test_distinct_share_by_hand() -> None:
    assert distinct_share(["a b a b", "a b"], 2) == 2 / 4  # ab, ba, ab and ab
    assert distinct_share(["aab"], 1, characters=True) == 2 / 3
    with pytest.raises(LabError, match="2 words"):
        distinct_share(["a", ""], 2)


def test_copied_spans_are_found_wherever_they_stand_and_no_others() -> None:
    index = CopyIndex(["the quick brown fox", "jumps over"], span=5)
    assert index.copied("a quick one").tolist() == [False] + [True] * 7 + [False] * 3  # " quick " of the first text
    assert index.share(["a quick one", "xxxx"]) == pytest.approx(7 / 15)
    assert index.share(["foxjumps"]) == pytest.approx(5 / 8)  # no window runs across two texts: "jumps" alone
    assert index.share([]) == 0.0
    assert index.share(["tiny"]) == 0.0


def test_cider_of_a_perfect_caption_is_ten_and_of_a_foreign_one_nothing() -> None:
    references = [["a red apple on a table"], ["two dogs run in grass"], ["blue sky over water"]]
    assert cider_d([its[0] for its in references], references) == pytest.approx([10.0, 10.0, 10.0])
    assert cider_d(["green", "two", "x y z"], references)[[0, 2]].tolist() == [0.0, 0.0]


def test_cider_by_hand() -> None:
    """Two images; "b" is in both sets of references, so it weighs log(2/2) = 0; "a" and "c" weigh log 2.

    The caption "a a b" against "a b": n = 1 has vectors (2 log 2) and (log 2), product (clipped) (log 2)^2, norms
    2 log 2 and log 2: 1/2. n = 2 has "a a" and "a b", log 2 each ("a a" is in no reference: log(2/1)), against "a b":
    (log 2)^2 / (sqrt 2 (log 2)^2).
    Lengths differ by one word: exp(-1/72).
    """
    found = cider_d(["a a b", "c b"], [["a b"], ["c b"]])
    assert found[0] == pytest.approx(10 * exp(-1 / 72) * (1 / 2 + 1 / 2**0.5) / 4)
    assert found[1] == pytest.approx(10 * (1 + 1) / 4)  # two words have no longer n-grams


def test_words_of_captions_are_lower_case_without_punctuation() -> None:
    assert words("A dog's ball, red_blue: Öl!") == ["a", "dog's", "ball", "red", "blue", "öl"]


@pytest.mark.parametrize("columns", [10, 18])
def test_three_thousand_sentences_are_resampled_a_thousand_times_in_two_seconds(columns: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 30, (3000, columns)).astype(np.float64)
    start = time.process_time()
    assert pooled_interval(rows, bleu.pool if columns == 10 else chrf.pool, resamples=RESAMPLES) is not None
    assert time.process_time() - start < 2.0
