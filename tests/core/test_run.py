"""Run folders: created exclusively, opened with clear errors, changed atomically."""

import json
import math
import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_app.runs.folders import list_runs
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation
from lab_core.files import decode_json, encode_json, remove_leftovers, write_atomic
from lab_core.model import Model
from lab_core.runs.metrics_log import MetricsLog
from lab_core.runs.model_folder import load_model_info, read_model
from lab_core.runs.run import FORMAT, Run, RunRecord
from lab_core.trainer import Chunks


def record(**fields: object) -> RunRecord:
    return RunRecord(**{"task": "dqn-breakout", "plugin": "dqn", "seed": 3, **fields})  # type: ignore[arg-type]


def evaluation(*scores: float, **fields: object) -> Evaluation:
    values = {"benchmark": "b", "protocol": "p", "settings": {"sticky": 0.25}, "seed": 1, **fields}
    return Evaluation(scores=scores, value=sum(scores) / len(scores), **values)  # type: ignore[arg-type]


class Words(Model):
    def __init__(self, *words: str) -> None:
        self.words = words

    def save(self, folder: Path) -> None:
        (folder / "words").write_text(" ".join(self.words))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Words":
        return cls(*(folder / "words").read_text().split())


# Creating and opening


def test_create_makes_a_folder_by_task_time_and_seed(tmp_path: Path) -> None:
    before = datetime.now().replace(microsecond=0)
    run = Run.create(tmp_path / "deep" / "runs", record())
    assert run.folder.parent == tmp_path / "deep" / "runs" / "dqn-breakout"
    assert run.record.id == f"dqn-breakout/{run.folder.name}"
    stamp, end = run.folder.name[:15], run.folder.name[15:]
    assert before <= datetime.strptime(stamp, "%Y%m%d-%H%M%S") <= datetime.now()
    assert end == "-seed3"
    assert run.runs_dir == tmp_path / "deep" / "runs"


def test_create_never_takes_a_folder_that_is_there(tmp_path: Path) -> None:
    runs = [Run.create(tmp_path, record()) for _ in range(5)]
    assert len({run.folder for run in runs}) == 5
    assert {run.record.id for run in list_runs(tmp_path)[0]} == {run.record.id for run in runs}


def test_open_reads_everything_back(tmp_path: Path) -> None:
    run = Run.create(
        tmp_path,
        record(
            method="dqn",
            config={"gamma": 0.99, "layers": [1, 2], "name": None},
            changed={"gamma": 0.99},
            benchmark={"id": "atari/breakout", "score": {"random": 1.7}},
            machine={"cores": 2},
            versions={"numpy": "2.3"},
            command=["lab", "run"],
            budget_steps=10**12,
            best_score=float("-inf"),
        ),
    )
    assert Run.open(run.folder).record == run.record
    assert json.loads((run.folder / "run.json").read_text())["config"]["gamma"] == 0.99  # JSON that anything can read
    assert run.record.created.tzinfo is not None
    assert abs((datetime.now(UTC) - run.record.created).total_seconds()) < 60


