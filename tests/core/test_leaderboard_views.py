"""The short answers of the leaderboard: best of each benchmark, one method everywhere, score against time; forms and filters."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab_app.cli import leaderboard_csv
from lab_app.cli.fitted_table import Column
from lab_app.cli.leaderboard_filters import Wanted, read_budget, read_date
from lab_app.cli.leaderboard_page import print_tables
from lab_app.cli.leaderboard_views import print_fronts, print_overview, print_places
from lab_app.cli.table_forms import Section, form_of, print_csv, print_sections
from lab_app.results.leaderboard import Table, leaderboard
from lab_app.results.results import Result
from lab_app.results.views import fronts, overview, places, save_fronts
from lab_core import Benchmark, Score, UsageError


def benchmark(name: str, *, up: bool = True) -> Benchmark:
    return Benchmark(
        id=name,
        title=name,
        needs="act",
        score=Score("return" if up else "error", higher_is_better=up, random=0.0 if up else 10.0, reference=10.0 if up else 0.0),
        evaluator="x:Y",
        protocols={"easy": {"count": 5}},
        default_protocol="easy",
    )


UP, DOWN = benchmark("game/up"), benchmark("game/down", up=False)


def result(run: str, score: float, seconds: float, **more: Any) -> Result:
    fields = {"task": "t", "method": run[:1], "preset": "default", "budget": 100, "benchmark": UP.id, "protocol": "easy"}
    scores = tuple(score + np.linspace(-0.1, 0.1, 5))
    return Result(**{**fields, "run": run, "scores": scores, "value": score, "wall_seconds": seconds, **more})


def tables() -> list[Table]:
    results = [
        *(result(f"a{k}", 5.0 + k / 100, 10.0) for k in range(5)),
        *(result(f"b{k}", 5.01 + k / 100, 20.0) for k in range(5)),  # not told apart from a
        *(result(f"c{k}", 3.0, 15.0) for k in range(5)),  # worse than a, and slower
        *(result(f"z{k}", 1.0, 0.0) for k in range(5)),  # nothing to train
        result("a9", 1.0, 5.0, benchmark=DOWN.id),
        result("c9", 2.0, 5.0, benchmark=DOWN.id),
    ]
    return leaderboard(results, {UP.id: UP, DOWN.id: DOWN})


def test_the_best_of_each_benchmark_is_named_with_those_not_told_apart() -> None:
    down, up = overview(tables())
    assert (down.entry.method, down.close, down.second and down.second.method, down.rows) == ("a", (), "c", 2)
    assert (up.entry.method, up.close, up.second and up.second.method, up.rows) == ("b", ("a",), "a", 4)


def test_a_method_has_its_place_on_every_benchmark() -> None:
    found = places(tables(), "a")
    assert [(one.benchmark.id, one.place, one.rows, one.best.method) for one in found] == [
        ("game/down", 1, 2, "a"),
        ("game/up", 2, 4, "b"),
    ]


def test_a_front_holds_what_nothing_beats_in_score_and_time(tmp_path: Path) -> None:
    down, up = fronts(tables())
    assert [(entry.method, good) for entry, good in zip(up.entries, up.efficient, strict=True)] == [
        ("z", True),
        ("a", True),
        ("c", False),
        ("b", True),
    ]
    assert [(entry.method, good) for entry, good in zip(down.entries, down.efficient, strict=True)] == [("a", True), ("c", False)]
    assert save_fronts(tmp_path / "front.png", [down, up]) == []
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="two trained"):
        save_fronts(tmp_path / "none.png", [])


def test_every_view_has_every_form(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = tables()
    views = (
        lambda form: print_tables(found, form),
        lambda form: print_overview(overview(found), form),
        lambda form: print_places("a", places(found, "a"), form),
        lambda form: print_fronts(fronts(found), form),
    )
    for view in views:
        view("text")
        text = capsys.readouterr().out
        assert max(map(len, text.splitlines())) <= 80
        assert "game/up" in text
        view("markdown")
        rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
        assert len(rows) >= 3
        view("html")
        assert "<td>" in capsys.readouterr().out
    leaderboard_csv.print_tables(found)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["benchmark"], row["place"], row["method"]) for row in rows[:2]] == [
        ("game/down", "1", "a"),
        ("game/down", "2", "c"),
    ]
    assert float(rows[2]["mean"]) == pytest.approx(5.03)
    leaderboard_csv.print_overview(overview(found))
    assert [row["close"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["", "a"]
    leaderboard_csv.print_places(places(found, "a"))
    assert len(list(csv.DictReader(io.StringIO(capsys.readouterr().out)))) == 2
    leaderboard_csv.print_fronts(fronts(found))
    assert [row["front"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["1", "0", "1", "1", "0", "1"]


def test_hostile_names_stay_text_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    section = Section("a|b", [Column("<x>", ["<script>alert(1)</script>", "a|b\nc"])])
    print_sections([section], "html", title="<t>")
    page = capsys.readouterr().out
    assert "<script>" not in page
    assert "<title>&lt;t&gt;</title>" in page
    print_sections([section], "markdown", title="t")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert lines[-1] == "| a\\|b c |"
    print_csv(["x"], [["=1+1"], [-1.5], ["a,b"]])
    assert capsys.readouterr().out.splitlines() == ["x", "'=1+1", "-1.5", '"a,b"']
    with pytest.raises(UsageError, match="--json and --csv"):
        form_of(json=True, csv=True)


def test_filters_by_date_and_budget() -> None:
    scored = [
        result("a", 1.0, 1.0, created="2026-11-28T10:00:00"),
        result("b", 1.0, 1.0, created="2026-11-29T10:00:00", budget=400_000),
    ]

    def kept(**more: Any) -> list[str]:
        return [one.run for one in Wanted(set(), **more).runs(scored)]

    assert kept() == ["a", "b"]
    assert kept(since=read_date("2026-11-29", "--since")) == ["b"]
    assert kept(until="2026-11-28") == ["a"]
    assert kept(budget=read_budget("399k")) == ["a"]
    assert kept(budget=read_budget("0.4M")) == ["a", "b"]
    for bad in ("10m", "x", "0", "-1k", "1e999", "nan"):
        with pytest.raises(UsageError, match="--budget"):
            read_budget(bad)
    with pytest.raises(UsageError, match="--since"):
        read_date("yesterday", "--since")
