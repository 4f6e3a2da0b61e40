"""A run that is interrupted, in whatever phase: nothing is lost, nothing is called complete that isn't."""

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.evaluate import evaluate as eval_command
from lab_app.cli.runs import app as runs_app
from lab_app.observers.media import MediaFolder
from lab_app.observers.tensorboard import TensorBoard
from lab_app.runs.store import Store
from lab_core import LabError, UsageError
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.trainer import Media, Progress, Trainer
from lab_core.training.job import execute
from lab_core.training.loop import Loop
from lab_core.training.observing import Budget, Observer, Outcome
from lab_core.training.spec import JobSpec

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """SIGHUP as in a terminal, also where the tests themselves run under nohup."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


def spec(folder: Path, **changes: Any) -> JobSpec:
    values: dict[str, Any] = {"task": "walk", "runs_dir": str(folder), "device": "cpu", "config": {"steps": 40}, **changes}
    return JobSpec(**values)


def instead(monkeypatch: pytest.MonkeyPatch, owner: str, method: str, action: Callable[[], Any]) -> None:
    """Do ``action`` once, before a method of the toy."""
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    kind = getattr(walk_toy, owner)
    original = getattr(kind, method)

    def first(self: Any, *arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(kind, method, original)
        action()
        return original(self, *arguments, **named)

    monkeypatch.setattr(kind, method, first)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_stopped_while_it_is_scored_is_unscored_and_resume_scores_it(
    number: int, tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = execute(spec(tmp_path / "whole"), walk_registry)
    instead(monkeypatch, "WalkEvaluator", "evaluate", lambda: os.kill(os.getpid(), number))
    stopped = execute(spec(tmp_path), walk_registry)
    assert (stopped.outcome.status, stopped.outcome.step, stopped.evaluation) == ("interrupted", 40, None)
    assert "before it was scored" in stopped.outcome.reason
    assert [(row.status, row.score) for row in Store(tmp_path).runs()] == [("unscored", None)]
    again = execute(spec(tmp_path, resume=str(stopped.run.folder)), walk_registry)
    assert again.evaluation is not None
    assert whole.evaluation is not None
    assert again.evaluation.scores == whole.evaluation.scores
    assert [(row.status, row.step) for row in Store(tmp_path).runs()] == [("completed", 40)]
    with pytest.raises(UsageError, match="already has its 40"):
        execute(spec(tmp_path, resume=str(stopped.run.folder)), walk_registry)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_stopped_while_it_starts_says_so_and_goes_on(
    number: int, tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, "WalkTrainer", "__init__", lambda: os.kill(os.getpid(), number))
    with pytest.raises(KeyboardInterrupt):
        execute(spec(tmp_path), walk_registry)
    (row,) = Store(tmp_path).runs()
    assert (row.status, row.step) == ("interrupted", 0)
    assert execute(spec(tmp_path, resume=str(tmp_path / row.id)), walk_registry).outcome.step == 40


def test_a_program_that_ignores_a_closed_terminal_goes_on_ignoring_it(tmp_path: Path, walk_registry: Registry) -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        result = execute(spec(tmp_path), walk_registry, observers=lambda run, task, benchmark: [Hangup()])
    finally:
        signal.signal(signal.SIGHUP, earlier)
    assert result.outcome.status == "completed"


class Hangup(Observer):
    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        os.kill(os.getpid(), signal.SIGHUP)


def test_an_evaluator_that_fails_leaves_the_training_to_be_scored(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no ruler")

    instead(monkeypatch, "WalkEvaluator", "evaluate", fail)
    with pytest.raises(LabError, match="Plugin 'toys' failed: RuntimeError: no ruler"):
        execute(spec(tmp_path), walk_registry)
    (row,) = Store(tmp_path).runs()
    assert (row.status, row.step) == ("unscored", 40)
    assert "no ruler" in (row.error or "")
    assert execute(spec(tmp_path, resume=str(tmp_path / row.id)), walk_registry).evaluation is not None
    assert Run.open(tmp_path / row.id).record.error is None


def test_a_trainer_that_exits_is_a_plugin_that_failed(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> None:
        raise SystemExit(0)

    instead(monkeypatch, "WalkTrainer", "advance", leave)
    with pytest.raises(LabError, match="Plugin 'toys' failed: SystemExit"):
        execute(spec(tmp_path), walk_registry)
    assert Store(tmp_path).runs()[0].status == "failed"


def test_a_score_that_was_kept_is_not_made_twice(tmp_path: Path, walk_registry: Registry) -> None:
    result = execute(spec(tmp_path), walk_registry)
    result.run.update(status="unscored")  # killed between the two writes
    again = execute(spec(tmp_path, resume=str(result.run.folder)), walk_registry)
    assert again.evaluation == result.evaluation
    assert len(again.run.evaluations()) == 1
    assert again.run.record.status == "completed"


def test_a_run_without_its_checkpoints_is_not_started_again_from_nothing(tmp_path: Path, walk_registry: Registry) -> None:
    run = execute(spec(tmp_path), walk_registry).run
    shutil.rmtree(run.folder / "checkpoints")
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match=r"trained for 40 steps, but has no checkpoint.*lab eval .*lab run walk --config"):
        execute(spec(tmp_path, resume=str(run.folder), steps=80), walk_registry)
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == before


class Failing(Observer):
    """Fails in one of its methods."""

    def __init__(self, method: str) -> None:
        def fail(*arguments: Any) -> None:
            raise OSError(28, "No space left on device")

        setattr(self, method, fail)


class Listener(Observer):
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.slices = 0
        self.ended: list[Outcome | None] = []

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        self.slices += 1

    def message(self, text: str) -> None:
        self.lines.append(text)

    def end(self, outcome: Outcome | None) -> None:
        self.ended.append(outcome)


@pytest.mark.parametrize("method", ["begin", "slice", "best_model", "message", "end"])
def test_an_observer_that_fails_ends_alone(method: str, make_run: Any, make_trainer: Any) -> None:
    listener = Listener()
    loop = Loop(make_run(), make_trainer(), observers=[Failing(method), listener])
    loop.say("hello")
    outcome = loop.train(Budget(steps=100))
    assert outcome.status == "completed"
    assert listener.slices == 10
    assert listener.ended == [outcome]
    assert [line for line in listener.lines if line != "hello"] == [
        "Failing stopped, training continues: OSError: [Errno 28] No space left on device"
    ]


def test_the_error_of_a_training_is_not_replaced_by_an_observers(make_run: Any, make_trainer: Any) -> None:
    listener = Listener()
    loop = Loop(make_run(), make_trainer(diverge_at=20), observers=[Failing("end"), listener])
    with pytest.raises(LabError, match="loss became nan"):
        loop.train(Budget(steps=100))
    assert listener.ended == [None]


def test_a_run_deleted_while_it_trains_fails_in_one_line_and_stays_deleted(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab_core.training.loop._LOOK_SECONDS", 0.0)

    class Deleting(Observer):
        def __init__(self, run: Run) -> None:
            self.run = run

        def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
            if progress.step == 20:
                shutil.rmtree(self.run.folder)
                picture = Media("x", np.zeros((2, 2, 3), np.uint8))
                MediaFolder(self.run.folder / "media", report=print).slice(Progress(20, media=(picture,)), 0.0, trainer)

    with pytest.raises(LabError, match=r"^\S+ is gone: the run was deleted or moved\.$"):
        execute(spec(tmp_path), walk_registry, observers=lambda run, task, benchmark: [Deleting(run)])
    assert list(tmp_path.glob("walk/*")) == []


def test_a_longer_training_stretches_its_schedules(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    rates: list[float] = []

    def advance(self: Any, limit: int) -> Progress:
        rates.append(1 - self.step / self.config.steps)  # a rate that ends at 0
        self.step += min(limit, 20)
        return Progress(self.step, {})

    monkeypatch.setattr(walk_toy.WalkTrainer, "advance", advance)
    run = execute(spec(tmp_path), walk_registry).run
    listener = Listener()
    execute(spec(tmp_path, resume=str(run.folder), steps=80), walk_registry, observers=lambda run, task, benchmark: [listener])
    assert rates == [1.0, 0.5, 0.5, 0.25]
    assert Run.open(run.folder).record.config["steps"] == 80
    assert "Schedules that last as long as the training end at 80 steps now." in listener.lines


def test_the_seed_also_seeds_the_generators_of_the_process(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    seen: list[tuple[float, float]] = []

    def advance(self: Any, limit: int) -> Progress:
        seen.append((random.random(), float(np.random.random())))  # noqa: NPY002
        self.step += limit
        return Progress(self.step, {})

    monkeypatch.setattr(walk_toy.WalkTrainer, "advance", advance)
    for seed in (0, 0, 1):
        execute(spec(tmp_path, seed=seed), walk_registry)
    assert seen[0] == seen[1] != seen[2]


def test_tensorboard_keeps_the_point_of_the_step_that_a_run_goes_on_from(
    tmp_path: Path, make_run: Any, make_trainer: Any
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # pyright: ignore

    run = make_run()
    Loop(run, make_trainer(), observers=[TensorBoard(run.folder)]).train(Budget(steps=50))
    again = Loop(run, make_trainer(), observers=[TensorBoard(run.folder)])
    again.restore()
    again.train(Budget(steps=100))
    events = EventAccumulator(str(run.folder))
    events.Reload()
    assert [point.step for point in events.Scalars("loss")] == list(range(10, 101, 10))


def test_a_score_that_cannot_be_kept_is_printed(tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    run = execute(spec(tmp_path, evaluate=False), walk_registry).run

    def full(*arguments: Any, **named: Any) -> None:
        raise LabError("The evaluation was not written: read-only.")

    monkeypatch.setattr(Run, "add_evaluation", full)
    app = typer.Typer()
    app.command("eval")(eval_command)
    app.command("other")(lambda: None)
    shown = CliRunner().invoke(app, ["eval", run.record.id, "--runs-dir", str(tmp_path)])
    assert "toy/walk under plain" in shown.stdout
    assert "read-only" in str(shown.exception)


def test_an_unscored_run_is_completed_by_its_default_evaluation(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    run = execute(spec(tmp_path), walk_registry).run
    run.update(status="unscored")
    app = typer.Typer()
    app.command("eval")(eval_command)
    app.command("other")(lambda: None)
    for options, status in ((["--count", "2"], "unscored"), ([], "completed")):
        assert CliRunner().invoke(app, ["eval", run.record.id, "--runs-dir", str(tmp_path), *options]).exit_code == 0
        assert Run.open(run.folder).record.status == status


@pytest.mark.parametrize("damage", ["empty", "folder", "link", "locked by a link"])
def test_a_run_whose_record_is_damaged_can_be_removed(damage: str, tmp_path: Path, walk_registry: Registry) -> None:
    run = execute(spec(tmp_path / "runs"), walk_registry).run
    outside = tmp_path / "outside"
    outside.write_text("dear")
    record = run.folder / "run.json"
    if damage == "locked by a link":
        (run.folder / "lock").unlink()
        (run.folder / "lock").symlink_to(outside)
    else:
        record.unlink()
    if damage == "empty":
        record.touch()
    elif damage == "folder":
        record.mkdir()
    elif damage == "link":
        record.symlink_to(outside)
    remove = ["remove", "--yes", "--runs-dir", str(tmp_path / "runs")]
    done = CliRunner().invoke(runs_app, [*remove, run.record.id])
    assert done.exit_code == 0, done.output
    assert not run.folder.exists()
    assert outside.read_text() == "dear"


def test_what_is_no_run_is_never_removed(tmp_path: Path, walk_registry: Registry) -> None:
    run = execute(spec(tmp_path / "runs"), walk_registry).run
    other = tmp_path / "a" / "b"
    other.mkdir(parents=True)
    (other / "run.json").touch()
    for target in ("walk", ".", "../a/b", str(other), "walk/.."):
        done = CliRunner().invoke(runs_app, ["remove", "--yes", "--runs-dir", str(tmp_path / "runs"), target])
        assert done.exit_code != 0
    assert run.folder.is_dir()
    assert other.is_dir()


def test_a_run_whose_plugin_is_gone_names_it(tmp_path: Path, walk_registry: Registry) -> None:
    from lab_app.runs.target import find_target

    run = execute(spec(tmp_path), walk_registry).run
    for action in (
        lambda: execute(spec(tmp_path, resume=str(run.folder), steps=80), Registry()),
        lambda: find_target(run.record.id, tmp_path, Registry()),
        lambda: find_target(str(run.model_folder()), tmp_path, Registry()),
    ):
        with pytest.raises(LabError, match="is of task 'walk' of plugin 'toys', which is not installed or did not load"):
            action()


def test_an_export_holds_what_the_model_lists_and_nothing_else(tmp_path: Path, walk_registry: Registry) -> None:
    from lab_app.cli.export import _copy  # pyright: ignore[reportPrivateUsage]

    run = execute(spec(tmp_path), walk_registry).run
    folder = run.model_folder()
    (folder / "left-behind").write_text("x")
    _copy(folder, tmp_path / "exported")
    assert sorted(path.name for path in (tmp_path / "exported").iterdir()) == ["model.json", "position.txt"]
    (folder / "position.txt").write_text("3.0")
    with pytest.raises(LabError, match=r"is damaged: position\.txt"):
        _copy(folder, tmp_path / "again")
