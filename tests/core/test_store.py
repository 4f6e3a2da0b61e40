"""The results store: always what the folders say, whatever happened to it."""

import json
import math
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.runs import app as runs_app
from lab_app.runs.store import Store
from lab_app.runs.store_index import NAME, VERSION, Index
from lab_core import UsageError
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord

START = datetime(2026, 11, 21, tzinfo=UTC)
ACCURACY = {"id": "accuracy", "score": {"higher_is_better": True}, "default_protocol": "test"}
ERROR = {"id": "error", "score": {"higher_is_better": False}, "default_protocol": "test"}
made = 0


def make(runs_dir: Path, *scores: float, task: str = "task", benchmark: Any = ACCURACY, **fields: Any) -> Run:
    """A run, each newer than the one before, with one evaluation for each score."""
    global made
    made += 1
    created = START + timedelta(seconds=made)
    run = Run.create(runs_dir, RunRecord(task=task, plugin="p", benchmark=benchmark, created=created, **fields))
    for score in scores:
        score_run(run, score)
    return run


def score_run(run: Run, *scores: float, protocol: str = "test", seed: int = 5, **fields: Any) -> None:
    assert run.record.benchmark
    run.add_evaluation(
        Evaluation(
            benchmark=run.record.benchmark["id"],
            protocol=protocol,
            settings={"count": len(scores)},
            seed=seed,
            scores=scores,
            value=sum(scores) / len(scores),
        ),
        **fields,
    )


def ids(store: Store, **which: str) -> list[str]:
    return [row.id for row in store.runs(**which)]


def test_runs_are_listed_newest_first_by_task_and_status(tmp_path: Path) -> None:
    first = make(tmp_path, task="a", status="completed", step=10, wall_seconds=4.0, changed={"gamma": 0.5})
    second = make(tmp_path, task="b", status="failed", error="diverged")
    third = make(tmp_path, task="a", status="failed")
    store = Store(tmp_path)
    assert ids(store) == [third.record.id, second.record.id, first.record.id]
    assert ids(store, task="a") == [third.record.id, first.record.id]
    assert ids(store, status="failed", task="a") == [third.record.id]
    row = store.runs(status="completed")[0]
    assert (row.step, row.wall_seconds, row.changed, row.benchmark) == (10, 4.0, {"gamma": 0.5}, "accuracy")
    assert store.runs(task="b")[0].error == "diverged"
    assert store.rate("a", "default") == 2.5
    assert store.rate("b", "default") is None


def test_a_run_whose_process_is_gone_is_killed_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_loaded", (Registry(), []))
    gone = make(tmp_path, 1.0, task="a", status="running")
    going = make(tmp_path, 1.0, task="b", status="running")
    store = Store(tmp_path)
    with going.lock():
        assert (gone.state, going.state) == ("killed", "running")
        assert [(row.task, row.status) for row in store.runs()] == [("b", "running"), ("a", "killed")]
        assert (ids(store, status="running"), ids(store, status="killed")) == ([going.record.id], [gone.record.id])
        assert [(row.task, row.status) for row in store.evaluations()] == [("a", "killed"), ("b", "running")]
        older = Run.open(going.folder)
        going.update(status="completed")
    assert older.state == "completed"  # not killed: it ended well since it was read
    early = make(tmp_path, 1.0, task="c", status="created")  # killed before its first slice
    with early.lock():
        assert (early.state, ids(store, status="created")) == ("created", [early.record.id])
    assert early.state == "killed"
    assert (ids(store, status="created"), ids(store, status="killed")) == ([], [early.record.id, gone.record.id])
    shutil.rmtree(early.folder)

    def lab(*arguments: str) -> Any:
        return CliRunner().invoke(runs_app, [*arguments, "--runs-dir", str(tmp_path)])

    shown = json.loads(lab("list", "--json", "--status", "killed").stdout)
    assert [(row["id"], row["status"]) for row in shown] == [(gone.record.id, "killed")]
    assert lab("show", gone.record.id).stdout.startswith(f"{gone.record.id}  killed")
    assert json.loads(lab("show", gone.record.id, "--json").stdout)["run"]["status"] == "killed"
    for word, hint in (("kiled", "mean killed"), ("lost", "created, failed, interrupted, killed, running")):
        refused = lab("list", "--status", word).exception
        assert isinstance(refused, UsageError)
        assert hint in str(refused)


