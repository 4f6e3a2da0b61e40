"""Runs moved in one file: every sum compared, nothing overwritten, hostile archives refused; pruning keeps scores."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import runs as runs_command
from lab_app.runs import archive
from lab_app.runs.archive import LIST, read_archive, write_archive
from lab_app.runs.pruning import prune
from lab_app.runs.store import Store
from lab_core import Evaluation
from lab_core.errors import LabError, UsageError
from lab_core.runs.run import Run, RunRecord


def make_run(runs_dir: Path, seed: int = 0) -> Run:
    record = RunRecord(task="a-task", plugin="p", method="m", seed=seed, status="completed", step=10, budget_steps=10)
    run = Run.create(runs_dir, record, name=f"seed{seed}")
    run.add_evaluation(
        Evaluation(benchmark="b", protocol="test", seed=0, unit="episode", scores=(1.0, 2.0), value=1.5, settings={})
    )
    for name, size in (
        ("checkpoints/000000010/state.npz", 5_000),
        ("model/best/weights.npz", 2_000),
        ("model/last/weights.npz", 1_000),
    ):
        path = run.folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(size))
    (run.folder / "model" / "best" / "model.json").write_text("{}")
    return run


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if not name.endswith("/lock") and "lab.sqlite3" not in name}


@pytest.mark.parametrize("name", ["runs.tar", "runs.tar.gz", "runs.tgz"])
def test_runs_come_back_byte_for_byte_and_never_over_others(tmp_path: Path, name: str) -> None:
    runs = [make_run(tmp_path / "here", seed) for seed in (0, 1)]
    write_archive(tmp_path / name, [run.folder for run in runs])
    found = read_archive(tmp_path / name, tmp_path / "there")
    assert (found.runs, found.present) == (("a-task/seed0", "a-task/seed1"), ())
    assert files(tmp_path / "there") == files(tmp_path / "here")
    changed = tmp_path / "there" / "a-task" / "seed0" / "mine.txt"
    changed.write_text("mine")
    again = read_archive(tmp_path / name, tmp_path / "there")
    assert (again.runs, again.present) == ((), ("a-task/seed0", "a-task/seed1"))
    assert changed.read_text() == "mine"
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["a-task"]
    with pytest.raises(UsageError, match="exists already"):
        write_archive(tmp_path / name, [runs[0].folder])
    with pytest.raises(UsageError, match=r"\.tar"):
        write_archive(tmp_path / "runs.zip", [runs[0].folder])
    assert [row.id for row in Store(tmp_path / "there").runs()] == ["a-task/seed1", "a-task/seed0"]


def test_a_run_under_way_is_not_exported(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with run.lock(), pytest.raises(LabError, match="in use"):
        write_archive(tmp_path / "runs.tar", [run.folder])
    assert not (tmp_path / "runs.tar").exists()
    assert not list(tmp_path.glob(".runs.tar*"))


def members(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as tar:
        found: list[tuple[tarfile.TarInfo, bytes]] = []
        for member in tar:
            data = tar.extractfile(member)
            assert data is not None
            found.append((member, data.read()))
        return found


def write(path: Path, parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    with tarfile.open(path, "w") as tar:
        for member, data in parts:
            member.size = len(data) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(data))


def renamed(to: str) -> Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]:
    def change(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        parts[0][0].name = to

    return change


def link(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    member = tarfile.TarInfo("a-task/seed0/extra")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    parts.insert(0, (member, b""))


def device(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    member = tarfile.TarInfo("a-task/seed0/extra")
    member.type = tarfile.FIFOTYPE
    parts.insert(0, (member, b""))


def twice(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    parts.insert(0, parts[0])


def other_bytes(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    parts[0] = (parts[0][0], parts[0][1][:-1] + b"x")


def one_more(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    parts.insert(0, (tarfile.TarInfo("a-task/seed0/more"), b"more"))


def one_less(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del parts[0]


def without_list(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del parts[-1]


def after_the_list(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    parts.insert(0, parts.pop())


def odd_list(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    parts[-1] = (parts[-1][0], b'{"runs": 3}')


def another_run(parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """The record of one run in the folder of another: its sums fit."""
    for member, _ in parts[:-1]:
        member.name = member.name.replace("seed0", "seed7")
    parts[-1] = (parts[-1][0], parts[-1][1].replace(b"seed0", b"seed7"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (renamed("../../evil"), "not the name of"),
        (renamed("/tmp/evil/x"), "not the name of"),
        (renamed("a-task/../evil/x"), "not the name of"),
        (renamed("a-task/seed0/.hidden"), "not the name of"),
        (renamed("evil"), "not the name of"),
        (link, "not a plain file"),
        (device, "not a plain file"),
        (twice, "twice"),
        (other_bytes, "not what was written"),
        (one_more, "not what was written"),
        (one_less, "not what was written"),
        (without_list, "missing"),
        (after_the_list, "follow"),
        (odd_list, "damaged"),
        (another_run, "not a run of that name"),
    ],
)
def test_hostile_and_damaged_archives_leave_nothing(
    tmp_path: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None], message: str
) -> None:
    write_archive(tmp_path / "good.tar", [make_run(tmp_path / "here").folder])
    parts = members(tmp_path / "good.tar")
    change(parts)
    write(tmp_path / "bad.tar", parts)
    with pytest.raises(LabError, match=message):
        read_archive(tmp_path / "bad.tar", tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar", "good.tar", "here", "there"]


def test_bombs_cut_files_and_other_files_get_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archive(tmp_path / "good.tar.gz", [make_run(tmp_path / "here").folder])
    data = (tmp_path / "good.tar.gz").read_bytes()
    for name, content in (
        ("cut.tar.gz", data[: len(data) // 2]),
        ("empty.tar", b""),
        ("noise.tar", os.urandom(5_000)),
        ("text.tar", b"hello\n" * 500),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LabError, match="not imported"):
            read_archive(tmp_path / name, tmp_path / "there")
    huge = tarfile.TarInfo("a-task/seed0/run.json")
    huge.size = 1 << 50
    (tmp_path / "bomb.tar.gz").write_bytes(gzip.compress(huge.tobuf() + b"\0" * 10_240))
    with pytest.raises(LabError, match="are free"):
        read_archive(tmp_path / "bomb.tar.gz", tmp_path / "there")
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 32  # a header that would be read into memory
    (tmp_path / "header.tar").write_bytes(header.tobuf() + b"\0" * 10_240)
    with pytest.raises(LabError, match="a header"):
        read_archive(tmp_path / "header.tar", tmp_path / "there")
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    with pytest.raises(LabError, match="too many"):
        read_archive(tmp_path / "good.tar.gz", tmp_path / "there")
    with pytest.raises(UsageError, match="can't be read"):
        read_archive(tmp_path / "gone.tar", tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


def test_the_list_has_every_file_but_locks(tmp_path: Path) -> None:
    run = make_run(tmp_path / "here")
    write_archive(tmp_path / "small.tar", [run.folder], leave_out=("checkpoints",))
    names = [member.name for member, _ in members(tmp_path / "small.tar")]
    assert names[-1] == LIST
    assert "a-task/seed0/run.json" in names
    assert not any("checkpoints" in name or name.endswith("lock") for name in names)


def test_pruning_keeps_records_scores_and_what_is_asked_for(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    dry = prune(run, "best", dry=True)
    assert dry is not None
    assert (dry.parts, dry.size) == (("checkpoints", "model/last"), 6_000)
    assert prune(run, "best") == dry
    assert (run.folder / "model" / "best" / "weights.npz").is_file()
    assert not (run.folder / "checkpoints").exists()
    assert prune(run, "best") is None
    prune(run, "scores")
    assert not (run.folder / "model").exists()
    assert Run.open(run.folder).evaluations()[0].value == 1.5
    other = make_run(tmp_path, 1)
    (other.folder / "model" / "best" / "model.json").unlink()  # no best model: the last one is all there is
    pruned = prune(other, "best")
    assert pruned is not None
    assert pruned.parts == ("checkpoints",)
    with other.lock(), pytest.raises(LabError, match="in use"):
        prune(other, "scores")


def test_the_commands_move_import_and_prune(tmp_path: Path) -> None:
    make_run(tmp_path / "here")
    app = typer.Typer()
    app.add_typer(runs_command.app, name="runs")

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["runs", *arguments])
        assert done.exit_code == 0, done.output + repr(done.exception)
        return done.stdout

    here, there = (("--runs-dir", str(tmp_path / name)) for name in ("here", "there"))
    done = json.loads(call("export", "seed0", "--to", str(tmp_path / "a.tar"), "--json", *here))
    assert done["runs"] == ["a-task/seed0"]
    call("archive", "seed0", "--to", str(tmp_path / "b.tar.gz"), "--yes", *here)
    assert not (tmp_path / "here" / "a-task" / "seed0").exists()
    assert json.loads(call("import", str(tmp_path / "b.tar.gz"), "--json", *there))["runs"] == ["a-task/seed0"]
    assert json.loads(call("prune", "--dry-run", "--json", *there))["bytes"] == 6_000
    assert "freed" in call("prune", "--yes", *there)
    assert isinstance(CliRunner().invoke(app, ["runs", "prune", *there]).exception, UsageError)
