"""Thousands of runs: what grows with their number grows no faster, and what would fill the memory is taken in parts."""

import io
import tracemalloc

import numpy as np
import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from lab_app.cli import fitted_table
from lab_app.cli.fitted_table import Column, print_fitted
from lab_app.results import results, significance
from lab_app.results.comparison import compare, side
from lab_app.results.results import Result, run_scores
from lab_app.results.statistics import affordable
from lab_core.benchmark import Benchmark
from lab_core.files import decode_record
from lab_core.runs.run import Run, RunRecord
from lab_core.score import Score

BENCHMARK = Benchmark(
    id="b", title="b", needs="act", score=Score("return"), evaluator="a:B", protocols={"p": {}}, default_protocol="p"
)


def result(number: int, *scores: float) -> Result:
    return Result(
        run=f"t/{number:05}", task="t", method="m", preset="default", budget=1, benchmark="b", protocol="p", seed=number,
        scores=scores, value=sum(scores) / len(scores), run_seed=number,
    )  # fmt: skip


@pytest.mark.parametrize("width", [80, 30, 18])
def test_a_table_looks_as_one_of_rich(width: int) -> None:
    columns = (
        Column("run", [f"q-learning/2026-{number}" for number in range(4)], left=True, cut=True, tail=True),
        Column("status", ["completed", "failed", "名前", ""], left=True),
        Column("steps", ["1", "22", "4,000", "5"]),
    )
    ours, theirs = io.StringIO(), io.StringIO()
    print_fitted(Console(file=ours, width=width, highlight=False), columns, dim=[1, 2])
    most = max(8, columns[0].width - max(0, fitted_table.width(columns) - width))
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column.name, justify="left" if column.left else "right", no_wrap=True, overflow="ellipsis")
    ends = [text if len(text) <= most else f"…{text[1 - most :]}" for text in columns[0].cells]
    for row in zip(ends, *(column.cells for column in columns[1:]), strict=True):
        table.add_row(*row)
    Console(file=theirs, width=200, highlight=False).print(table)
    assert ours.getvalue() == theirs.getvalue()


def test_a_table_has_no_escape_sequence() -> None:
    file = io.StringIO()
    print_fitted(Console(file=file, width=80), (Column("run", ["a\x1b]52;c;aGk=\x07", "b\nc"], left=True),))
    assert "\x1b" not in file.getvalue()
    assert len(file.getvalue().splitlines()) == 4


def test_runs_are_compared_with_those_alike_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = results._repeats
    monkeypatch.setattr(results, "_repeats", lambda *pair: asked.append(1) or original(*pair))
    assert len(run_scores([result(number, 1.0, float(number)) for number in range(500)], BENCHMARK)) == 500
    assert not asked


def test_a_run_that_repeats_another_still_counts_once() -> None:
    twin = [result(1, 1.0, 2.0), result(2, 5.0)]
    copy = Result(**{name: getattr(twin[0], name) for name in Result.__struct_fields__} | {"run": "t/copy"})
    assert len(run_scores([*twin, copy], BENCHMARK)) == 2


def test_the_share_of_wins_and_its_interval_equal_those_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 40).astype(float), rng.integers(2, 11, 30).astype(float)
    wins = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    assert significance.probability_of_improvement([x], [y]) == pytest.approx(wins.mean())
    low, high = significance.improvement_interval([x], [y], widen=False)
    drawn = [wins[rng.integers(40, size=40)][:, rng.integers(30, size=30)].mean() for _ in range(4000)]
    assert (low, high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.02)


def test_thousands_of_scores_are_tested_in_little_memory() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, 3000), rng.normal(0.2, 1, 3000)
    tracemalloc.start()
    p = significance.permutation_test(x, y)
    low, high = significance.improvement_interval([x], [y])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert p == significance.smallest_p(3000, 3000) == 1 / (1 + affordable(significance.EXACT, 6000))
    assert low < significance.probability_of_improvement([x], [y]) < high < 0.5
    assert peak < 300e6  # 4 GB when all splits were drawn at once


def test_few_scores_have_all_resamples() -> None:
    assert affordable(10_000, 400) == 10_000
    assert affordable(10_000, 5_000) == affordable(10_000, 1_000_000) == 1_000


def test_of_many_runs_evenly_chosen_curves_are_read(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_app.results.comparison._CURVES", 4)
    folders = []
    for number in range(10):
        run = Run.create(tmp_path, RunRecord(task="t", plugin="p", seed=number, step=number), name=f"r{number}")
        run.metrics.append(1, 1.0, {"loss": number})
        run.metrics.close()
        folders.append(run.folder)
    found = side("t", folders, [])
    assert (len(found.runs), found.steps) == (10, 4.5)
    assert [line["loss"] for curve in found.curves for line in curve] == [0, 3, 6, 9]
    assert "t: curves are read of 4 of its 10 runs, evenly chosen" in compare(found, found, lambda _: BENCHMARK).notes


@pytest.mark.parametrize("data", [b'{"a": "\\u001b"}', b'{"a": "\x7f"}', '{"a": "\u202e"}'.encode()])
def test_records_without_a_look_at_each_part_have_no_control_characters(data: bytes) -> None:
    (text,) = decode_record(data).values()
    assert text.isprintable()
