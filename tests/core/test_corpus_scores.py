"""Scores of a corpus, which are no mean over its units: their values, intervals, records and comparisons in every command.

The toy benchmark counts right words: a sentence's statistics are (right, all), its score the share, the corpus score the share
over all words. Long sentences are hard here, so that the corpus score lies far below the mean over sentences.
"""

from typing import Any

import msgspec
import numpy as np
import pytest

from lab_app.cli.reports import detail_lines, evaluation_line
from lab_app.records.publish import MOST_STATISTICS, compact
from lab_app.results.comparison import ScorePair, Side, compare
from lab_app.results.intervals import legend, meaning, phrase
from lab_app.results.leaderboard import leaderboard
from lab_app.results.pooled import paired_wins, pool_of, pooled_interval
from lab_app.results.results import Result, run_score, run_scores, summary_of
from lab_app.results.statistics import interval_over_units
from lab_app.results.summary import Summary
from lab_app.testing import _check_benchmark, check_evaluation  # pyright: ignore[reportPrivateUsage]
from lab_core.benchmark import Benchmark
from lab_core.evaluator import Evaluation
from lab_core.files import encode_json
from lab_core.pooling import additive, is_additive
from lab_core.registry.registry import Registry
from lab_core.score import Score

Statistics = tuple[tuple[float, ...], ...]


@additive
def share_of_words(statistics: Any) -> float:
    right, words = np.asarray(statistics).sum(axis=0)
    return float(100.0 * right / words)


def largest(statistics: Any) -> float:
    """Not additive: no sum of columns says which sentence was the longest."""
    return float(np.asarray(statistics)[:, 1].max())


BENCHMARK = Benchmark(
    id="right-words/toy",
    title="Toy",
    needs="apply",
    consumes="text",
    produces="text",
    unit="sentence",
    score=Score("words", random=0.0, reference=100.0, digits=2),
    evaluator="x:Y",
    pool=f"{__name__}:share_of_words",
    protocols={"test": {"count": 40}},
    default_protocol="test",
)
BENCHMARKS = {BENCHMARK.id: BENCHMARK}
EMPTY = Side(name="", runs=(), config={}, facts={}, step_unit="updates", steps=1.0, wall_seconds=1.0, results=(), curves=())


def sentences(count: int = 40, *, seed: int = 0, shift: float = 0.0) -> Statistics:
    """Short sentences nearly all right, long ones mostly wrong."""
    rng = np.random.default_rng(seed)
    words = np.where(np.arange(count) % 4 == 0, 40, 4)
    right = rng.binomial(words, np.clip(np.where(words == 40, 0.2, 0.9) + shift, 0, 1))
    return tuple((float(a), float(b)) for a, b in zip(right, words, strict=True))


def evaluation(rows: Statistics, **fields: Any) -> Evaluation:
    scores = tuple(100 * right / words for right, words in rows)
    return Evaluation(
        benchmark=BENCHMARK.id,
        protocol="test",
        settings={},
        seed=fields.pop("seed", 0),
        scores=scores,
        statistics=rows,
        value=share_of_words(rows),
        unit="sentence",
        **fields,
    )


def result(run: str, rows: Statistics, **fields: Any) -> Result:
    found = evaluation(rows)
    about = {"task": "t", "method": "m", "preset": "default", "budget": 100, "benchmark": BENCHMARK.id, "protocol": "test"}
    return Result(
        **{**about, "run": run, "scores": found.scores, "statistics": rows, "value": found.value, "unit": "sentence", **fields}
    )


def test_the_interval_of_a_corpus_score_is_around_the_corpus_score() -> None:
    found = evaluation(sentences())
    assert abs(np.mean(found.scores) - found.value) > 20  # what an interval over the mean would be around
    summary = summary_of([run_score(found)], BENCHMARK)
    assert summary.kind == "units"
    assert summary.low < found.value < summary.high
    assert summary.high < np.mean(found.scores)
    assert (summary.n_runs, summary.n_units) == (1, 40)


