"""Suites: the shipped lists fit the registry and what they promise; a suite trains, goes on, and shows its scores."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab_app.records.shipped import shipped_files
from lab_app.runs.folders import run_folders
from lab_app.suites.suite import find_suite, read_suite, resolved, suite_files
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover
from lab_core.runs.run import Run

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]
MINE = """
title = "Two ways through a maze"
tasks = ["q-learning-maze", "no-such-task"]

[[entry]]
task = "sarsa-maze"
set = { alpha = 0.4 }
name = "SARSA"
source = "a book"
stated = "81"
"""


def lab(*arguments: str, runs: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*LAB, *arguments, "--runs-dir", str(runs)], capture_output=True, text=True, timeout=240)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_every_entry_of_the_shipped_suites_is_a_task_with_that_preset_and_those_settings() -> None:
    registry = discover()[0]
    files = suite_files()
    assert {"quick", "book", "atari-5", "generative", "text"} <= files.keys()
    for name in files:
        found, missing = resolved(find_suite(name), registry)
        assert found
        assert not missing
    games = {one.benchmark.id for one in resolved(find_suite("atari-5"), registry)[0] if one.benchmark}
    assert games == {f"atari/{game}" for game in ("battle-zone", "double-dunk", "name-this-game", "phoenix", "qbert")}


def test_the_book_states_something_of_every_system() -> None:
    for entry in find_suite("book").entries:
        assert entry.name
        assert entry.source
        assert entry.stated


def test_what_is_called_quick_was_recorded_to_be_quick() -> None:
    registry = discover()[0]
    seconds: dict[tuple[str, str], list[float]] = {}
    for file in shipped_files(registry)[0]:
        for run in file.runs:
            seconds.setdefault((run.task, run.preset), []).append(run.wall_seconds)
    for one in resolved(find_suite("quick"), registry)[0]:
        found = seconds[one.task.id, one.entry.preset]
        assert sum(found) / len(found) < 130, one.task.id


def test_a_bad_suite_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="quikc"):
        find_suite("quikc")
    for text, message in (
        ("tasks = 3", "not a suite"),
        ("", "names no task"),
        ("[[entry]]\ntsak='x'", "not a suite"),
        ("=", "not a suite"),
    ):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(UsageError, match=message):
            find_suite(str(tmp_path / "bad.toml"))
    (tmp_path / "bad.toml").write_text('[[entry]]\ntask = "q-learning-maze"\nset = { alhpa = 1 }')
    with pytest.raises(UsageError, match="alhpa"):
        resolved(read_suite(tmp_path / "bad.toml"), discover()[0])


def test_a_suite_of_ones_own_trains_shows_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    runs, file = tmp_path / "runs", str(tmp_path / "mine.toml")
    done = lab("suite", "run", file, "--preset", "smoke", "--json", runs=runs)
    assert "no-such-task" in done.stderr
    assert [run["state"] for run in json.loads(done.stdout)["runs"]] == ["completed", "completed"]
    first = {folder: (folder / "run.json").stat().st_mtime_ns for folder in run_folders(runs)}
    again = json.loads(lab("suite", "run", file, "--preset", "smoke", "--seeds", "2", "--json", runs=runs).stdout)
    assert sorted(run["seed"] for run in again["runs"]) == [0, 0, 1, 1]
    assert {folder: (folder / "run.json").stat().st_mtime_ns for folder in first} == first
    assert len(run_folders(runs)) == 4
    assert {Run.open(folder).record.changed.get("alpha") for folder in run_folders(runs)} == {None, 0.4}


def test_a_suite_is_shown_beside_what_its_source_states(tmp_path: Path) -> None:
    smoke = MINE.replace('tasks = ["q-learning-maze", "no-such-task"]', 'preset = "smoke"\ntasks = ["q-learning-maze"]')
    (tmp_path / "mine.toml").write_text(smoke)
    runs, file = tmp_path / "runs", str(tmp_path / "mine.toml")
    lab("suite", "run", file, runs=runs)
    document = json.loads(lab("suite", "show", file, "--json", runs=runs).stdout)
    plain, sarsa = document["entries"]
    assert (sarsa["stated"], sarsa["own"]["summary"]["n_runs"], sarsa["recorded"]) == ("81", 1, None)
    assert plain["own"]["wall_seconds"] > 0
    text = lab("suite", "show", file, runs=runs).stdout
    assert "SARSA" in text
    assert "yours: 2" in text
    rows = list(csv.DictReader(io.StringIO(lab("suite", "show", file, "--csv", runs=runs).stdout)))
    assert [float(row["own_mean"]) for row in rows] == [one["own"]["summary"]["mean"] for one in document["entries"]]
    assert "| SARSA | a book | 81 |" in lab("suite", "show", file, "--markdown", runs=runs).stdout
    assert "<td>SARSA</td>" in lab("suite", "show", file, "--html", runs=runs).stdout
    lab("suite", "show", file, "--csv", "--json", runs=runs, code=2)