def test_update_changes_file_and_record(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    run.update(status="failed", error="diverged", step=7, best_score=math.inf)
    again = Run.open(run.folder).record
    assert (again.status, again.error, again.step, again.best_score) == ("failed", "diverged", 7, math.inf)
    assert run.record == again


@pytest.mark.parametrize("fields", [{"no_such_field": 1}, {"status": "sleeping"}, {"step": "many"}])
def test_update_refuses_what_could_not_be_read_back(fields: dict[str, object], tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    before = (run.folder / "run.json").read_bytes()
    with pytest.raises(Exception, match=r"no_such_field|sleeping|step"):
        run.update(**fields)
    assert (run.folder / "run.json").read_bytes() == before
    assert run.record.status == "created"


def test_open_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        Run.open(tmp_path)
    with pytest.raises(UsageError, match="is not a run"):
        Run.open(tmp_path / "nowhere")
    path = tmp_path / "run.json"
    for text in ("", "{", "[]", "{}", '{"task": 3}', "\x00", '{"task": "t", "plugin": "p", "step": "x"}'):
        path.write_text(text)
        with pytest.raises(LabError, match=r"run\.json is damaged"):
            Run.open(tmp_path)
    path.write_text(json.dumps({"format": FORMAT + 1, "task": {"new": "shape"}}))
    with pytest.raises(LabError, match="newer version"):
        Run.open(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(LabError, match="can't be read"):
        Run.open(tmp_path)


def test_list_runs_names_foreign_folders_and_skips_hidden_ones(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    (tmp_path / "notes" / "drafts").mkdir(parents=True)
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    damaged = Run.create(tmp_path, record(task="maze"))
    (damaged.folder / "run.json").write_text("{")
    runs, problems = list_runs(tmp_path)
    assert [found.record.id for found in runs] == [run.record.id]
    assert len(problems) == 2
    assert any(str(damaged.folder) in line for line in problems)
    assert any(str(tmp_path / "notes" / "drafts") in line for line in problems)
    assert list_runs(tmp_path / "nowhere") == ([], [])


# A disk that refuses


def test_a_runs_folder_that_cannot_be_written_is_named_with_its_option(tmp_path: Path) -> None:
    forbidden = Path("/sys/lab-runs")  # even root may not write here
    if os.getuid():
        forbidden = tmp_path / "locked"
        forbidden.mkdir(mode=0o555)
    with pytest.raises(LabError) as caught:
        Run.create(forbidden, record())
    assert str(forbidden) in str(caught.value)
    assert "--runs-dir" in str(caught.value)
    (tmp_path / "file").write_text("")
    for runs_dir in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(LabError, match=r"file is a file, not a folder.*--runs-dir"):
            Run.create(runs_dir, record())


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    """The kernel's own refusal: files of this process may not grow beyond 2,000 bytes."""

    def large_file(folder: Path, chunks: Chunks) -> None:
        (folder / "x").write_bytes(b"2" * 5000)

    def large_chunk(folder: Path, chunks: Chunks) -> None:
        chunks.add("c", lambda file: file.write(b"2" * 5000))

    run = Run.create(tmp_path, record())
    run.save_model("best", Words("small"), step=1)
    run.checkpoints.save(1, lambda folder, chunks: None, info={}, keep=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        for work in (
            lambda: run.update(error="x" * 5000),
            lambda: run.save_model("best", Words("large" * 1000), step=2),
            lambda: run.checkpoints.save(2, large_file, info={}, keep=1),
            lambda: run.checkpoints.save(2, large_chunk, info={}, keep=1),
            lambda: run.metrics.append(1, 1.0, {f"scalar_{number}": 1.0 for number in range(500)}),
            lambda: run.add_evaluation(evaluation(*range(2000))),
        ):
            with pytest.raises(LabError, match=r"disk of .* is full"):
                work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = Run.open(run.folder)
    assert again.record == run.record
    assert load_model_info(again.model_folder("best")).step == 1
    assert again.checkpoints.load_newest(lambda folder, chunks: None, skipped=pytest.fail) == (1, {})
    assert (run.folder / "metrics.jsonl").read_bytes() == b""  # not even the start of the line that did not fit
    assert again.evaluations() == []
    assert not [path for path in tmp_path.rglob("*") if ".tmp" in path.name or path.name.startswith(".")]


def test_a_device_without_space_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(LabError, match="is full") as caught:
        MetricsLog(tmp_path / "metrics.jsonl").append(1, 1.0, {})
    assert "\n" not in str(caught.value)


def test_a_folder_deleted_under_a_training_is_named(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    (run.folder / "run.json").unlink()
    run.folder.rmdir()
    with pytest.raises(LabError, match=f"{run.folder} is gone"):
        run.update(step=1)


# Locks


def test_a_second_holder_is_refused_and_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    assert run.locked_by() is None
    with run.lock():
        assert run.locked_by() == os.getpid()
        with pytest.raises(LabError, match=f"{run.record.id} is in use by process {os.getpid()}"), Run.open(run.folder).lock():
            pass
    with pytest.raises(KeyError), run.lock():
        raise KeyError
    with run.lock():
        pass


def test_the_lock_clears_what_dead_processes_left(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    dead, alive, foreign = (run.folder / f".run.json.{end}.tmp" for end in (str(pid), str(os.getpid()), "x"))
    for path in (dead, alive, foreign):
        path.write_text("")
    with run.lock():
        pass
    assert [path.exists() for path in (dead, alive, foreign)] == [False, True, True]
    remove_leftovers(tmp_path / "nowhere")


# Models and evaluations


def test_models_are_replaced_and_say_what_they_are(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record(plugin_version="1.2", config={"gamma": 0.9}, benchmark={"id": "atari/breakout"}))
    assert not run.model_folder("best").exists()
    for step, score in ((10, 1.5), (20, float("nan"))):
        folder = run.save_model("best", Words("at", str(step)), step=step, score=score)
    info = load_model_info(folder)
    assert folder == run.model_folder("best") == run.folder / "model" / "best"
    assert Words.load(folder, device="cpu").words == ("at", "20")
    assert (info.task, info.plugin, info.plugin_version, info.step) == ("dqn-breakout", "dqn", "1.2", 20)
    assert (info.config, info.benchmark, info.run, info.seed) == ({"gamma": 0.9}, "atari/breakout", run.record.id, 3)
    assert info.score is not None
    assert math.isnan(info.score)
    assert info.files["words"].size == len("at 20")
    assert [path.name for path in (run.folder / "model").iterdir()] == ["best"]


def test_a_model_that_is_replaced_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    folder = run.save_model("best", Words("old", "old"), step=1)
    replaced: list[int] = []

    def load(place: Path) -> list[str]:
        first = Words.load(place, device="cpu").words[0]
        if not replaced:
            replaced.append(1)
            run.save_model("best", Words("new", "new"), step=2)
        return [first, Words.load(place, device="cpu").words[1]]

    assert read_model(folder, load) == ["new", "new"]


def test_a_model_that_cannot_be_loaded_is_tried_once(tmp_path: Path) -> None:
    folder = Run.create(tmp_path, record()).save_model("best", Words("a"), step=1)
    tried: list[Path] = []

    def load(place: Path) -> None:
        tried.append(place)
        raise RuntimeError("plugin")

    with pytest.raises(RuntimeError, match="plugin"):
        read_model(folder, load)
    assert tried == [folder]
    (folder / "words").write_text("b")
    with pytest.raises(LabError, match=r"best is damaged: words has changed"):
        read_model(folder, load)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="not a model folder"):
        load_model_info(tmp_path)
    path = tmp_path / "model.json"
    for text in ("", "{}", "[1]", '{"task": 1}', "\xff"):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(LabError, match="is damaged"):
            load_model_info(tmp_path)
    path.write_text('{"format": 99}')
    with pytest.raises(LabError, match="newer version"):
        load_model_info(tmp_path)


def test_evaluations_come_back_in_order(tmp_path: Path) -> None:
    run = Run.create(tmp_path, record())
    written = [evaluation(float(number), -1.5, details={"length": (3.0, 4.0)}) for number in range(5)]
    for one in written:
        run.add_evaluation(one)
    path = run.add_evaluation(evaluation(float("nan")), model="last", step=99)
    assert run.evaluations()[:5] == written
    assert math.isnan(run.evaluations()[5].scores[0])
    saved = run.saved_evaluations()[5]
    assert (saved.model, saved.step) == ("last", 99)
    path.write_text("{")
    assert run.evaluations() == written


# Metrics and JSON


def test_metrics_are_read_cut_and_go_on(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    assert log.read() == []
    log.cut(0)
    log.append(1, 0.51234, {"loss": 0.25, "step": 99.0})
    log.append(2, 1.0, {"loss": math.nan, "best": math.inf, "worst": -math.inf})
    log.append(2, 1.0, {"selection_score": 3.0})
    log.append(3, 1.5, {"loss": 0.125})
    lines = log.read()
    assert lines[0] == {"step": 1, "wall_seconds": 0.512, "loss": 0.25}
    assert math.isnan(lines[1]["loss"])
    assert (lines[1]["best"], lines[1]["worst"]) == (math.inf, -math.inf)
    log.cut(2)
    assert [line["step"] for line in log.read()] == [1, 2, 2]
    log.append(5, 2.0, {})
    assert [line["step"] for line in log.read()] == [1, 2, 2, 5]
    log.cut(0)
    assert log.read() == []
    for line in (tmp_path / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))


@given(
    steps=st.lists(st.integers(1, 100), max_size=8).map(sorted),
    scalars=st.dictionaries(st.text(max_size=8), st.floats(), max_size=3),
    torn=st.integers(0, 200),
    cut=st.integers(0, 100),
)
@settings(deadline=None, max_examples=60)
def test_a_torn_end_costs_only_the_last_line(
    steps: list[int], scalars: dict[str, float], torn: int, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("run") / "metrics.jsonl"
    log = MetricsLog(path)
    for step in steps:
        log.append(step, 0.0, scalars)
    log.close()
    whole = path.read_bytes() if path.exists() else b""
    left = whole[: max(0, len(whole) - torn)]
    path.write_bytes(left)
    complete = steps[: left.count(b"\n")]

    assert [line["step"] for line in MetricsLog(path).read()] == complete
    MetricsLog(path).append(1000, 0.0, {})
    assert [line["step"] for line in MetricsLog(path).read()] == [*complete, 1000]
    MetricsLog(path).cut(cut)
    assert [line["step"] for line in MetricsLog(path).read()] == [step for step in complete if step <= cut]


def test_lines_longer_than_a_block_survive_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step":1,"a":"' + b"x" * 10_000 + b'"}\n{"step":2,"a":"' + b"x" * 10_000)
    MetricsLog(path).append(3, 0.0, {})
    assert [line["step"] for line in MetricsLog(path).read()] == [1, 3]


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step":1}\n\xff\xfe\n[]\n{}\n{"step":"x"}\nnull\n{"step":2}\n')
    assert [line["step"] for line in MetricsLog(path).read()] == [1, 2]


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.sampled_from(["NaN", "nan", "inf"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(plain, st.sampled_from([0, 2]))
@settings(deadline=None)
def test_plain_values_survive_json(value: object, indent: int) -> None:
    assert decode_json(encode_json(value, indent=indent)) == value


def test_an_atomic_write_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for data in (b"bytes", "täxt"):
        write_atomic(tmp_path / "file", data)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "täxt"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_in_the_place_of_the_curve_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").mkdir()
    with pytest.raises(LabError, match=r"metrics\.jsonl can't be read \(is a directory\)"):
        MetricsLog(tmp_path / "metrics.jsonl").read()