def test_the_interval_agrees_with_the_delta_method() -> None:
    """For a ratio of sums the variance is known: that of (right - ratio * words) over (mean words)^2 / n."""
    rows = np.asarray(sentences(2000))
    ratio = rows[:, 0].sum() / rows[:, 1].sum()
    error = (rows[:, 0] - ratio * rows[:, 1]).std(ddof=1) / rows[:, 1].mean() / np.sqrt(len(rows))
    bounds = pooled_interval(rows, share_of_words, resamples=5000)
    assert bounds == pytest.approx((100 * (ratio - 1.96 * error), 100 * (ratio + 1.96 * error)), abs=0.1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    everything = np.asarray(sentences(40_000, seed=1))
    truth = share_of_words(everything)
    rng = np.random.default_rng(2)
    hits = 0
    for trial in range(200):
        some = everything[rng.integers(len(everything), size=60)]
        low, high = pooled_interval(some, share_of_words, seed=trial) or (0.0, 0.0)
        hits += low <= truth <= high
    assert 0.89 <= hits / 200 <= 0.995


def test_sums_of_resamples_and_resampled_rows_are_the_same() -> None:
    def plain(rows: Any) -> float:
        return share_of_words(rows)

    rows = np.asarray(sentences())
    assert is_additive(share_of_words)
    assert not is_additive(plain)
    assert pooled_interval(rows, share_of_words, seed=3) == pytest.approx(pooled_interval(rows, plain, seed=3))
    assert pooled_interval(rows, largest) == (40.0, 40.0)


def test_too_few_units_have_no_interval() -> None:
    assert pooled_interval(np.asarray(sentences(4)), share_of_words) is None
    summary = summary_of([run_score(evaluation(sentences(4)))], BENCHMARK)
    assert (summary.kind, summary.low, summary.high) == ("none", summary.mean, summary.mean)


def test_every_command_prints_the_same_interval_of_one_run() -> None:
    rows = sentences()
    summary = summary_of([run_score(evaluation(rows))], BENCHMARK)
    (table,) = leaderboard([result("r", rows)], BENCHMARKS)
    assert table.entries[0].summary == summary
    shown = f"words {summary.mean:.2f} (95 % over 40 sentences: {summary.low:.2f} to {summary.high:.2f})"
    line = evaluation_line(evaluation(rows), BENCHMARK)
    assert line.startswith(shown)
    assert "best" not in line  # the best sentence says nothing
    assert legend([(summary, "sentence")]) == ["* one run: 95 % over its sentences; another seed may lie outside"]
    normalised = table.entries[0].normalised
    assert normalised is not None
    assert normalised == pytest.approx((summary.mean / 100, summary.low / 100, summary.high / 100))


def test_few_runs_have_a_range_and_five_an_interval_over_runs() -> None:
    def summary(count: int) -> Summary:
        results = [result(f"r{place}", sentences(seed=place)) for place in range(count)]
        return leaderboard(results, BENCHMARKS)[0].entries[0].summary

    few, five = summary(3), summary(5)
    assert few.kind == "run range"
    assert (few.low, few.high) == (min(few.points), max(few.points))
    assert meaning(few, "sentence") == "lowest to highest of 3 runs"
    assert five.kind == "runs"
    assert phrase(five, lambda value: f"{value:.1f}", "sentence").startswith(f"{five.mean:.1f} (95 % over 5 runs: ")


def test_evaluations_on_other_sentences_are_pooled_by_their_statistics() -> None:
    short = tuple((float(right), 4.0) for right in (4, 3, 4, 2, 4))
    long = tuple((float(right), 40.0) for right in (8, 9, 7, 10, 6))
    scored = run_scores([result("r", short, seed=0), result("r", long, seed=1)], BENCHMARK)["r"]
    assert scored.value == pytest.approx(100 * (17 + 40) / (20 + 200))  # the mean of both values is 52.5
    assert len(scored.statistics) == 10


def test_an_evaluation_that_repeats_another_counts_once() -> None:
    """The same model on the same sentences with another seed says nothing new: twice the units would halve the interval."""
    rows = sentences()
    scored = run_scores([result("r", rows, seed=seed) for seed in (0, 1)], BENCHMARK)["r"]
    assert len(scored.scores) == 40


def test_a_record_keeps_small_statistics_and_leaves_out_large_ones() -> None:
    small = evaluation(sentences())
    assert compact(small, Registry()) == small
    large = evaluation(sentences(MOST_STATISTICS), details={"length": tuple(np.linspace(0, 1, MOST_STATISTICS).tolist())})
    kept = compact(large, Registry())
    assert kept.statistics == ()
    assert kept.scores == large.scores
    assert kept.interval is None  # this benchmark is registered nowhere
    assert len(encode_json(kept.details["length"])) < len(encode_json(large.details["length"])) / 1.5


@pytest.mark.parametrize("count", [40, MOST_STATISTICS])
def test_the_interval_of_a_record_is_that_of_its_statistics(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr("lab_app.results.results.find_benchmark", lambda *known: BENCHMARK)
    given = evaluation(sentences(count))
    kept = compact(given, Registry())
    before, after = (summary_of([run_score(one)], BENCHMARK) for one in (given, kept))
    assert before.kind == "units"
    assert after == before
    again = msgspec.json.decode(encode_json(kept), type=Evaluation)
    assert again.interval == (before.low, before.high)


def test_a_record_of_a_mean_over_episodes_has_its_interval_too() -> None:
    given = Evaluation(benchmark="b", protocol="p", settings={}, seed=0, scores=(1.0, 2.0, 3.0, 4.0, 5.0), value=3.0)
    kept = compact(given, Registry())
    assert kept.interval == interval_over_units((1.0, 2.0, 3.0, 4.0, 5.0))


def test_single_runs_are_compared_over_resamples_of_their_common_sentences() -> None:
    """One word more of 40 in each long sentence: the shares overlap, the paired comparison is certain."""
    rows = sentences()
    better = tuple((right + (words == 40), words) for right, words in rows)
    assert paired_wins(np.asarray(better), np.asarray(rows), share_of_words) == 1.0
    assert paired_wins(np.asarray(rows), np.asarray(rows), share_of_words) == 0.5
    pair = pair_of(result("a", better), result("b", rows))
    assert (pair.over, pair.improvement) == ("resamples", 1.0)
    assert (pair.low, pair.p) == (None, None)
    lower = msgspec.structs.replace(BENCHMARK, score=Score("errors", higher_is_better=False))
    assert pair_of(result("a", better), result("b", rows), lower).improvement == 0.0


def pair_of(a: Result, b: Result, benchmark: Benchmark = BENCHMARK) -> ScorePair:
    """The comparison's pair of scores of two runs without folders."""
    sides = [msgspec.structs.replace(EMPTY, name=one.run, results=(one,), runs=(one.run,)) for one in (a, b)]
    (found,) = compare(sides[0], sides[1], lambda name: benchmark).scores
    return found


def test_figures_of_the_whole_stand_beside_the_score_as_columns_do() -> None:
    found = evaluation(sentences(), details={"exact": (1.0,) * 40}, figures={"chrf": 51.23, "broken": float("nan")})
    assert found.detail_means() == {"exact": 1.0, "chrf": 51.23}
    assert "chrf 51.23" in detail_lines(found)[0]


def test_a_pool_that_can_not_be_imported_is_warned_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    broken = msgspec.structs.replace(BENCHMARK, id="right-words/broken", pool="no_such_module:pool")
    assert (pool_of(broken), pool_of(broken)) == (None, None)
    assert pool_of(BENCHMARK) is share_of_words
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: scores on right-words/broken are not pooled")
    assert "no_such_module" in line


def evaluation_of(statistics: Statistics, value: float, unit: str = "sentence") -> Evaluation:
    scores = tuple(100 * right / words for right, words in statistics) if statistics else (1.0, 2.0)
    return Evaluation(
        benchmark=BENCHMARK.id, protocol="test", settings={}, seed=0, scores=scores, statistics=statistics, value=value, unit=unit
    )


def test_the_kit_finds_mistakes_of_a_corpus_score() -> None:
    rows = ((1.0, 2.0), (3.0, 8.0))
    check_evaluation(evaluation_of(rows, 40.0), BENCHMARK)
    check_evaluation(evaluation_of((), 3.0), msgspec.structs.replace(BENCHMARK, pool=None))
    for wrong, message in (
        (evaluation_of(rows, 43.75), r"makes 40.0 of the statistics, the evaluation's value is 43.75"),
        (evaluation_of((), 40.0), r"needs a row of statistics for each of 2 scores, 0 came"),
        (evaluation_of(rows, 40.0, unit="text"), r"its unit is 'sentence', that of its evaluations 'text'"),
    ):
        with pytest.raises(AssertionError, match=message):
            check_evaluation(wrong, BENCHMARK)
    absent = msgspec.structs.replace(BENCHMARK, evaluator=f"{__name__}:Evaluation", pool="no_such_module:pool")
    with pytest.raises(AssertionError, match=r"pool no_such_module:pool can't be imported"):
        _check_benchmark(absent)
