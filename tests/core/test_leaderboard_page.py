"""How leaderboards look: one line a row at every width, what gives way first, what marks say; and which tables are chosen."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.fitted_table import Column, fit, width
from lab_app.cli.leaderboard import leaderboard as leaderboard_command
from lab_app.cli.leaderboard_page import print_suites, print_tables, print_timed
from lab_app.results.courses import Course
from lab_app.results.leaderboard import leaderboard
from lab_app.results.results import SHIPPED, Result, family_benchmarks, run_scores, stored_results
from lab_app.results.suites import aggregate
from lab_app.results.summary import summarise
from lab_app.results.wallclock import within
from lab_app.runs.store import Store
from lab_core import Benchmark, Evaluation, Score, Task, UsageError
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord

PICTURES = Benchmark(
    id="pictures/small",
    title="Small pictures",
    needs="sample",
    score=Score("distance", higher_is_better=False, random=134.0, reference=0.14, reference_name="held-out", digits=2),
    evaluator="x:Y",
    protocols={"test": {"count": 3}},
    default_protocol="test",
    columns={"recall": "recall", "labels": "right label", "never": "never"},
    floor="held-out pictures",
)
GAME = Benchmark(
    id="game/a-game-with-a-name-that-fills-most-of-a-line-by-itself",
    title="A game",
    needs="act",
    score=Score("mean error of a value", "points", random=-9_512.1, reference=100.0, reference_name="Gymnasium's threshold"),
    evaluator="x:Y",
    protocols={"easy": {}},
    default_protocol="easy",
    suites=("games",),
)
BENCHMARKS = {one.id: one for one in (PICTURES, GAME)}


def result(run: str, *scores: float, **more: Any) -> Result:
    fields = {"task": "t", "method": "dqn", "preset": "default", "budget": 100, "benchmark": GAME.id, "protocol": "easy"}
    return Result(**{**fields, "run": run, "scores": scores, "value": float(np.mean(scores)), "trained": 100, **more})


def pictures(run: str, *scores: float, floor: float = 0.136, **more: Any) -> Result:
    settings = {"floor": floor}
    fields = {"benchmark": PICTURES.id, "protocol": "test", "settings": settings, "unit": "sample set", "step_unit": "updates"}
    return result(run, *scores, **{**fields, **more})


def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], results: list[Result], columns: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_tables(leaderboard(results, BENCHMARKS, everything=True))
    return capsys.readouterr().out.splitlines()


def cells(lines: list[str], first: str) -> list[str]:
    """The words of the one line that starts with ``first``."""
    (line,) = [line for line in lines if line.strip().startswith(f"{first} ")]
    return line.split()


AWKWARD = [
    *(result(f"a{k}", -9_512.1 - k, method="monte-carlo-off-policy", step_unit="improvements") for k in range(5)),
    *(result(f"b{k}", 1_000.0 * k, method="ppo", budget=98_304, trained=1_234, wall_seconds=9_999.0) for k in range(4)),
    result("c", *map(float, range(30)), method="a2c", budget=4_000_000, trained=1_234_567, time_limit=7_265.0, source=SHIPPED),
    result("d", 3.0, preset="paper", changed={"learning_rate": 0.5, "layers": [256, 256]}),
    result("e", 4.0, preset="paper", changed={"learning_rate": 0.25}, source="a paper"),
    pictures("f", 3.7, 3.9, 3.8, method="dcgan", details={"recall": 0.85}),
    pictures("g", 0.32, 0.33, method="sngan-projection", source=SHIPPED, details={"recall": 0.845, "labels": 0.992}),
]


# Widths


@pytest.mark.parametrize("columns", [80, 100, 120, 200])
def test_every_row_is_one_line_and_no_line_is_too_long(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(monkeypatch, capsys, AWKWARD, columns)
    assert max(map(len, lines)) <= columns
    placed = [line.split() for line in lines if line.split()[:1] and line.split()[0].isdigit()]
    assert [row[0] for row in placed] == ["1", "2", "3", "4", "5", "1", "2"]
    assert [row[1][:4] for row in placed] == ["ppo", "a2c", "dqn", "dqn", "mont", "snga", "dcga"]
    scores = ["1,500.0", "14.5", "4.0", "3.0", "-9,514.1", "0.33", "3.80"]
    assert all(score in row for row, score in zip(placed, scores, strict=True))
    heads = [line for line in lines if line.strip().startswith("#")]
    assert all("method" in head.split() and "score" in head.split() for head in heads)


@pytest.mark.parametrize("columns", [80, 120])
def test_rows_of_suites_and_of_times_are_one_line_too(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_suites(aggregate(leaderboard(AWKWARD, BENCHMARKS, everything=True), "games", [GAME]))
    suite = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in suite if line[:3].strip().isdigit()] == ["1", "2", "3", "4", "5"]
    courses = [
        Course(
            run=str(place),
            method=method,
            preset="default",
            budget=98_304,
            step_unit=unit,
            benchmark=GAME.id,
            protocol="easy",
            seconds=(after, 60.0),
            scores=(-1_000.0, 110.0 - after),
            reached=100.0,
        )
        for place, (method, unit, after) in enumerate(
            [*[("monte-carlo-off-policy", "agent steps", 5.0)] * 3, ("policy-iteration", "improvements", 40.0)]
        )
    ]
    print_timed(within(courses, BENCHMARKS, 30.0))
    timed = capsys.readouterr().out.splitlines()
    assert [[line[0], line[3:8]] for line in timed if line[:1].isdigit()] == [
        ["1", "monte"],
        ["2", "polic"],
    ]
    assert any("improvements  1 (1)" in line for line in timed)  # no score after 30 seconds
    assert "counts as a random player" in "".join(timed)
    assert max(map(len, suite + timed)) <= columns


def test_what_is_the_same_in_all_rows_gives_way_first_then_what_is_wanted_and_extras_take_what_is_left() -> None:
    name = Column("method", ["a" * 10, "b"], left=True)  # 10 wide
    preset = Column("preset", ["default", ""], common=True)  # 7
    runs = Column("runs", ["5", "3"], keep="wanted", common=True)  # 4
    norm = Column("norm.", ["1", "2"], keep="wanted")  # 5
    time = Column("time", ["1:00", "2:00"], keep="extra")  # 4
    empty = Column("empty", ["", ""])
    columns = [name, empty, preset, runs, norm, time]

    def names(room: int) -> tuple[list[str], list[str]]:
        shown, said = fit(columns, room)
        assert width(shown) <= max(room, 10)
        return [one.name for one in shown], [one.name for one in said]

    assert width([name, preset, runs, norm]) == 10 + 7 + 4 + 5 + 3 * 2
    assert names(38) == (["method", "preset", "runs", "norm.", "time"], [])
    assert names(37) == (["method", "preset", "runs", "norm."], [])
    assert names(31) == (["method", "runs", "norm.", "time"], ["preset"])
    assert names(28) == (["method", "runs", "norm."], ["preset"])
    assert names(20) == (["method", "runs"], ["preset"])
    assert names(5) == (["method"], ["preset"])


def test_on_a_terminal_that_is_too_narrow_names_are_cut_short_and_figures_are_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(monkeypatch, capsys, AWKWARD, 50)
    assert "-9,515.9 to -9,512.3" in "".join(lines)
    assert "2:01:05 (4M steps)" in "".join(lines)
    assert [line.split()[1] for line in lines if line[:1] == "5"] == ["monte-c…"]


# Contents


def test_unit_and_direction_stand_in_the_heading_and_budgets_are_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [
        result("a", 1.0, budget=2_000_000, step_unit="agent steps"),
        result("b", 2.0, budget=50_000, step_unit="agent steps"),
    ]
    lines = shown(monkeypatch, capsys, results, 66)
    assert lines[0] == GAME.id
    assert lines[1] == "  mean error of a value in points, higher is better  protocol easy"
    assert lines[2].split() == ["#", "method", "agent", "steps", "runs", "score", "norm."]
    assert cells(lines, "1")[:5] == ["1", "dqn", "50k", "1", "2.0"]
    assert "  in all rows: preset default" in lines
    mixed = shown(monkeypatch, capsys, [*results, result("c", 3.0, step_unit="games")], 66)
    assert "budget" in mixed[2]
    assert cells(mixed, "1")[2:4] == ["100", "games"]


def test_marks_are_explained_and_only_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(monkeypatch, capsys, [one for one in AWKWARD if one.benchmark == GAME.id], 120)
    text = "\n".join(lines)
    assert cells(lines, "2")[:5] == ["2", "a2c", "+", "default", "2:01:05"]
    assert "(1) learning_rate=0.25" in text
    assert "(2) learning_rate=0.5, layers=[256, 256]" in text
    assert "(a paper)" in text
    for mark in ("+ recorded", "30:00 (4M)", "~ fewer than 5", "* one run: 95 % over its episodes;", "norm.:"):
        assert mark in text
    plain = "\n".join(shown(monkeypatch, capsys, [result("r", 1.0)], 120))
    assert not any(mark in plain for mark in ("+", "~", "*", "30:00"))


def test_few_runs_show_their_range_and_one_by_one_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [result(f"r{k}", score) for k, score in enumerate((5.0, 1.0, 3.0))]
    assert cells(shown(monkeypatch, capsys, results, 80), "1")[-6:-2] == ["1.0", "to", "5.0", "~"]
    assert cells(shown(monkeypatch, capsys, results, 120), "1")[-3:] == ["1.0", "3.0", "5.0"]


def test_the_sample_sets_of_one_run_have_a_range(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    summary = summarise([[3.7, 3.9, 3.8]], values=[3.8])
    assert (summary.kind, summary.low, summary.high) == ("unit range", 3.7, 3.9)
    assert summarise([[3.7, 3.9]], values=[5.0]).kind == "none"  # the whole isn't the mean of its parts
    assert summarise([[3.7]]).kind == "none"
    lines = shown(monkeypatch, capsys, [pictures("r", 3.7, 3.9, 3.8)], 80)
    assert cells(lines, "1")[-6:] == ["3.70", "to", "3.90", "~", "97", "%"]
    assert "~ one run: from the lowest to the highest of its few sample sets" in lines


def test_the_floor_is_the_last_line_and_stands_for_a_reference_that_is_the_same_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def anchors(*results: Result) -> list[list[str]]:
        lines = shown(monkeypatch, capsys, list(results), 80)
        return [line.split() for line in lines if line.split()[:1] in (["held-out"], ["random"])]

    assert anchors(pictures("r", 3.8)) == [["random", "134.00", "0", "%"], ["held-out", "pictures", "0.136", "100", "%"]]
    other = anchors(pictures("r", 3.8, floor=0.3))
    assert [row[:2] for row in other] == [["held-out", "0.14"], ["random", "134.00"], ["held-out", "pictures"]]
    two = (pictures("r", 3.8), pictures("s", 3.8, floor=0.3))
    assert [row[:2] for row in anchors(*two)] == [["held-out", "0.14"], ["random", "134.00"]]
    assert any("different floor" in note for note in leaderboard(two, BENCHMARKS)[0].notes)
    assert leaderboard([result("r", 1.0, settings={"floor": 1.0})], BENCHMARKS)[0].floor is None  # the benchmark names none


def test_a_benchmarks_columns_stand_beside_the_score_where_a_row_has_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [
        pictures("a", 1.0, details={"recall": 0.8, "other": 1.0}),
        pictures("b", 3.0, details={"recall": 0.6, "labels": 0.95}),
        pictures("c", 9.0, method="pqn", details={"recall": 1_234.56}),
    ]
    (table,) = leaderboard(results, BENCHMARKS)
    assert [entry.details for entry in table.entries] == [{"recall": pytest.approx(0.7), "labels": 0.95}, {"recall": 1_234.56}]
    lines = shown(monkeypatch, capsys, results, 120)
    assert cells(lines, "#")[8:11] == ["recall", "right", "label"]
    assert "never" not in lines[1]
    assert cells(lines, "1")[-4:-2] == ["0.700", "0.950"]
    assert cells(lines, "2")[-1] == "1,234.6"
    assert not any("recall" in line for line in shown(monkeypatch, capsys, results, 64))


def test_details_are_pooled_like_scores_and_a_shorter_repeat_of_an_evaluation_doesnt_count() -> None:
    scored = run_scores(
        [
            result("r", 1.0, 2.0, 3.0, seed=0, step=10, created="1", details={"recall": 0.5}),
            result("r", 1.0, seed=0, step=10, created="2", details={"recall": 0.1}),
            result("r", 4.0, seed=1, step=10, created="1", details={"recall": 0.9, "odd": 1.0}),
            result("trained-on", 1.0, 2.0, seed=0, step=10, created="1"),
            result("trained-on", 9.0, seed=0, step=20, created="2"),  # another model: the newest, however short
        ],
        GAME,
    )
    assert scored["r"].scores == (1.0, 2.0, 3.0, 4.0)
    assert scored["r"].details == {"recall": pytest.approx((3 * 0.5 + 0.9) / 4), "odd": 1.0}
    assert scored["trained-on"].scores == (9.0,)


# Which tables


def task(id_: str, target: str, family: str) -> Task:
    presets: dict[str, dict[str, Any]] = {"smoke": {}, "default": {}}
    return Task(id=id_, title=id_, family=family, method=id_, config="m:C", model="m:M", presets=presets, benchmark=target)


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    for one in (PICTURES, GAME):
        made.add_benchmark(one, "test")
    for one in (
        task("dcgan", "pictures/{data}", "generative"),
        task("dqn", GAME.id, "agents"),
        task("any", "{benchmark}", "agents"),
        task("sarsa", "{benchmark}{env}", "tabular"),
    ):
        made.add_task(one, "test")
    return made


def made_app() -> typer.Typer:
    app = typer.Typer()
    app.command()(leaderboard_command)
    return app


def test_a_familys_benchmarks_are_those_its_tasks_name_or_were_scored_on(registry: Registry) -> None:
    scored = [("dcgan", "pictures/small"), ("stranger", "pictures/other"), ("sarsa", "maze"), ("gone", "atari/pong")]
    assert family_benchmarks("generative", scored, registry) == {"pictures/small", "pictures/other"}
    assert family_benchmarks("agents", [*scored, ("person", GAME.id)], registry) == {GAME.id}
    assert family_benchmarks("tabular", scored, registry) == {"maze"}
    with pytest.raises(UsageError, match="Did you mean generative"):
        family_benchmarks("generativ", scored, registry)


def add_run(runs_dir: Path, task_id: str, benchmark: Benchmark, *scores: float, **more: Any) -> None:
    from msgspec import to_builtins

    fields = {"method": task_id, "config": {}, "step": 100, "budget_steps": 100, "status": "completed", "wall_seconds": 20.0}
    run = Run.create(runs_dir, RunRecord(task=task_id, plugin="test", benchmark=to_builtins(benchmark), **fields))
    run.metrics.append(50, 10.0, {"selection_score": scores[0]})
    run.metrics.close()
    protocol = benchmark.default_protocol
    given = {"benchmark": benchmark.id, "protocol": protocol, "settings": {}, "seed": 0, "scores": scores}
    run.add_evaluation(Evaluation(**{**given, "value": float(np.mean(scores)), **more}), step=100)


def test_family_chooses_tables_of_scores_and_of_times(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "_loaded", (registry, []))
    details = {"recall": (0.8, 0.9), "odd": (float("nan"), 1.0), "none": ()}
    add_run(tmp_path, "dcgan", PICTURES, 3.0, 4.0, details=details, settings={"floor": 0.136}, unit="sample set")
    add_run(tmp_path, "dqn", GAME, 5.0)
    add_run(tmp_path, "sarsa", GAME, 6.0)
    (stored,) = [one for one in stored_results(Store(tmp_path), registry) if one.benchmark == PICTURES.id]
    assert (stored.details, stored.step) == ({"recall": pytest.approx(0.85)}, 100)

    def call(*arguments: str) -> Any:
        return CliRunner().invoke(made_app(), ["--runs-dir", str(tmp_path), "--no-shipped", *arguments])

    def chosen(*arguments: str) -> list[str]:
        return [table["benchmark"]["id"] for table in json.loads(call(*arguments, "--json").stdout)["tables"]]

    for more in ((), ("--within", "1m")):
        assert chosen("--family", "generative", *more) == [PICTURES.id]
        assert chosen("--family", "agents", *more) == [GAME.id]
        assert chosen("--family", "tabular", *more) == [GAME.id]
    (table,) = json.loads(call("--family", "generative", "--json").stdout)["tables"]
    assert (table["floor"], table["entries"][0]["details"]) == (0.136, {"recall": pytest.approx(0.85)})
    methods = [row["method"] for row in json.loads(call("--family", "agents", "--json").stdout)["tables"][0]["entries"]]
    assert methods == ["sarsa", "dqn"]  # whoever is scored there, of whatever family
    assert chosen("--family", "generative", "--suite", "games") == []
    assert [one["suite"] for one in json.loads(call("--family", "agents", "--suite", "games", "--json").stdout)["suites"]] == [
        "games"
    ]
    assert "No scored run of family generative" in call("--family", "generative", "--benchmark", GAME.id).stdout
    wrong = call("--family", "agent")
    assert isinstance(wrong.exception, UsageError)
    assert "Did you mean agents" in str(wrong.exception)


def test_families_complete(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab_app.cli.leaderboard import _families

    monkeypatch.setattr(common, "_loaded", (registry, []))
    assert _families("") == ["agents", "generative", "tabular"]
    assert _families("g") == ["generative"]
