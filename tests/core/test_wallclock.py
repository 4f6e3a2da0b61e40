"""How soon is it good: scores at a time of training, worked out by hand, then from run folders and shipped records."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab_app.records.record import Curve, RecordedRun
from lab_app.records.shipped import ShippedFile
from lab_app.results.courses import Course, shipped_courses, stored_courses
from lab_app.results.wallclock import save_curves, within
from lab_app.runs.store import Store
from lab_core import Benchmark, Evaluation, Score, UsageError
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord

GAME = Benchmark(
    id="game/a",
    title="a",
    needs="act",
    score=Score("return", random=0.0, reference=10.0),
    evaluator="x:Y",
    protocols={"plain": {"sticky": 0.0, "count": 2}},
    default_protocol="plain",
)


def course(run: str, *points: tuple[float, float], **more: Any) -> Course:
    fields = {
        "method": "dqn",
        "preset": "default",
        "budget": 100,
        "step_unit": "steps",
        "benchmark": "game/a",
        "protocol": "plain",
    }
    seconds, scores = zip(*points, strict=True) if points else ((), ())
    return Course(**{**fields, "run": run, "seconds": seconds, "scores": scores, "reached": 100.0, "ended": 100.0, **more})


def test_a_score_at_a_time_is_the_newest_selections_and_after_the_end_the_reported_one() -> None:
    one = course("r", (10.0, 3.0), (20.0, 9.0), (30.0, 5.0), ended=40.0, reported=8.0)
    assert [one.at(when) for when in (5, 10, 29, 35, 39.9, 40, 1000)] == [None, 3.0, 9.0, 5.0, 5.0, 8.0, 8.0]
    assert [one.first(goal, GAME.score) for goal in (3.0, 4.0, 9.04, 9.1)] == [10.0, 20.0, 20.0, None]
    down = Score("loss", higher_is_better=False)
    assert one.first(4.0, down) == 10.0
    assert course("s", ended=7.0, reported=8.0).first(8.0, GAME.score) == 7.0


def test_rows_are_means_over_all_runs_at_that_time_those_without_a_score_counted_as_random() -> None:
    courses = [
        course("r1", (10.0, 4.0), (50.0, 12.0)),
        course("r2", (10.0, 2.0), (60.0, 12.0)),
        course("r3", (90.0, 12.0)),
        course("p1", (5.0, 6.0), method="pqn"),
        course("tuned", (1.0, 99.0), changed={"lr": 1}),
        course("killed", (1.0, 99.0), ended=None, reached=20.0),
        course("running", (1.0, 1.5), ended=None, reached=31.0, method="a2c"),
    ]
    (table,) = within(courses, {"game/a": GAME}, 30.0)
    assert [(entry.method, entry.summary and entry.summary.mean) for entry in table.entries] == [
        ("pqn", 6.0),
        ("dqn", 2.0),
        ("a2c", 1.5),
    ]
    assert (table.entries[1].unscored, table.entries[1].reached_goal, table.goal) == (1, 0, 10.0)
    assert sorted(table.notes) == [
        "left out: 1 run changed by --set (shown with --all)",
        "left out: 1 run that stopped earlier without being completed",
    ]
    (later,) = within(courses, {"game/a": GAME}, 70.0)
    dqn = next(entry for entry in later.entries if entry.method == "dqn")
    assert (dqn.reached_goal, dqn.seconds_to_goal, dqn.unscored) == (2, 60.0, 1)  # the median of 50, 60 and never
    assert dqn.curve[0][0] == 0.0
    assert dqn.curve[1][-1] == pytest.approx((12 + 12 + 0) / 3)


def test_without_a_random_anchor_a_row_waits_for_its_last_run() -> None:
    bare = msgspec.structs.replace(GAME, score=Score("return"))
    (table,) = within([course("r1", (10.0, 4.0)), course("r2", (50.0, 4.0))], {"game/a": bare}, 30.0)
    assert (table.entries[0].summary, table.goal) == (None, None)
    (table,) = within([course("r1", (10.0, 4.0)), course("r2", (50.0, 4.0))], {"game/a": bare}, 60.0)
    assert table.entries[0].curve[0][0] >= 50.0


def test_times_of_different_processors_are_marked(tmp_path: Path) -> None:
    courses = [course("r1", (1.0, 1.0), processor="A"), course("r2", (1.0, 1.0), processor="B")]
    (table,) = within(courses, {"game/a": GAME}, 30.0)
    assert any("different processors" in note and "A, B" in note for note in table.notes)
    save_curves(tmp_path / "w.svg", [table])
    assert (tmp_path / "w.svg").read_text().startswith("<?xml")
    with pytest.raises(UsageError, match="no curve"):
        save_curves(tmp_path / "w.svg", [])


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.add_benchmark(GAME, "test")
    return found


def evaluation(*scores: float) -> Evaluation:
    value = sum(scores) / len(scores)
    return Evaluation(benchmark="game/a", protocol="plain", settings={"sticky": 0.0}, seed=0, scores=scores, value=value)


def test_courses_come_from_run_folders(tmp_path: Path, registry: Registry) -> None:
    record = RunRecord(
        task="t", plugin="p", method="dqn", benchmark=msgspec.to_builtins(GAME), status="completed", budget_steps=9
    )
    run = Run.create(tmp_path, msgspec.structs.replace(record, step=5, wall_seconds=12.0, budget_seconds=12.0))
    run.metrics.append(1, 4.0, {"loss": 1.0})
    run.metrics.append(1, 6.0, {"selection_score": 2.5})
    run.metrics.close()
    run.add_evaluation(evaluation(3.0, 5.0))
    other = msgspec.structs.replace(GAME, protocols={"plain": {"sticky": 0.25, "count": 2}})
    Run.create(tmp_path, msgspec.structs.replace(record, benchmark=msgspec.to_builtins(other)))  # other rules of that name
    Run.create(tmp_path, msgspec.structs.replace(record, benchmark=None))
    (found,) = stored_courses(Store(tmp_path), registry)
    assert (found.run, found.seconds, found.scores) == (run.record.id, (6.0,), (2.5,))
    assert (found.ended, found.reported, found.time_limit) == (12.0, 4.0, 12.0)


def test_courses_come_from_shipped_records_and_old_ones_place_selections_by_their_curve(registry: Registry) -> None:
    shipped = RecordedRun(
        task="t",
        method="dqn",
        preset="default",
        plugin_version="",
        config={"steps": 100},
        changed={},
        seed=0,
        device="cpu",
        precision="float32",
        threads=1,
        machine={"processor": "P"},
        versions={},
        command=(),
        created="2026",
        step=100,
        step_unit="steps",
        wall_seconds=9.0,
        best_step=100,
        selection={45: 2.0, 100: 3.0},
        selection_seconds={100: 9.5},
        curve=Curve(step=(40, 60, 80), wall_seconds=(4.0, 6.0, 8.0), scalars={}),
        evaluations=(evaluation(1.0, 2.0),),
    )
    (found,) = shipped_courses([ShippedFile("p", Path("runs-t.json"), (shipped,))], registry)
    assert (found.seconds, found.scores, found.reported) == ((6.0, 9.5), (2.0, 3.0), 1.5)
    assert (found.budget, found.processor, found.source) == (100, "P", "shipped")
