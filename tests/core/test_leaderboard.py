"""Who stands where, and what a comparison shows: rows worked out by hand, then real run folders through the commands."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import scipy.stats
import typer
from rich.console import Console
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.compare import compare as compare_command
from lab_app.cli.leaderboard import leaderboard as leaderboard_command
from lab_app.display.plot import line_plot, sparkline
from lab_app.records.publish import publish
from lab_app.records.shipped import ShippedFile
from lab_app.results.comparison import VARIES, Side, compare, differences, document, mean_curve
from lab_app.results.leaderboard import leaderboard
from lab_app.results.profiles import profiles, save_profiles
from lab_app.results.results import Result, find_benchmark, naming_fields, registered_benchmark, run_scores
from lab_app.results.suites import aggregate, groups
from lab_app.runs.store import time_limit
from lab_core import Benchmark, Evaluation, Model, Score, Task, UsageError
from lab_core.errors import LabError
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord


def benchmark(id_: str = "game/a", *, random: float | None = 0.0, reference: float | None = 10.0, **more: Any) -> Benchmark:
    score = Score("return", random=random, reference=reference, reference_name="human", higher_is_better=more.pop("up", True))
    fields = {
        "title": id_,
        "needs": "act",
        "evaluator": "x:Y",
        "protocols": {"easy": {"sticky": 0.0, "count": 5}, "hard": {"sticky": 0.25, "count": 5}},
        "default_protocol": "hard",
        "suites": ("games",),
    }
    return Benchmark(id=id_, score=score, **{**fields, **more})


def result(run: str, *scores: float, **more: Any) -> Result:
    fields = {"task": "t", "method": "dqn", "preset": "default", "budget": 100, "benchmark": "game/a", "protocol": "easy"}
    return Result(**{**fields, "run": run, "scores": scores, "value": float(np.mean(scores)), "trained": 100, **more})


A = {"game/a": benchmark()}


# Rows


def test_a_row_is_over_all_runs_of_method_preset_and_budget_never_the_best() -> None:
    results = [result("r1", 1.0, 3.0), result("r2", 8.0, 10.0), result("r3", 4.0), result("other", 5.0, budget=200)]
    (table,) = leaderboard(results, A)
    assert [(entry.budget, entry.summary.mean, entry.summary.points) for entry in table.entries] == [
        (100, pytest.approx((2 + 9 + 4) / 3), (2.0, 9.0, 4.0)),
        (200, 5.0, (5.0,)),
    ]
    assert table.entries[0].runs == ("r1", "r2", "r3")
    assert table.entries[0].units == 5
    assert table.entries[0].normalised == pytest.approx((0.5, 0.2, 0.9))


def test_methods_presets_and_units_are_rows_of_their_own() -> None:
    results = [
        result("r1", 1.0),
        result("r2", 2.0, method="pqn"),
        result("r3", 3.0, preset="paper"),
        result("r4", 4.0, step_unit="frames"),
        result("r5", 5.0, source="the paper"),
    ]
    (table,) = leaderboard(results, A)
    assert [entry.summary.mean for entry in table.entries] == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_protocols_never_mix_and_the_default_comes_first() -> None:
    results = [result("r1", 1.0), result("r1", 7.0, protocol="hard"), result("r2", 2.0)]
    hard, easy = leaderboard(results, A)
    assert (hard.protocol, easy.protocol) == ("hard", "easy")
    assert hard.entries[0].summary.points == (7.0,)
    assert easy.entries[0].summary.points == (1.0, 2.0)


def test_scores_under_an_older_meaning_of_a_protocol_are_left_out() -> None:
    results = [
        result("new", 1.0, settings={"sticky": 0.0, "count": 30, "ale": "1"}),
        result("old", 9.0, settings={"sticky": 0.25, "count": 5, "ale": "2"}),
        result("newer", 3.0, settings={"sticky": 0.0, "count": 5, "ale": "3"}),
    ]
    (table,) = leaderboard(results, A)
    assert table.entries[0].runs == ("new", "newer")
    assert any("1 run scored under other settings" in note for note in table.notes)
    assert any("different ale: 1, 3" in note for note in table.notes)


def test_changed_and_unfinished_runs_are_left_out_and_named() -> None:
    results = [
        result("plain", 1.0),
        result("tuned", 9.0, changed={"lr": 0.1}),
        result("stopped", 9.0, status="interrupted"),
        result("diverged", float("nan")),
    ]
    (table,) = leaderboard(results, A)
    assert [entry.runs for entry in table.entries] == [("plain",)]
    assert sorted(table.notes) == [
        "left out: 1 run changed by --set (shown with --all)",
        "left out: 1 run not completed",
        "left out: 1 run without a finite score",
    ]
    (table,) = leaderboard(results, A, everything=True)
    assert [(entry.runs, dict(entry.changed)) for entry in table.entries] == [(("tuned",), {"lr": 0.1}), (("plain",), {})]


def test_lower_is_better_where_the_score_says_so() -> None:
    down = {"game/a": benchmark(up=False, random=20.0, reference=4.0)}
    (table,) = leaderboard([result("r1", 12.0), result("r2", 8.0, method="pqn")], down)
    assert [entry.method for entry in table.entries] == ["pqn", "dqn"]
    assert [entry.normalised[0] for entry in table.entries if entry.normalised] == [0.75, 0.5]


def test_evaluations_of_a_run_are_pooled_so_that_none_can_be_picked() -> None:
    scored = run_scores(
        [
            result("r", 1.0, 2.0, seed=0, created="2026-01-01"),
            result("r", 3.0, 4.0, seed=0, created="2026-01-02"),  # resumed and scored again
            result("r", 9.0, seed=1, created="2026-01-01"),
            result("r", 100.0, seed=2, model="last"),
            result("only-last", 6.0, model="last"),
        ],
        benchmark(),
    )
    assert scored["r"].scores == (3.0, 4.0, 9.0)
    assert scored["r"].value == pytest.approx(16 / 3)
    assert scored["only-last"].scores == (6.0,)


def test_a_run_that_repeats_another_counts_once() -> None:
    results = [
        result("first", 1.0, 3.0, run_seed=0, created="1"),
        result("again", 1.0, 3.0, run_seed=0, created="2"),
        result("first", 5.0, 7.0, run_seed=0, created="3", seed=1),
        result("other-seed", 1.0, 3.0, run_seed=1, created="4"),
        result("other-scores", 2.0, 4.0, run_seed=0, created="5"),
        result("unknown-seed", 1.0, 3.0, created="6"),
    ]
    (table,) = leaderboard(results, A)
    assert table.entries[0].runs == ("first", "other-seed", "other-scores", "unknown-seed")
    assert table.entries[0].summary.points == (4.0, 2.0, 3.0, 2.0)
    assert "counted once: 1 run repeats another's seed and scores" in table.notes


def test_five_runs_bear_an_interval() -> None:
    (table,) = leaderboard([result(f"r{k}", float(k)) for k in range(5)], A)
    assert table.entries[0].summary.kind == "runs"
    assert 0 <= table.entries[0].summary.low < 2 < table.entries[0].summary.high <= 4


def test_runs_that_a_time_limit_ended_are_rows_of_their_own() -> None:
    timed = {"time_limit": 600.0, "trained": 40, "processor": "P"}
    results = [result("r1", 1.0), result("r2", 3.0, **timed), result("r3", 5.0, **timed), result("r4", 9.0, time_limit=60.0)]
    (table,) = leaderboard(results, A)
    assert [(entry.time_limit, entry.runs, entry.trained) for entry in table.entries] == [
        (60.0, ("r4",), 100),
        (600.0, ("r2", "r3"), 40),
        (None, ("r1",), 100),
    ]
    assert any("different processors" in note for note in table.notes)


@pytest.mark.parametrize(
    ("step", "wall", "limit", "counts"),
    [(50, 60.5, 60.0, 60.0), (100, 60.5, 60.0, None), (50, 30.0, 60.0, None), (50, 99.0, None, None)],
)
def test_a_time_limit_counts_only_where_it_ended_the_run(step: int, wall: float, limit: float | None, counts: Any) -> None:
    """Used up; steps were done first; score or task ended it earlier; there was none."""
    assert time_limit(step, 100, wall, limit) == counts


# Suites


def test_a_suite_is_put_together_from_normalised_scores() -> None:
    every = [
        benchmark("game/a"),
        benchmark("game/b", reference=100.0),
        benchmark("game/c", random=None),
        benchmark("game/d"),
        benchmark("game/e", suites=()),
    ]
    by_id = {one.id: one for one in every}
    rng = np.random.default_rng(0)
    a, b = rng.normal(5, 1, 3), rng.normal(150, 10, 3)
    results = [result(f"a{k}", float(a[k])) for k in range(3)]
    results += [result(f"b{k}", float(b[k]), benchmark="game/b") for k in range(3)]
    results += [result("c", 1e6, benchmark="game/c"), result("e", 1e6, benchmark="game/e")]
    results += [result("p", 90.0, method="pqn"), result("hard", 0.0, protocol="hard")]
    members = [one for one in every if one.suites]
    hard, easy = aggregate(leaderboard(results, by_id), "games", members)  # the default protocol first
    assert (easy.protocol, easy.benchmarks, easy.others, easy.left_out, easy.unplayed) == (
        "easy",
        ("game/a",),  # what both rows cover
        ("game/b",),
        ("game/c",),
        ("game/d",),
    )
    assert hard.benchmarks == ("game/a",)
    pqn, dqn = easy.entries  # on game/a alone pqn is better: what else dqn played counts neither for nor against it
    assert (dqn.method, pqn.method, dqn.n_runs, pqn.n_runs) == ("dqn", "pqn", 3, 1)
    assert (dqn.benchmarks, pqn.mean_rank, dqn.mean_rank) == (("game/a", "game/b"), 1, 2)
    assert (pqn.iqm.low, pqn.iqm.high) == (None, None)  # one run bears no interval
    assert pqn.improvement is None
    assert dqn.improvement is not None
    assert dqn.improvement.value == (a < 90).mean()
    alone = aggregate(leaderboard([one for one in results if one.method == "dqn"], by_id), "games", members)[1].entries[0]
    scaled = np.concatenate([a / 10, b / 100])
    assert alone.iqm.value == pytest.approx(scipy.stats.trim_mean(scaled, 0.25))
    assert alone.mean.value == pytest.approx(((a / 10).mean() + (b / 100).mean()) / 2)
    assert alone.optimality_gap.value == pytest.approx((1 - np.minimum(scaled, 1)).mean())
    assert alone.iqm.low is not None
    assert alone.iqm.low <= alone.iqm.value <= (alone.iqm.high or 0)


def test_rows_are_grouped_by_the_benchmarks_that_they_have_in_common() -> None:
    wide, narrow, other = frozenset("abcdef"), frozenset("ab"), frozenset("x")
    assert groups([wide, wide, narrow, other]) == [(wide, [0, 1]), (narrow, [2]), (other, [3])]
    assert groups([wide, narrow, narrow, narrow]) == [(narrow, [0, 1, 2, 3])]  # 3 x 2 comparisons
    assert groups([frozenset("abx"), frozenset("aby")]) == [(frozenset("ab"), [0, 1])]
    assert groups([]) == []


def test_ranks_over_common_benchmarks_by_hand() -> None:
    members = [benchmark("game/a"), benchmark("game/b")]
    scores = {"one": (5.0, 1.0), "two": (4.0, 3.0), "three": (4.0, 2.0)}
    results = [
        result(f"{name}{game}", score, method=name, benchmark=game)
        for name, pair in scores.items()
        for game, score in zip(("game/a", "game/b"), pair, strict=True)
    ]
    (table,) = aggregate(leaderboard(results, {one.id: one for one in members}), "games", members)
    assert {entry.method: entry.mean_rank for entry in table.entries} == {"one": 2.0, "two": 1.75, "three": 2.25}


def test_profiles_are_shares_of_runs_over_common_thresholds(tmp_path: Path) -> None:
    members = [benchmark("game/a"), benchmark("game/b", reference=100.0)]
    results = [result(f"a{k}", 2.0 + k) for k in range(5)]
    results += [result(f"b{k}", 200.0, benchmark="game/b") for k in range(5)]
    results += [result("p", -5.0, method="pqn"), result("q", -50.0, method="pqn", benchmark="game/b")]
    tables = aggregate(leaderboard(results, {one.id: one for one in members}), "games", members)
    first, second = profiles(tables[0])
    assert (first.thresholds[0], first.thresholds[-1], first.name) == (-0.5, 2.0, "dqn 100 steps")
    # a share lies strictly above; the runs have 0.2 to 0.6 on one game and 2 on the other
    share = dict(zip((round(one, 3) for one in first.thresholds), first.share, strict=True))
    assert (share[-0.5], share[0.4], share[0.5], share[1.0], share[2.0]) == (
        1.0,
        0.7,
        0.6,
        0.5,
        0.0,
    )
    assert first.low is not None
    assert second.low is None
    assert (second.share[0], second.share[1]) == (0.0, 0.0)
    save_profiles(tmp_path / "p.png", tables)
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match=r"\.png, \.pdf or \.svg"):
        save_profiles(tmp_path / "p.gif", tables)
    with pytest.raises(UsageError, match="no profile"):
        save_profiles(tmp_path / "p.png", [])


# Looking up


def registry_of(*benchmarks: Benchmark, tasks: tuple[Task, ...] = ()) -> Registry:
    registry = Registry()
    for one in benchmarks:
        registry.add_benchmark(one, "test")
    for task in tasks:
        registry.add_task(task, "test")
    return registry


def task(id_: str, target: str, method: str = "dqn") -> Task:
    presets: dict[str, dict[str, Any]] = {"smoke": {}, "default": {}}
    return Task(
        id=id_,
        title=id_,
        family="agents",
        method=method,
        config="m:C",
        model="m:M",
        trainer="m:T",
        presets=presets,
        benchmark=target,
    )


def test_the_benchmark_of_a_result_may_come_from_a_template_or_be_unknown() -> None:
    registry = registry_of(benchmark("game/a"), benchmark("game/{name}", random=None), benchmark("file/{path}", up=False))
    assert find_benchmark("game/a", "easy", registry).score.random == 0.0
    assert find_benchmark("game/zzz", "easy", registry).score.random is None
    assert find_benchmark("game/zzz", "easy", registry).id == "game/zzz"
    assert not find_benchmark("file/x", "easy", registry).score.higher_is_better
    assert find_benchmark("gone/x", "odd", registry).default_protocol == "odd"
    assert registered_benchmark("gone/x", registry) is None


def test_settings_that_name_the_benchmark_are_no_changes() -> None:
    registry = registry_of(benchmark("game/{name}"), tasks=(task("dqn-game", "game/{name}"),))
    assert naming_fields("dqn-game", registry) == {"name"}
    assert naming_fields("unknown", registry) == set()


# Comparing


def make_side(name: str, *scores: tuple[float, ...], config: dict[str, Any] | None = None, curves: Any = ()) -> Side:
    return Side(
        name=name,
        runs=tuple(f"{name}{k}" for k in range(len(scores))),
        config=config or {},
        facts={"task": name, "benchmark": "game/a"},
        step_unit="steps",
        steps=1000.0,
        wall_seconds=10.0,
        results=tuple(result(f"{name}{k}", *one) for k, one in enumerate(scores)),
        curves=curves,
    )


def test_only_what_differs_is_listed() -> None:
    a = {"lr": 0.1, "gamma": 0.9, "size": [1, 2], "seeds": VARIES}
    b = {"lr": 0.2, "gamma": 0.9, "size": [1, 2], "new": True, "seeds": VARIES}
    found = [(one.name, one.a, one.b) for one in differences(a, b)]
    assert found == [("lr", 0.1, 0.2), ("seeds", VARIES, VARIES), ("new", None, True)]


def test_improvement_is_over_runs_or_over_the_episodes_of_two_runs() -> None:
    one = compare(make_side("A", (1.0, 5.0, 5.0)), make_side("B", (0.0, 2.0)), A.__getitem__).scores[0]
    assert (one.over, one.improvement) == ("units", pytest.approx(5 / 6))
    many = compare(make_side("A", (1.0,), (3.0,)), make_side("B", (2.0,), (2.0, 4.0)), A.__getitem__).scores[0]
    assert (many.over, many.improvement, many.low) == ("runs", pytest.approx(0.25 + 0.125), None)
    assert one.p is None
    assert many.p == 1.0  # 1, 3 against 2, 3: no split brings them closer together
    assert many.smallest_p == pytest.approx(2 / 6)
    five = [(float(k),) for k in range(5)]
    both = compare(make_side("A", *five), make_side("B", *five), A.__getitem__).scores[0]
    assert both.improvement == 0.5
    assert both.low is not None
    assert both.low < 0.5 < (both.high or 0)
    down = {"game/a": benchmark(up=False)}
    assert compare(make_side("A", (1.0,)), make_side("B", (2.0,)), down.__getitem__).scores[0].improvement == 1.0


def lines(*points: tuple[int, float], name: str = "return") -> list[dict[str, float]]:
    return [{"step": step, "wall_seconds": 1.0, name: value} for step, value in points]


def test_curves_of_different_benchmarks_are_never_drawn_on_common_axes() -> None:
    curves = (lines((10, 1.0), (20, 3.0)),)
    a = make_side("A", (1.0,), curves=curves)
    for name in ("game/b", "game/a, game/b"):
        b = msgspec.structs.replace(make_side("B", (2.0,), curves=curves), facts={"task": "B", "benchmark": name})
        for pair in ((a, b), (b, a), (b, b) if "," in name else (a, b)):
            found = compare(*pair, A.__getitem__, metric="return")
            assert (found.metric, found.curves) == (None, ())
            assert any("different benchmarks" in note for note in found.notes)
    assert compare(a, a, A.__getitem__).metric == "return"


def test_curves_are_means_over_runs_where_all_have_got_to() -> None:
    assert mean_curve([lines((10, 1.0), (20, 3.0))], "return") == ((10.0, 20.0), (1.0, 3.0))
    steps, values = mean_curve([lines((0, 0.0), (100, 10.0)), lines((20, 4.0), (60, 4.0))], "return")
    assert (steps[0], steps[-1]) == (20.0, 60.0)
    assert values[0] == pytest.approx((2 + 4) / 2)
    assert values[-1] == pytest.approx((6 + 4) / 2)
    assert mean_curve([lines((0, 1.0), (1, 1.0)), lines((5, 1.0), (6, 1.0))], "return") == ((), ())
    assert mean_curve([[]], "return") == ((), ())


def test_curves_run_over_time_where_that_is_asked_for() -> None:
    fast = [{"step": k, "wall_seconds": k / 10, "return": float(k)} for k in range(5)]
    slow = [{"step": k, "wall_seconds": float(k), "return": float(k)} for k in range(5)]
    found = compare(
        make_side("A", (1.0,), curves=(fast,)), make_side("B", (1.0,), curves=(slow,)), A.__getitem__, axis="wall_seconds"
    )
    assert [curve[0][-1] for curve in found.curves] == [0.4, 4.0]
    assert document(found)["curves"][0]["seconds"] == found.curves[0][0]


def test_over_time_a_run_that_has_ended_counts_with_its_last_value() -> None:
    early = [{"step": k, "wall_seconds": float(k), "return": 10.0 * k} for k in range(3)]
    late = [{"step": k, "wall_seconds": 50.0 + k, "return": float(k)} for k in range(3)]
    seconds, values = mean_curve([early, late], "return", "wall_seconds")
    assert (seconds[0], seconds[-1], values[0], values[-1]) == (50.0, 52.0, 10.0, 11.0)
    assert mean_curve([early, [{**line, "step": line["step"] + 9} for line in late]], "return") == ((), ())  # over steps


def test_the_most_telling_common_metric_is_drawn() -> None:
    curves = ((*lines((1, 1.0)), *lines((1, 1.0), name="loss"), *lines((1, 1.0), name="zeta")),)
    other = ((*lines((1, 1.0), name="loss"), *lines((1, 1.0), name="zeta")),)
    a, b = make_side("A", (1.0,), curves=curves), make_side("B", (1.0,), curves=other)
    assert compare(a, a, A.__getitem__).metric == "return"
    assert compare(a, b, A.__getitem__).metric == "loss"
    assert compare(a, b, A.__getitem__, metric="zeta").metric == "zeta"
    with pytest.raises(UsageError, match="return"):
        compare(a, b, A.__getitem__, metric="return")
    assert compare(a, make_side("C", (1.0,)), A.__getitem__).metric is None


def test_a_figure_that_draws_both_is_preferred_and_runs_without_a_curve_are_named() -> None:
    chosen = [lines((100, 1.0), name="selection_score"), lines((100, 1.0), (200, 2.0), name="selection_score")]
    course = [lines((10, 1.0), (20, 2.0), name="score")] * 2
    short = make_side("A", (1.0,), (2.0,), curves=tuple((*one, *two) for one, two in zip(chosen, course, strict=True)))
    long = make_side("B", (1.0,), curves=((*chosen[1], *course[0]),))
    found = compare(short, long, A.__getitem__)
    assert (found.metric, found.notes) == ("score", ())  # of all three runs, the selections of two
    found = compare(short, long, A.__getitem__, metric="selection_score")
    assert [len(curve[0]) for curve in found.curves] == [2, 2]
    assert found.notes == ("A: the curve is of 1 of its 2 runs, the others have fewer than two points of selection_score",)
    found = compare(make_side("C", (1.0,), curves=(chosen[0],)), long, A.__getitem__)
    assert found.curves[0] == ((), ())
    assert found.notes == ("C is not drawn: its run has fewer than two points of selection_score",)
    assert document(found)["notes"] == found.notes


def test_sides_that_count_different_steps_are_drawn_over_time() -> None:
    line = [{"step": k, "wall_seconds": k / 10, "return": float(k)} for k in range(5)]
    episodes = msgspec.structs.replace(make_side("A", (1.0,), curves=(line,)), step_unit="episodes")
    found = compare(episodes, make_side("B", (1.0,), curves=(line,)), A.__getitem__)
    assert (found.axis, found.curves[0][0][-1]) == ("wall_seconds", 0.4)
    assert found.notes == ("steps are episodes of A and steps of B, so the curves run over training time",)
    assert compare(episodes, episodes, A.__getitem__).axis == "step"


# Curves as text


def braille(text: str) -> list[str]:
    return [line for line in text.splitlines() if any(0x2800 <= ord(letter) <= 0x28FF for letter in line)]


def test_a_plot_goes_where_the_numbers_go() -> None:
    rising = line_plot({"up": ([0, 1], [0, 1])}, width=30, height=4).plain
    rows = [row.split("│")[-1].split("┤")[-1] for row in braille(rising)]
    firsts = [next(k for k, letter in enumerate(row) if letter != " ") for row in rows]
    assert firsts == sorted(firsts, reverse=True)
    assert rising.splitlines()[0].startswith("1 ┤")
    assert rising.splitlines()[3].startswith("0 ┤")
    assert "━━ up" in rising
    flat = line_plot({"flat": ([0, 1e6], [5, 5])}, width=30, height=4).plain
    assert len(braille(flat)) == 1
    assert "1M" in flat


def test_long_noisy_curves_stay_inside_the_plot() -> None:
    x = np.arange(5000)
    y = np.random.default_rng(0).normal(size=5000)
    y[7] = np.nan
    text = line_plot({"a": (x, y), "b": (x[:10], y[:10])}, width=60, height=8)
    assert all(len(line) <= 60 for line in text.plain.splitlines())
    console = Console(file=io.StringIO(), width=60)
    console.print(text)
    with pytest.raises(ValueError, match="nothing to plot"):
        line_plot({"a": ([], [])})


def test_sparkline_by_hand() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 0, 7, 7], width=2) == "▁█"
    assert sparkline([3, 3]) == "▄▄"
    assert sparkline([float("nan")]) == ""


# The commands, on real run folders


class Nothing(Model):
    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Nothing":
        return cls()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    tasks = (task("dqn-a", "game/a"), task("pqn-a", "game/a", "pqn"), task("dqn-any", "game/{name}"))
    registry = registry_of(benchmark("game/a"), benchmark("game/b"), benchmark("game/{name}", random=None), tasks=tasks)
    monkeypatch.setattr(common, "_loaded", (registry, []))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("LAB_RUNS_DIR", raising=False)
    made = typer.Typer()
    made.command("leaderboard")(leaderboard_command)
    made.command("compare")(compare_command)
    return made


def add_run(runs_dir: Path, task_id: str, seed: int, *scores: float, on: str = "game/a", **more: Any) -> Run:
    fields = {"method": task_id.split("-")[0], "config": {"lr": 0.1, "steps": 100}, "step": 100, "budget_steps": 100}
    fields |= {"benchmark": msgspec.to_builtins(benchmark(on)), "status": "completed", "wall_seconds": 20.0, **more}
    run = Run.create(runs_dir, RunRecord(task=task_id, plugin="test", seed=seed, **fields))
    for step in range(0, 101, 10):
        run.metrics.append(step, step / 5, {"return": seed + step / 10})
    run.metrics.close()
    run.add_evaluation(
        Evaluation(
            benchmark=on,
            protocol="easy",
            settings={"sticky": 0.0, "count": len(scores)},
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
        )
    )
    return run


def call(app: typer.Typer, *arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_leaderboard_command(app: typer.Typer, tmp_path: Path) -> None:
    for seed in range(5):
        add_run(tmp_path, "dqn-a", seed, 4.0 + seed, 6.0 + seed)
    add_run(tmp_path, "pqn-a", 0, 8.0, 8.5, 9.0, 9.5, 10.0)
    add_run(tmp_path, "dqn-a", 9, 99.0, changed={"lr": 0.5})
    shown = call(app, "leaderboard", "--runs-dir", str(tmp_path))
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.stdout.splitlines() if line.strip()]
    order = [row for row in rows if "human" in row or "random" in row[:1] or row[0] in ("1", "2")]
    assert [row[0] for row in order[:4]] == ["human", "1", "2", "random"]
    assert order[1][:6] == ["1", "pqn", "default", "100", "1", "9.0"]
    assert order[2][:6] == ["2", "dqn", "default", "100", "5", "7.0"]
    assert "1 run changed by --set" in shown.stdout
    assert "99.0" not in shown.stdout
    document = json.loads(call(app, "leaderboard", "--runs-dir", str(tmp_path), "--all", "--json").stdout)
    (table,) = document["tables"]
    assert [entry["summary"]["mean"] for entry in table["entries"]] == [99.0, 9.0, 7.0]
    assert table["entries"][2]["summary"]["points"] == [5.0, 6.0, 7.0, 8.0, 9.0]
    suite = json.loads(call(app, "leaderboard", "--runs-dir", str(tmp_path), "--suite", "games", "--json").stdout)["suites"]
    assert suite[0]["unplayed"] == ["game/b"]
    assert suite[0]["entries"][0]["method"] == "pqn"
    assert call(app, "leaderboard", "--runs-dir", str(tmp_path), "--suite", "games").exit_code == 0


def test_leaderboard_says_what_is_wrong(app: typer.Typer, tmp_path: Path) -> None:
    empty = call(app, "leaderboard", "--runs-dir", str(tmp_path / "none"))
    assert (empty.exit_code, "No scored run" in empty.stdout) == (0, True)
    assert not (tmp_path / "none").exists()
    add_run(tmp_path, "dqn-a", 0, 1.0)
    for arguments, hint in (
        (("--benchmark", "game/aa"), "game/a"),
        (("--suite", "game"), "games"),
        (("--protocol", "esy"), "easy"),
        (("--suite", "games", "--benchmark", "game/a"), "exclude"),
    ):
        failed = call(app, "leaderboard", "--runs-dir", str(tmp_path), *arguments)
        assert isinstance(failed.exception, UsageError), arguments
        assert hint in str(failed.exception)
    known = call(app, "leaderboard", "--runs-dir", str(tmp_path), "--benchmark", "game/b")
    assert (known.exit_code, "No scored run" in known.stdout) == (0, True)


def test_scores_on_a_benchmark_whose_plugin_is_gone_are_left_out_and_named(app: typer.Typer, tmp_path: Path) -> None:
    add_run(tmp_path, "dqn-a", 0, 1.0)
    for seed in range(2):
        add_run(tmp_path, "gone-task", seed, 7.25, on="gone/perplexity")
    here = ("--runs-dir", str(tmp_path))
    line = "left out: 2 runs scored on gone/perplexity, a benchmark whose plugin is not installed"
    for more in ((), ("--within", "1s")):
        every = call(app, "leaderboard", *here, *more)
        assert (every.exit_code, every.stderr.count(line)) == (0, 1), every.output
        assert "game/a" in every.stdout
        only = call(app, "leaderboard", *here, *more, "--benchmark", "gone/perplexity")
        assert (only.exit_code, only.stdout, only.stderr.count(line)) == (0, "", 1)
    ids = sorted(path.parent.name for path in (tmp_path / "gone-task").glob("*/run.json"))
    compared = call(app, "compare", *(f"gone-task/{name}" for name in ids), *here)
    assert compared.exit_code == 0, compared.output
    assert "scored on gone/perplexity, a benchmark whose plugin is not installed" in compared.stderr
    assert "7.25" not in compared.stdout


def test_a_protocol_without_scores_is_told_from_one_that_does_not_exist(app: typer.Typer, tmp_path: Path) -> None:
    for seed in range(2):
        add_run(tmp_path, "dqn-a", seed, 1.0)
    here = ("leaderboard", "--runs-dir", str(tmp_path))
    for arguments, where in (((), ""), (("--benchmark", "game/a"), " on game/a"), (("--suite", "games"), "")):
        shown = call(app, *here, *arguments, "--protocol", "hard")
        assert shown.exit_code == 0, shown.output
        assert f"No score{where} under hard, but under easy (2 runs)." in shown.stdout
        assert "lab eval RUN --protocol hard" in shown.stdout
    known = ("--benchmark", "game/a")
    for arguments, hint in ((("hrad",), "mean hard"), (("nosuch",), "easy, hard"), (("esy", *known), "mean easy")):
        failed = call(app, *here, "--protocol", *arguments)
        assert isinstance(failed.exception, UsageError)
        assert hint in str(failed.exception)
    nothing = call(app, *here, "--benchmark", "game/b", "--protocol", "hard")
    assert "No scored run on game/b" in nothing.stdout
    many = benchmark("game/many", protocols={f"rules-{k}": {} for k in range(20)}, default_protocol="rules-0")
    common.registry().add_benchmark(many, "test")
    failed = call(app, *here, "--protocol", "nosuch")
    assert "There are scores under easy (2 runs)." in str(failed.exception)


def test_compare_command_on_tasks_and_runs(app: typer.Typer, tmp_path: Path) -> None:
    for seed in range(3):
        add_run(tmp_path, "dqn-a", seed, 1.0, 2.0 + seed)
        last = add_run(tmp_path, "pqn-a", seed, 5.0, 6.0 + seed, config={"lr": 0.3, "steps": 100})
    add_run(tmp_path, "dqn-a", 9, 99.0, changed={"lr": 0.5})
    picture = tmp_path / "plots" / "curves.png"
    shown = call(app, "compare", "dqn-a", "pqn-a", "--runs-dir", str(tmp_path), "--plot", str(picture))
    assert shown.exit_code == 0, shown.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "probability 0.00" in shown.stdout
    assert "5 steps/s" in shown.stdout
    assert any(line.split() == ["lr", "0.1", "0.3"] for line in shown.stdout.splitlines())
    assert len(braille(shown.stdout)) >= 8
    document = json.loads(call(app, "compare", "dqn-a", last.record.id, "--runs-dir", str(tmp_path), "--json").stdout)
    assert [len(document[side]["runs"]) for side in "ab"] == [3, 1]
    assert document["settings"] == [{"name": "lr", "a": 0.1, "b": 0.3}]
    assert document["scores"][0]["over"] == "runs"
    assert document["metric"] == "return"
    assert document["curves"][1]["values"][-1] == 12.0  # seed 2 at step 100


def test_compare_uses_shipped_records_of_a_task_without_runs(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = add_run(tmp_path / "own", "dqn-a", 0, 1.0, 2.0)
    records = tuple(publish(add_run(tmp_path / "theirs", "pqn-a", seed, 5.0, 6.0 + seed), common.registry()) for seed in range(3))
    file = ShippedFile("toys", tmp_path / "runs-pqn-a.json", records)
    monkeypatch.setattr("lab_app.records.lookup.shipped_files", lambda registry: ([file], []))
    for runs_dir in (tmp_path / "own", tmp_path / "none"):
        other = "dqn-a" if runs_dir.exists() else "pqn-a"
        shown = call(app, "compare", other, "pqn-a", "--runs-dir", str(runs_dir), "--json")
        assert shown.exit_code == 0, shown.output
        assert "pqn-a: 3 recorded runs in runs-pqn-a.json, which came with plugin toys" in shown.stderr
        found = json.loads(shown.stdout)
        assert (found["b"]["runs"], found["b"]["facts"]["source"]) == ([run.name for run in records], "record")
        assert (found["metric"], found["curves"][1]["values"][-1]) == ("return", 11.0)  # seeds 0 to 2 at step 100
        assert found["scores"][0]["b"]["n_runs"] == 3
    assert not (tmp_path / "none").exists()
    mine = add_run(tmp_path / "own", "pqn-a", 7, 5.0)  # a run of one's own goes before them
    found = json.loads(call(app, "compare", own.record.id, "pqn-a", "--runs-dir", str(tmp_path / "own"), "--json").stdout)
    assert found["b"]["runs"] == [mine.record.id]


def test_compare_takes_files_of_records(app: typer.Typer, tmp_path: Path) -> None:
    for name, score in (("slow", 2.0), ("fast", 5.0)):
        records = [publish(add_run(tmp_path / name, "dqn-a", seed, score, score + seed), common.registry()) for seed in range(3)]
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(records))
    files = [str(tmp_path / f"{name}.json") for name in ("slow", "fast")]
    shown = call(app, "compare", *files, "--json", "--runs-dir", str(tmp_path / "none"))
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.stdout)
    assert [(found[side]["name"], len(found[side]["runs"])) for side in "ab"] == [("slow", 3), ("fast", 3)]
    assert [found["scores"][0][side]["n_runs"] for side in "ab"] == [3, 3]
    assert found["scores"][0]["improvement"] == 0.0
    assert found["scores"][0]["p"] == pytest.approx(0.1)
    assert [len(curve["values"]) > 1 for curve in found["curves"]] == [True, True]


def test_compare_says_what_is_wrong(app: typer.Typer, tmp_path: Path) -> None:
    run = add_run(tmp_path, "dqn-a", 0, 1.0)
    for arguments, hint in (
        (("dqn-b", "dqn-a"), "dqn-a"),
        (("dqn-a", "pqn-a"), "lab run pqn-a"),
        (("dqn-a@pretrained", "dqn-a"), "Name a run or a task"),
        (("dqn-a", str(tmp_path / "none.json")), "can't be read"),
        (("dqn-a", run.record.id, "--metric", "retrn"), "return"),
        (("dqn-a", run.record.id, "--plot", str(tmp_path / "x.bmp")), ".png, .pdf or .svg"),
    ):
        failed = call(app, "compare", *arguments, "--runs-dir", str(tmp_path))
        assert isinstance(failed.exception, LabError), failed.output
        assert hint in str(failed.exception)