@pytest.mark.parametrize("columns", [None, 120, 80, 60, 40])
def test_a_listing_never_cuts_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int | None) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    task = "a-task-with-quite-a-long-name"
    preset = "thirty-minutes-of-training"
    run = make(tmp_path, -149.7, task=task, preset=preset, status="completed", step=12_345_678, wall_seconds=4000.0)
    make(tmp_path, 0.25, task=task, status="interrupted", step=80_000)
    lines = CliRunner().invoke(runs_app, ["list", "--runs-dir", str(tmp_path)]).stdout.splitlines()
    row = next(line.split() for line in lines if "completed" in line)
    assert ("12,345,678" in row, row[-1]) == (True, "-149.7")
    assert all(any(word in line for line in lines) for word in ("interrupted", "80,000", "0.25"))
    if columns is None:
        assert row == [run.record.id, preset, "completed", "12,345,678", "1:06:40", "-149.7"]
    else:
        assert max(map(len, lines)) <= max(columns, 46)
        assert row[0].lstrip("…") == run.record.id[-len(row[0].lstrip("…")) :]


def test_the_best_score_follows_the_direction_of_its_benchmark(tmp_path: Path) -> None:
    make(tmp_path, 0.5, task="up")
    best_up = make(tmp_path, 0.75, task="up")
    make(tmp_path, 0.25, task="up")
    make(tmp_path, 3.0, task="down", benchmark=ERROR)
    best_down = make(tmp_path, 1.0, task="down", benchmark=ERROR)
    make(tmp_path, 2.0, task="down", benchmark=ERROR)
    make(tmp_path, task="unscored")
    make(tmp_path, task="scoreless", benchmark=None)
    store = Store(tmp_path)
    assert store.best_scores() == {"up": (0.75, best_up.record.id), "down": (1.0, best_down.record.id)}
    assert store.best("down") == (1.0, best_down.record.id)
    assert store.best("unscored") is None


def test_scores_of_different_benchmarks_are_not_compared(tmp_path: Path) -> None:
    pong = make(tmp_path, 21.0, task="atari", benchmark={**ACCURACY, "id": "atari/pong"})
    breakout = make(tmp_path, 8.0, task="atari", benchmark={**ACCURACY, "id": "atari/breakout"})
    store = Store(tmp_path)
    assert store.best("atari") == (8.0, breakout.record.id)  # the newest scored run's benchmark
    assert store.best("atari", benchmark="atari/pong") == (21.0, pong.record.id)


def test_a_run_is_scored_by_its_largest_then_newest_evaluation_under_the_default_protocol(tmp_path: Path) -> None:
    run = make(tmp_path)
    store = Store(tmp_path)
    score_run(run, 9.0, protocol="other")
    score_run(run, 8.0, model="last")
    assert store.runs()[0].score is None
    score_run(run, 1.0, 2.0, 3.0)
    score_run(run, 7.0)
    assert (store.runs()[0].score, store.runs()[0].protocol) == (2.0, "test")
    score_run(run, 3.0, 4.0, 5.0)
    assert store.runs()[0].score == 4.0


def test_no_seed_and_no_count_can_be_picked_for_the_best_score(tmp_path: Path) -> None:
    protocols = {"test": {"count": 2}}
    run = make(tmp_path, benchmark={**ACCURACY, "protocols": protocols}, seed=5)
    store = Store(tmp_path)
    score_run(run, 30.0, seed=7)
    assert store.best("task") == (30.0, run.record.id)  # there is no other yet
    score_run(run, 1.0, 3.0)  # as a training ends
    score_run(run, 50.0, 60.0, seed=7)
    score_run(run, 9.0, 9.0, 9.0)
    assert store.best("task") == (2.0, run.record.id)


def test_a_score_that_is_no_number_is_no_score(tmp_path: Path) -> None:
    make(tmp_path, float("nan"))
    store = Store(tmp_path)
    assert store.best_scores() == {}
    assert store.runs()[0].score is None
    assert math.isnan(store.evaluations()[0].value)
    assert math.isnan(store.evaluations()[0].scores[0])


