"""The loop: budgets, cadences, selection, stopping, and a resume that is true."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from lab_app.testing import differences
from lab_core import LabError, Score
from lab_core.evaluator import Evaluation
from lab_core.runs.run import Run
from lab_core.training.loop import Loop, Selector
from lab_core.training.observing import Budget, Observer
from lab_core.training.stopping import Stop

MakeRun = Callable[..., Run]
MakeTrainer = Callable[..., Any]


def test_it_stops_exactly_at_the_step_budget(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run, trainer = make_run(), make_trainer(slice_steps=30)
    outcome = Loop(run, trainer).train(Budget(steps=100))
    assert (outcome.status, outcome.step, trainer.step) == ("completed", 100, 100)
    assert [line["step"] for line in run.metrics.read()] == [30, 60, 90, 100]
    assert run.record.status == "completed"
    assert (run.model_folder("last") / "model.json").is_file()
    assert (run.model_folder("best") / "model.json").is_file()


def test_a_time_budget_ends_a_training_that_has_steps_left(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    outcome = Loop(make_run(), make_trainer(slice_steps=1)).train(Budget(steps=10**9, seconds=0.05))
    assert outcome.status == "completed"
    assert 0 < outcome.step < 10**9
    assert "seconds" in outcome.reason


def scored(values: list[float]) -> Callable[[Any], Evaluation]:
    left = iter(values)

    def evaluate(model: Any) -> Evaluation:
        value = next(left)
        return Evaluation(benchmark="toy/walk", protocol="plain", settings={}, seed=0, scores=(value,), value=value)

    return evaluate


@pytest.mark.parametrize(("higher", "best_step"), [(True, 40), (False, 60)])
def test_the_best_selected_model_is_kept_in_the_scores_own_direction(
    make_run: MakeRun, make_trainer: MakeTrainer, higher: bool, best_step: int
) -> None:
    run = make_run()
    selector = Selector(scored([2.0, 3.0, 1.0, 2.0, 2.5]), Score("s", higher_is_better=higher), every=20)
    Loop(run, make_trainer(), selector=selector).train(Budget(steps=100))
    assert run.record.best_step == best_step
    assert [line["selection_score"] for line in run.metrics.read() if "selection_score" in line] == [2.0, 3.0, 1.0, 2.0, 2.5]


def test_the_model_that_a_training_ends_with_is_a_candidate_too(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    def selections(run: Run) -> list[tuple[int, float]]:
        return [(line["step"], line["selection_score"]) for line in run.metrics.read() if "selection_score" in line]

    run, selector = make_run(), Selector(scored([2.0, 3.0, 4.0, 1.0]), Score("s"), every=20)
    Loop(run, make_trainer(slice_steps=10), selector=selector).train(Budget(steps=50))
    assert selections(run) == [(20, 2.0), (40, 3.0), (50, 4.0)]
    assert run.record.best_step == 50
    again = Loop(run, make_trainer(slice_steps=10), selector=selector)
    again.restore()
    again.train(Budget(steps=50))  # nothing is left to train, nothing is scored again
    assert len(selections(run)) == 3
    alone = make_run()  # it needs no score where it has none to beat
    Loop(alone, make_trainer(slice_steps=10), selector=Selector(scored([]), Score("s"), every=100)).train(Budget(steps=50))
    assert (selections(alone), alone.record.best_step) == ([], None)
    assert (alone.model_folder("best") / "model.json").is_file()


def test_a_score_budget_stops_at_the_first_selection_that_reaches_it(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    selector = Selector(scored([2.0, 3.0, 9.0]), Score("s"), every=20)
    outcome = Loop(make_run(), make_trainer(), selector=selector).train(Budget(steps=100, score=3.0))
    assert (outcome.step, outcome.status) == (40, "completed")


def test_a_loss_that_is_not_finite_stops_and_names_the_last_good_checkpoint(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    loop = Loop(run, make_trainer(diverge_at=60, checkpoint_seconds=1e-9))
    with pytest.raises(LabError, match=r"loss became nan at step 60 .*last good checkpoint: step 50"):
        loop.train(Budget(steps=100))
    assert max(run.checkpoints.steps()) == 50


def test_training_on_after_a_resume_equals_training_without_a_stop(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    straight = make_trainer()
    whole = make_run()
    Loop(whole, straight).train(Budget(steps=100))
    run = make_run()
    Loop(run, make_trainer()).train(Budget(steps=50))
    resumed = make_trainer(seed=99)
    loop = Loop(run, resumed)
    assert loop.restore() == 50
    loop.train(Budget(steps=100))
    assert not differences(straight.state_digest(), resumed.state_digest())

    def scalars(one: Run) -> list[dict[str, Any]]:
        return [{key: value for key, value in line.items() if key != "wall_seconds"} for line in one.metrics.read()]

    assert scalars(run) == scalars(whole)


def test_a_resume_cuts_the_metrics_back_to_its_checkpoint(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    Loop(run, make_trainer()).train(Budget(steps=50))
    run.metrics.append(60, 1.0, {"loss": 1.0})
    assert Loop(run, make_trainer()).restore() == 50
    assert max(line["step"] for line in run.metrics.read()) == 50


def test_wall_time_adds_up_over_resumes(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    run = make_run()
    first = Loop(run, make_trainer()).train(Budget(steps=50))
    loop = Loop(run, make_trainer())
    loop.restore()
    second = loop.train(Budget(steps=100))
    assert second.wall_seconds > first.wall_seconds > 0


class StopAt(Observer):
    def __init__(self, step: int, act: Callable[[], None]) -> None:
        self.step, self.act = step, act

    def slice(self, progress: Any, wall_seconds: float, trainer: Any) -> None:
        if progress.step == self.step:
            self.act()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_the_slice_and_stops(make_run: MakeRun, make_trainer: MakeTrainer, number: int) -> None:
    run = make_run()
    observer = StopAt(30, lambda: os.kill(os.getpid(), number))
    outcome = Loop(run, make_trainer(), observers=[observer]).train(Budget(steps=100))
    assert (outcome.status, outcome.step) == ("interrupted", 30)
    assert run.checkpoints.steps()[-1] == 30
    assert run.record.status == "interrupted"


def test_a_second_ctrl_c_interrupts_at_once(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Loop(make_run(), make_trainer(), observers=[StopAt(30, twice)]).train(Budget(steps=100))


def test_signals_are_left_alone_outside_the_main_thread(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    handler = signal.getsignal(signal.SIGINT)
    outcomes: list[Any] = []
    thread = threading.Thread(target=lambda: outcomes.append(Loop(make_run(), make_trainer()).train(Budget(steps=20))))
    thread.start()
    thread.join()
    assert outcomes[0].step == 20
    assert signal.getsignal(signal.SIGINT) is handler


def test_another_thread_can_ask_for_a_stop(make_run: MakeRun, make_trainer: MakeTrainer) -> None:
    stop = Stop()
    observer = StopAt(20, lambda: stop.request("asked"))
    outcome = Loop(make_run(), make_trainer(), observers=[observer], stop=stop).train(Budget(steps=100))
    assert (outcome.status, outcome.reason, outcome.step) == ("interrupted", "asked", 20)


def test_a_failed_periodic_save_is_told_and_training_goes_on(
    make_run: MakeRun, make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    said: list[str] = []

    class Listener(Observer):
        def message(self, text: str) -> None:
            said.append(text)

    kind = type(run.checkpoints)
    original = kind.save

    def full(self: Any, step: int, *args: Any, **kwargs: Any) -> Any:
        if step < 100:
            raise LabError("The disk is full.")
        return original(self, step, *args, **kwargs)

    monkeypatch.setattr(kind, "save", full)
    outcome = Loop(run, make_trainer(checkpoint_seconds=1e-9), observers=[Listener()]).train(Budget(steps=100))
    assert outcome.step == 100
    assert any("disk is full" in line and "continues" in line for line in said)
    assert run.checkpoints.steps() == [100]
