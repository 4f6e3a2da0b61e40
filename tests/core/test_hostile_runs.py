"""Run folders that came from elsewhere: nothing outside them is read, written or deleted, and one odd run hides no other."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab_app.runs.folders import list_runs
from lab_app.runs.store import Store
from lab_core.errors import LabError, printable
from lab_core.files import decode_json, read_file
from lab_core.runs.locking import FileLock
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.run import Run, RunRecord


def make(runs_dir: Path, **fields: Any) -> Run:
    return Run.create(runs_dir, RunRecord(**{"task": "task", "plugin": "plugin", **fields}))


def change(run: Run, **fields: Any) -> None:
    """Write what no lab would."""
    path = run.folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize(
    "name", ["lock", "checkpoints", "checkpoints/chunks", "model", "model/best/x", "media/note.txt", "deep/er"]
)
def test_a_link_anywhere_in_a_run_folder_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter").write_text("dear")
    run = make(tmp_path / "runs")
    place = run.folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside)
    with pytest.raises(LabError, match="is a symbolic link; only plain files and folders are read"):
        Run.open(run.folder)
    assert (outside / "letter").read_text() == "dear"
    other = make(tmp_path / "runs", seed=1)
    assert [row.id for row in Store(tmp_path / "runs").runs()] == [other.record.id]


def test_a_run_folder_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    run = make(tmp_path / "elsewhere")
    (tmp_path / "runs" / "task").mkdir(parents=True)
    (tmp_path / "runs" / "task" / "linked").symlink_to(run.folder)
    assert len(Store(tmp_path / "runs").runs()) == 1


def test_a_lock_is_never_taken_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("dear")
    (tmp_path / "lock").symlink_to(victim)
    with pytest.raises(LabError, match="not a plain file"), FileLock(tmp_path / "lock", what="Run").held():
        pass
    assert victim.read_text() == "dear"


@pytest.mark.parametrize("kind", ["pipe", "device", "large"])
def test_what_would_never_end_is_refused(kind: str, tmp_path: Path) -> None:
    run = make(tmp_path)
    path = run.folder / "run.json"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(LabError):
        Run.open(run.folder)
    assert Store(tmp_path).runs() == []


def test_a_loop_of_links_among_the_runs_hides_nothing(tmp_path: Path) -> None:
    run = make(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "task" / "loop").symlink_to(tmp_path / "task" / "loop")
    assert [row.id for row in Store(tmp_path).runs()] == [run.record.id]


@pytest.mark.parametrize(
    "fields",
    [
        {"step": 10**19},
        {"step": -1},
        {"seed": 2**70},
        {"wall_seconds": {"__float__": "nan"}},
        {"wall_seconds": -1.0},
        {"benchmark": {"id": ["a", "list"], "score": {}}},
        {"benchmark": {"id": "x", "score": "high"}},
        {"budget_seconds": {"__float__": []}},
        {"config": "none"},
        {"status": "lost"},
    ],
    ids=str,
)
def test_whatever_is_wrong_with_one_run_is_one_problem_line_of_that_run(fields: dict[str, Any], tmp_path: Path) -> None:
    sound, odd = make(tmp_path, seed=1), make(tmp_path)
    change(odd, **fields)
    store = Store(tmp_path)
    assert [row.id for row in store.runs()] == [sound.record.id]
    assert len(store.reindex().problems) == 1
    assert [run.record.id for run in list_runs(tmp_path)[0]] == [sound.record.id]


@pytest.mark.parametrize(
    "evaluation",
    [
        {"seed": 10**30, "scores": [1.0], "value": 1.0},
        {"seed": 0, "scores": "many", "value": 1.0},
        {"seed": 0, "scores": [1.0], "value": [1.0]},
    ],
    ids=str,
)
def test_an_odd_evaluation_hides_no_run(evaluation: dict[str, Any], tmp_path: Path) -> None:
    sound, odd = make(tmp_path, seed=1), make(tmp_path)
    (odd.folder / "evaluations").mkdir()
    plain = {"benchmark": "b", "protocol": "p", "settings": {}, **evaluation}
    (odd.folder / "evaluations" / "a.json").write_text(json.dumps({"evaluation": plain, "created": "2026-01-01T00:00:00Z"}))
    assert sound.record.id in [row.id for row in Store(tmp_path).runs()]


def test_a_folder_whose_name_is_not_text_hides_no_run(tmp_path: Path) -> None:
    sound, odd = make(tmp_path, seed=1), make(tmp_path)
    odd.folder.rename(os.fsdecode(os.fsencode(odd.folder.parent) + b"/\xff\xfe"))
    assert sound.record.id in [row.id for row in Store(tmp_path).runs()]


@pytest.mark.parametrize("text", ["[" * 500 + "]" * 500, '{"a":' * 100_000 + "1" + "}" * 100_000], ids=["500", "100,000"])
def test_nesting_is_damage_and_no_crash(text: str, tmp_path: Path) -> None:
    run, other = make(tmp_path), make(tmp_path, seed=1)
    (run.folder / "run.json").write_text(text)
    with pytest.raises(LabError, match="damaged"):
        Run.open(run.folder)
    assert [row.id for row in Store(tmp_path).runs()] == [other.record.id]


def test_an_escape_sequence_in_a_record_never_reaches_the_terminal(tmp_path: Path) -> None:
    run = make(tmp_path)
    change(run, error="\x1b]52;c;ZXZpbA==\x07", command=["lab", "\x1b[2J"])
    record = Run.open(run.folder).record
    assert record.error == "\\x1b]52;c;ZXZpbA==\\x07"
    assert record.command == ["lab", "\\x1b[2J"]
    assert printable("two\nlines\tof \u202e text") == "two\nlines\tof \\u202e text"


def test_json_is_read_exactly_where_it_is_not_shown() -> None:
    assert decode_json(b'"\\u001b"') == "\x1b"


@pytest.mark.parametrize("name", ["../../letter", "/etc/passwd", "a/../../letter"])
def test_a_model_may_not_name_files_outside_its_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"task": "t", "files": {name: {"size": 1, "sha256": "0"}}}))
    with pytest.raises(LabError, match="names files outside its folder"):
        load_model_info(tmp_path)


@pytest.mark.parametrize("make_it", [lambda path: path.mkdir(), lambda path: os.mkfifo(path)], ids=["folder", "pipe"])
def test_only_regular_files_are_read(make_it: Callable[[Path], Any], tmp_path: Path) -> None:
    make_it(tmp_path / "x")
    with pytest.raises((LabError, IsADirectoryError)):
        read_file(tmp_path / "x")