def test_evaluations_come_with_their_run(tmp_path: Path) -> None:
    run = make(tmp_path, task="a", method="dqn", preset="paper", budget_steps=50, seed=3, status="completed")
    score_run(run, 1.0, 2.0, step=40)
    score_run(run, 5.0, protocol="other")
    make(tmp_path, 1.0, benchmark=ERROR)
    rows = Store(tmp_path).evaluations(benchmark="accuracy", protocol="test")
    assert len(rows) == 1
    row = rows[0]
    assert (row.run, row.task, row.method, row.preset, row.budget_steps) == (run.record.id, "a", "dqn", "paper", 50)
    assert (row.scores, row.mean, row.value, row.count, row.step) == ([1.0, 2.0], 1.5, 1.5, 2, 40)
    assert (row.run_seed, row.seed, row.settings, row.status, row.model) == (3, 5, {"count": 2}, "completed", "best")
    assert len(Store(tmp_path).evaluations()) == 3
    assert len(Store(tmp_path).evaluations(run=run.record.id)) == 2


def test_what_happens_to_folders_shows_without_being_told(tmp_path: Path) -> None:
    run, other = make(tmp_path, 0.5), make(tmp_path, 0.25)
    store = Store(tmp_path)
    assert len(store.runs()) == 2
    Run.open(run.folder).update(status="running", step=9)
    assert store.runs()[1].step == 9
    score_run(run, 0.875, 0.875)
    assert store.best("task") == (0.875, run.record.id)
    shutil.rmtree(run.folder)
    assert ids(store) == [other.record.id]
    assert [row.run for row in store.evaluations()] == [other.record.id]
    shutil.copytree(other.folder, tmp_path / "task" / "copied")
    assert set(ids(store)) == {other.record.id, "task/copied"}
    (other.folder / "run.json").write_text("{")
    assert ids(store) == ["task/copied"]


def test_recording_and_removing(tmp_path: Path) -> None:
    run = make(tmp_path, 0.5)
    store = Store(tmp_path)
    store.record(run)
    with Index(tmp_path)._opened(in_memory=False) as connection:
        assert connection.execute("SELECT id, score FROM runs").fetchall() == [(run.record.id, 0.5)]
    shutil.rmtree(run.folder)
    store.remove(run.record.id)
    store.record(run)  # a folder that is gone is no error
    assert store.runs() == []
    assert store.evaluations() == []


def test_reindex_counts_and_names_problems(tmp_path: Path) -> None:
    make(tmp_path, 0.5, 0.75)
    make(tmp_path)
    (tmp_path / "task" / "notes").mkdir()
    report = Store(tmp_path).reindex()
    assert (report.runs, report.evaluations) == (2, 2)
    assert len(report.problems) == 1
    assert "notes" in report.problems[0]


# Damage


