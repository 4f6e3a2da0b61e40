"""Shipped results: found beside or inside a plugin's package, counted under its own tasks only, marked on the leaderboard."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.leaderboard import leaderboard as leaderboard_command
from lab_app.records import shipped
from lab_app.records.lookup import find_records
from lab_app.records.publish import publish
from lab_app.records.record import RecordedRun
from lab_app.records.shipped import changes_to, shipped_files, shipped_results
from lab_app.results.results import SHIPPED
from lab_core.files import encode_json
from lab_core.registry.discovery import Found
from lab_core.registry.registry import Registry
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

TOYS = Found("toys", "shipped_toys:hooks", "toys", "1")


@pytest.fixture
def walked(tmp_path: Path, walk_registry: Registry) -> list[RecordedRun]:
    """Two recorded runs of the walk."""
    specs = (JobSpec(task="walk", runs_dir=str(tmp_path / "r"), device="cpu", seed=k, config={"steps": 40}) for k in (0, 1))
    return [publish(execute(spec, walk_registry).run, walk_registry) for spec in specs]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed-in-place project with one package; its results folders are still to be filled."""
    folder = tmp_path / "project"
    (folder / "shipped_toys").mkdir(parents=True)
    (folder / "shipped_toys/__init__.py").write_text("raise RuntimeError('finding results imports nothing')\n")
    (folder / "pyproject.toml").touch()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def put(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else encode_json(content))


def test_results_lie_in_the_package_or_beside_it(project: Path, walk_registry: Registry, walked: list[RecordedRun]) -> None:
    put(project / "results/runs-walk.json", walked)
    put(project / "shipped_toys/results/runs-one.json", walked[0])
    put(project / "results/curves.json", b"not a record of runs, and not asked for")
    files, problems = shipped_files(walk_registry, [TOYS])
    assert [(file.path.name, len(file.runs)) for file in files] == [("runs-one.json", 1), ("runs-walk.json", 2)]
    assert problems == []
    (project / "pyproject.toml").unlink()  # then the folder beside the package is somebody else's: site-packages/results
    assert [file.path.name for file in shipped_files(walk_registry, [TOYS])[0]] == ["runs-one.json"]


def test_a_plugin_speaks_for_its_own_tasks_and_damage_costs_one_file(
    project: Path, walk_registry: Registry, walked: list[RecordedRun]
) -> None:
    put(project / "results/runs-a.json", b"{")
    put(project / "results/runs-b.json", [msgspec.structs.replace(walked[0], task="dqn-breakout")])
    put(project / "results/runs-c.json", [walked[0], msgspec.structs.replace(walked[1], preset="paper")])
    put(project / "results/runs-d.json", walked)
    files, problems = shipped_files(walk_registry, [TOYS, Found("gone", "no_such_package", "gone", "1")])
    assert [file.path.name for file in files] == ["runs-d.json"]
    assert ["not a record" in problems[0], "not its own" in problems[1], "mixes" in problems[2]] == [True] * 3
    stranger = Found("stranger", "shipped_toys", "stranger", "1")
    assert shipped_files(walk_registry, [stranger])[0] == []


def test_shipped_runs_are_rows_of_their_own(
    project: Path, tmp_path: Path, walk_registry: Registry, walked: list[RecordedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project / "results/runs-walk.json", walked)
    files, _ = shipped_files(walk_registry, [TOYS])
    results = shipped_results(files, walk_registry)
    assert [(one.source, one.budget, one.trained, one.value) for one in results] == [
        (SHIPPED, 40, 40, run.evaluations[0].value) for run in walked
    ]
    assert len({one.run for one in results}) == 2
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    monkeypatch.setattr(shipped, "installed", lambda: [TOYS])
    monkeypatch.setenv("COLUMNS", "120")
    app = typer.Typer()
    app.command()(leaderboard_command)
    here = ["--runs-dir", str(tmp_path / "r"), "--json"]
    entries = json.loads(CliRunner().invoke(app, here).stdout)["tables"][0]["entries"]
    assert sorted((entry["source"], entry["summary"]["n_runs"]) for entry in entries) == [("run", 2), ("shipped", 2)]
    entries = json.loads(CliRunner().invoke(app, [*here, "--no-shipped"]).stdout)["tables"][0]["entries"]
    assert [entry["source"] for entry in entries] == ["run"]
    rows = [line.split()[:4] for line in CliRunner().invoke(app, here[:2]).stdout.splitlines()]
    assert ["walk", "+", "default"] in [row[1:] for row in rows]
    timed = json.loads(CliRunner().invoke(app, [*here, "--within", "10m"]).stdout)
    assert (timed["within"], len(timed["tables"][0]["entries"])) == (600.0, 2)


def test_a_record_of_what_had_nothing_to_train_has_no_budget(walked: list[RecordedRun]) -> None:
    trained = walked[0]
    assert trained.budget == trained.budget_steps > 0
    assert msgspec.structs.replace(trained, budget_steps=0).budget == trained.config["steps"]  # of before budgets were recorded
    assert msgspec.structs.replace(trained, budget_steps=0, step=0).budget == 0


def test_what_was_changed_is_told_against_the_preset_of_today(walk_registry: Registry, walked: list[RecordedRun]) -> None:
    def changes(config: dict[str, Any], changed: dict[str, Any], task: str = "walk") -> Any:
        made = msgspec.structs.replace(walked[0], task=task, config={**walked[0].config, **config}, changed=changed)
        return changes_to(made, walk_registry)

    assert changes({}, {}) == {}
    assert changes({"slice_steps": 5}, {}) == {"slice_steps": 5}  # the preset said 5 then
    assert changes({"slice_steps": 10}, {"slice_steps": 10}) == {}  # and says 10 now
    assert changes({"gone": 1}, {"gone": 1}) == {"gone": 1}
    assert changes({"slice_steps": 5}, {"slice_steps": 6}, task="stranger") == {"slice_steps": 6}


def test_of_several_records_of_a_task_its_own_file_is_taken_and_the_others_are_named(
    project: Path, tmp_path: Path, walk_registry: Registry, walked: list[RecordedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "installed", lambda: [TOYS])
    monkeypatch.chdir(project)
    stopped = msgspec.structs.replace(walked[0], step=20, budget_steps=40, wall_seconds=30.0, budget_seconds=30.0)
    put(project / "results/runs-walk-30-seconds.json", stopped)
    put(project / "results/runs-walk-book.json", msgspec.structs.replace(walked[0], preset="book"))
    put(project / "results/runs-walk-later.json", walked)

    def taken() -> tuple[int, list[str]]:
        lines: list[str] = []
        return len(find_records("walk", tmp_path, walk_registry, say=lines.append)), lines

    count, lines = taken()
    assert count == 2
    assert "in runs-walk-later.json, which came with plugin toys" in lines[0]  # neither another preset nor stopped by time
    assert lines[1].endswith("results/runs-walk-30-seconds.json, results/runs-walk-book.json")
    put(project / "results/runs-walk.json", msgspec.structs.replace(walked[0], preset="book"))
    count, lines = taken()
    assert (count, "1 recorded run in runs-walk.json" in lines[0]) == (1, True)
