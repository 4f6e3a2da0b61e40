"""One run from a plain description: recorded, scored, and a failure that names who failed."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab_app.runs.process import document
from lab_app.runs.store import Store
from lab_core import LabError, Progress, Trainer, UsageError
from lab_core.registry.registry import Registry
from lab_core.runs.opening import load_model, prepare
from lab_core.runs.run import Run
from lab_core.task import Task
from lab_core.training.evaluation import reported_seed, selection_seed
from lab_core.training.job import execute
from lab_core.training.observing import Observer
from lab_core.training.spec import JobSpec
from lab_core.training.stopping import Stop


def spec(folder: Path, **changes: Any) -> JobSpec:
    values: dict[str, Any] = {"task": "walk", "runs_dir": str(folder), "device": "cpu", **changes}
    return JobSpec(**{"config": {"steps": 40}, **values})


def test_a_job_trains_scores_and_records(tmp_path: Path, walk_registry: Registry) -> None:
    result = execute(spec(tmp_path, seed=7, command=("lab", "run")), walk_registry)
    record = Run.open(result.run.folder).record
    assert (record.status, record.step, record.seed, record.command) == ("completed", 40, 7, ["lab", "run"])
    assert record.parameters == {"walk": 1}
    assert record.machine["cores"] >= 1
    assert record.versions["python"]
    assert result.evaluation is not None
    assert len(result.evaluation.scores) == 3
    (row,) = Store(tmp_path).runs()
    assert row.score == pytest.approx(result.evaluation.value)
    assert json.loads(msgspec.json.encode(document(result)))["run"]["id"] == record.id


def test_the_same_job_gives_the_same_scores(tmp_path: Path, walk_registry: Registry) -> None:
    first = execute(spec(tmp_path, seed=3), walk_registry)
    again = execute(spec(tmp_path, seed=3), walk_registry)
    assert first.run.folder != again.run.folder
    assert first.evaluation is not None
    assert again.evaluation is not None
    assert first.evaluation.scores == again.evaluation.scores


def test_a_job_goes_on_with_a_run(tmp_path: Path, walk_registry: Registry) -> None:
    first = execute(spec(tmp_path), walk_registry)
    longer = execute(spec(tmp_path, resume=str(first.run.folder), steps=80), walk_registry)
    assert (longer.run.folder, longer.outcome.step) == (first.run.folder, 80)
    with pytest.raises(UsageError, match="already has its 80"):
        execute(spec(tmp_path, resume=str(first.run.folder)), walk_registry)


@pytest.mark.parametrize(("steps", "message"), [(0, "at least 1"), (-10, "at least 1"), (19, "for 20"), (20, "for 20")])
def test_a_length_that_a_run_has_reached_is_refused_and_changes_nothing(
    tmp_path: Path, walk_registry: Registry, steps: int, message: str
) -> None:
    class AtTwenty(Observer):
        def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
            if progress.step == 20:
                stop.request("Ctrl-C")

    stop = Stop()
    run = execute(spec(tmp_path), walk_registry, observers=lambda run, task, benchmark: [AtTwenty()], stop=stop).run
    before = (run.folder / "run.json").read_bytes()
    with pytest.raises(UsageError, match=message) as refused:
        execute(spec(tmp_path, resume=str(run.folder), steps=steps), walk_registry)
    assert (run.folder / "run.json").read_bytes() == before
    assert Run.open(run.folder).record.status == "interrupted"
    if steps > 0:
        assert str(refused.value).endswith("--steps 40")  # what it was given
    assert execute(spec(tmp_path, resume=str(run.folder)), walk_registry).outcome.step == 40
    with pytest.raises(UsageError, match="--steps 80"):
        execute(spec(tmp_path, resume=str(run.folder), steps=30), walk_registry)


def test_an_exception_of_a_plugin_names_the_plugin_and_keeps_the_traceback(tmp_path: Path, walk_registry: Registry) -> None:
    with pytest.raises(LabError, match="Plugin 'toys' failed: RuntimeError: the floor gave way") as caught:
        execute(spec(tmp_path, config={"steps": 40, "crash_at": 20}), walk_registry)
    (run,) = [Run.open(folder) for folder in tmp_path.glob("walk/*")]
    assert run.record.status == "failed"
    assert "the floor gave way" in (run.record.error or "")
    assert "RuntimeError" in (run.folder / "error.txt").read_text()
    assert str(run.folder / "error.txt") in str(caught.value)


def test_bad_input_that_only_the_trainer_notices_leaves_no_run(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walk_toy import WalkTrainer  # pyright: ignore  # the toy of conftest.py

    def refuse(self: Any, *arguments: Any) -> None:
        raise UsageError("There is no such game.")

    monkeypatch.setattr(WalkTrainer, "__init__", refuse)
    with pytest.raises(UsageError, match="no such game"):
        execute(spec(tmp_path), walk_registry)
    assert list(tmp_path.glob("walk/*")) == []
    assert Store(tmp_path).runs() == []


def test_a_stop_before_the_first_slice_leaves_a_run_that_resumes(tmp_path: Path, walk_registry: Registry) -> None:
    stop = Stop()
    stop.request("asked")
    result = execute(spec(tmp_path), walk_registry, stop=stop)
    assert (result.outcome.status, result.outcome.step, result.evaluation) == ("interrupted", 0, None)
    assert execute(spec(tmp_path, resume=str(result.run.folder)), walk_registry).outcome.step == 40


def test_settings_that_no_state_depends_on_may_change_when_a_run_goes_on(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walk_toy import WalkConfig  # pyright: ignore  # the toy of conftest.py

    stop = Stop()
    stop.request("asked")
    folder = str(execute(spec(tmp_path), walk_registry, stop=stop).run.folder)
    with pytest.raises(UsageError, match="slice_steps can't be changed"):
        execute(spec(tmp_path, resume=folder, changed={"slice_steps": 5}), walk_registry)
    assert Run.open(Path(folder)).record.status == "interrupted"
    monkeypatch.setattr(WalkConfig, "resumable", ("slice_steps",))
    result = execute(spec(tmp_path, resume=folder, changed={"slice_steps": 5}), walk_registry)
    assert result.outcome.step == 40
    assert result.run.record.config["slice_steps"] == 5
    assert result.run.record.changed["slice_steps"] == 5
    lines = (result.run.folder / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 8  # 40 steps in slices of 5


def test_too_little_memory_is_refused_and_leaves_no_run(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walk_toy import WalkTrainer  # pyright: ignore  # the toy of conftest.py

    first = execute(spec(tmp_path), walk_registry).run
    monkeypatch.setattr(WalkTrainer, "memory", classmethod(lambda cls, config: 10**18))
    with pytest.raises(UsageError, match=r"needs 1000000000\.0 GB of memory and \d+\.\d GB are free"):
        execute(spec(tmp_path), walk_registry)
    assert [row.id for row in Store(tmp_path).runs()] == [first.record.id]
    with pytest.raises(UsageError, match="another machine"):
        execute(spec(tmp_path, resume=str(first.folder), steps=80), walk_registry)
    assert Run.open(first.folder).record.status == "completed"


def test_a_run_remembers_how_much_memory_it_was_to_take(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walk_toy import WalkTrainer  # pyright: ignore  # the toy of conftest.py

    monkeypatch.setattr(WalkTrainer, "memory", classmethod(lambda cls, config: 12_345))
    assert Run.open(execute(spec(tmp_path), walk_registry).run.folder).record.memory_bytes == 12_345


def test_a_variable_that_comes_too_late_is_named(walk_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    task: Task = msgspec.structs.replace(walk_registry.task("walk"), environment={"LAB_TEST_SWITCH": "1"})
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    monkeypatch.delenv("LAB_TEST_SWITCH", raising=False)
    with pytest.raises(LabError, match="LAB_TEST_SWITCH=1"):
        prepare(task, device="cpu", threads=1)


def test_a_folder_without_a_model_is_refused_in_one_line(tmp_path: Path, walk_registry: Registry) -> None:
    with pytest.raises(LabError) as caught:
        load_model(walk_registry.task("walk"), tmp_path, device="cpu")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_reported_and_selection_seeds_never_meet() -> None:
    assert reported_seed(2**31 - 1) == 2**31 - 1
    assert {selection_seed(number) >= 2**31 for number in (0, 1, 2**31, 2**40)} == {True}
    with pytest.raises(UsageError):
        reported_seed(2**31)