def foreign_schema(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE IF EXISTS evaluations")
    connection.execute("DROP TABLE IF EXISTS runs")
    connection.execute("CREATE TABLE runs (x); ")
    connection.execute('CREATE TABLE "od""d" (x)')
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()


def overwrite(path: Path) -> None:
    """Damage that only shows in the middle of a question: the header is whole."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xaa" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b""),
        lambda path: foreign_schema(path, VERSION + 1),
        lambda path: foreign_schema(path, 0),
        lambda path: foreign_schema(path, VERSION),
        overwrite,
        lambda path: path.unlink(),
    ],
    ids=["empty", "newer", "older", "another's tables", "damaged inside", "deleted"],
)
def test_a_store_that_is_damaged_or_of_another_version_is_built_again(harm: Callable[[Path], Any], tmp_path: Path) -> None:
    run = make(tmp_path, 0.5)
    store = Store(tmp_path)
    store.runs()
    store.close()
    for ending in ("-wal", "-shm"):
        (tmp_path / f"{NAME}{ending}").unlink(missing_ok=True)
    harm(tmp_path / NAME)
    assert Store(tmp_path).best("task") == (0.5, run.record.id)
    connection = sqlite3.connect(tmp_path / NAME)
    assert connection.execute("SELECT id, score FROM runs").fetchall() == [(run.record.id, 0.5)]
    connection.close()
    assert Store(tmp_path).reindex().runs == 1


@pytest.mark.parametrize("content", [b"this is not a database" * 500, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_of_that_name_that_is_not_the_labs_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    run = make(tmp_path, 0.5)
    (tmp_path / NAME).write_bytes(content)
    assert Store(tmp_path).best("task") == (0.5, run.record.id)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_database_behind_a_link_is_left_as_it_is(tmp_path: Path) -> None:
    run = make(tmp_path / "runs", 0.5)
    mine = sqlite3.connect(tmp_path / "mine.sqlite")
    with mine:
        mine.execute("CREATE TABLE letters (text TEXT)")
        mine.execute("INSERT INTO letters VALUES ('dear')")
    (tmp_path / "runs" / NAME).symlink_to(tmp_path / "mine.sqlite")
    assert Store(tmp_path / "runs").best("task") == (0.5, run.record.id)
    assert mine.execute("SELECT * FROM letters").fetchall() == [("dear",)]
    mine.close()


def test_a_value_that_changed_inside_the_file_is_found_and_read_again(tmp_path: Path) -> None:
    run = make(tmp_path, 0.5)
    store = Store(tmp_path)
    store.runs()
    store.close()
    connection = sqlite3.connect(tmp_path / NAME)
    with connection:
        connection.execute("UPDATE runs SET score = 99.5")
    connection.close()
    assert Store(tmp_path).best("task") == (0.5, run.record.id)


def test_damage_while_the_store_is_open(tmp_path: Path) -> None:
    make(tmp_path, 0.5)
    store = Store(tmp_path)
    store.runs()
    for path in tmp_path.glob(f"{NAME}*"):
        path.write_bytes(b"\xaa" * 20_000)
    assert len(store.runs()) == 1


def test_without_a_place_to_write_the_store_lives_in_memory(tmp_path: Path) -> None:
    run = make(tmp_path, 0.5)
    (tmp_path / NAME).mkdir()  # no file can be made here
    store = Store(tmp_path)
    assert store.best("task") == (0.5, run.record.id)
    run.update(step=3)
    assert store.runs()[0].step == 3


def test_a_read_only_folder_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, 0.5)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert len(Store(tmp_path).runs()) == 1
    assert not (tmp_path / NAME).exists()


def test_another_process_that_holds_the_store_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_app.runs.store_index._WAIT_SECONDS", 0.1)
    make(tmp_path, 0.5)
    Store(tmp_path).runs()
    holder = sqlite3.connect(tmp_path / NAME)
    holder.execute("BEGIN EXCLUSIVE")
    make(tmp_path, 0.75)
    assert len(Store(tmp_path).runs()) == 2
    holder.close()
    assert (tmp_path / NAME).exists()
    assert len(Store(tmp_path).runs()) == 2


def test_listing_no_runs_makes_no_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    assert store.runs() == []
    assert store.best_scores() == {}
    assert store.reindex().runs == 0
    assert not (tmp_path / "runs").exists()


def test_a_thousand_runs_are_listed_fast_and_without_heavy_imports(tmp_path: Path) -> None:
    """The whole process, index up to date: what it takes beyond an empty interpreter leaves room for the rest of lab list."""
    config = {f"setting_{number}": number for number in range(40)}
    for task in range(20):
        template = make(tmp_path, 0.5, task=f"task-{task}", config=config)
        for number in range(49):
            shutil.copytree(template.folder, template.folder.parent / f"copy-{number}")
    assert len(Store(tmp_path).runs()) == 1000
    code = (
        "import sys, time, json\n"
        "from pathlib import Path\n"
        "start = time.process_time()\n"
        "from lab_app.runs.store import Store\n"
        f"best = Store(Path({str(tmp_path)!r})).best_scores()\n"
        "seconds = time.process_time() - start\n"
        "heavy = [name for name in ('numpy', 'gymnasium', 'tensorflow') if name in sys.modules]\n"
        "print(json.dumps([len(best), seconds, heavy]))\n"
    )
    found = [json.loads(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    tasks, _, heavy = found[0]
    assert tasks == 20
    assert heavy == []
    assert min(seconds for _, seconds, _ in found) < 0.3


def test_a_sound_file_is_read_as_it_is(tmp_path: Path) -> None:
    make(tmp_path, 0.5)
    store = Store(tmp_path)
    store.runs()
    store.close()
    inode = (tmp_path / NAME).stat().st_ino
    again = Store(tmp_path)
    assert len(again.runs()) == 1
    again.close()
    assert (tmp_path / NAME).stat().st_ino == inode


def test_no_flipped_bit_is_an_error_or_a_wrong_figure(tmp_path: Path) -> None:
    make(tmp_path, 0.5)
    make(tmp_path, 0.25, task="other")
    store = Store(tmp_path)
    sound = store.runs(), store.evaluations()
    store.close()
    connection = sqlite3.connect(tmp_path / NAME)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = (tmp_path / NAME).read_bytes()
    places = [*range(0, 4096, 37), *range(4096, len(data), 401)]  # the first page holds the schema
    for place in places:
        for path in tmp_path.glob(f"{NAME}*"):
            path.unlink()
        (tmp_path / NAME).write_bytes(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :])
        store = Store(tmp_path)
        assert (store.runs(), store.evaluations()) == sound, place
        store.close()
