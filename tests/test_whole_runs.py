"""Short, cut and untrained runs never hide what ships with a plugin, and untrained ones are no row of the leaderboard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab_app.cli import main
from lab_app.records.brief import recorded_score
from lab_app.runs.target import find_target
from lab_app.runs.whole import is_untrained, is_whole
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.runs.run import Run, RunRecord

REGISTRY = discover()[0]
TASK = REGISTRY.task("dqn-breakout")


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Run]:
    """``own(score, on=..., **fields)``: a completed run of dqn-breakout with that score under the default protocol."""

    def make(score: float, on: str = "atari/breakout", **fields: Any) -> Run:
        plain: dict[str, Any] = {"status": "completed", "step": 2_000_000, "wall_seconds": 100.0}
        benchmark = {"id": on, "default_protocol": "dqn-classic", "score": {"higher_is_better": True}}
        record = RunRecord(
            task=TASK.id,
            plugin="dqn",
            method="dqn",
            preset="default",
            config={"game": "breakout"},
            seed=0,
            budget_steps=2_000_000,
        )
        run = Run.create(tmp_path / "runs", record)
        run.update(benchmark=benchmark, **{**plain, **fields})
        run.add_evaluation(Evaluation(benchmark=on, protocol="dqn-classic", settings={}, seed=0, scores=(score,), value=score))
        return run

    return make


CUT = {
    "smoke": {"preset": "smoke", "step": 1024, "budget_steps": 1024},
    "time": {"step": 900_000, "budget_seconds": 100.0},
    "short": {"step": 100_000, "budget_steps": 100_000},
    "interrupted": {"step": 900_000, "status": "interrupted"},
}


@pytest.mark.parametrize("name", CUT)
def test_a_short_run_with_a_lower_score_leaves_the_shipped_model(name: str, own: Callable[..., Run], tmp_path: Path) -> None:
    run = own(2.0, **CUT[name])
    said: list[str] = []
    found = find_target(TASK.id, run.runs_dir, REGISTRY, say=said.append)
    assert found.label == "dqn-breakout@pretrained"
    assert run.record.id in said[0]
    assert "lower score" in said[0]


def test_a_short_run_on_another_benchmark_is_not_hidden_by_the_shipped_model(own: Callable[..., Run]) -> None:
    run = own(2.0, on="atari/pong", **CUT["smoke"])
    with pytest.raises(Exception, match=f"Run {run.record.id} has no best model"):  # it is the one that is opened
        find_target(TASK.id, run.runs_dir, REGISTRY)


def test_a_whole_training_and_a_better_short_run_are_taken(own: Callable[..., Run]) -> None:
    from lab_app.runs.target import _own_best, pretrained  # pyright: ignore[reportPrivateUsage]

    whole = own(2.0)
    assert is_whole(_own_best(TASK, whole.runs_dir), TASK)  # pyright: ignore
    with pytest.raises(Exception, match=f"Run {whole.record.id} has no best model"):  # it is the one that is opened
        find_target(TASK.id, whole.runs_dir, REGISTRY)
    benchmark = pretrained(TASK, REGISTRY).benchmark
    assert benchmark is not None
    record = recorded_score(TASK, benchmark)
    assert record is not None
    better = own(record + 1, preset="smoke")
    with pytest.raises(Exception, match=f"Run {better.record.id} has no best model"):
        find_target(TASK.id, better.runs_dir, REGISTRY)


def test_runs_that_are_whole(own: Callable[..., Run]) -> None:
    from lab_app.runs.store import Store

    runs = [
        own(1.0),
        own(1.0, step=300_000),
        own(1.0, budget_steps=250_000, step=250_000),
        *(own(1.0, **cut) for cut in CUT.values()),
    ]
    rows = {row.id: row for row in Store(runs[0].runs_dir).runs()}
    assert [is_whole(rows[run.record.id], TASK) for run in runs] == [True, True, True, False, False, False, False]


def test_a_run_without_an_update_is_untrained(own: Callable[..., Run]) -> None:
    run = own(0.0, step=0)
    assert is_untrained(run.folder)
    run.metrics.append(10, 1.0, {"updates": 0.0, "score": 1.0})
    run.update(step=10)
    assert is_untrained(run.folder)
    run.metrics.append(20, 2.0, {"updates": 3.0})
    run.metrics.sync()
    assert not is_untrained(run.folder)


def test_untrained_runs_are_no_row_of_the_leaderboard(own: Callable[..., Run], capsys: pytest.CaptureFixture[str]) -> None:
    run = own(1.5, step=64, budget_seconds=1.0, wall_seconds=1.0)
    run.metrics.append(64, 1.0, {"updates": 0.0})
    run.metrics.sync()
    words = ["leaderboard", "--benchmark", "atari/breakout", "--runs-dir", str(run.runs_dir)]
    for more, expected in (((), False), (("--all",), True)):
        with pytest.raises(SystemExit) as done:
            main([*words, *more, "--json"])
        assert not done.value.code
        out, err = capsys.readouterr()
        rows = [row["runs"] for table in msgspec.json.decode(out)["tables"] for row in table["entries"]]
        assert any(run.record.id in row for row in rows) is expected
        assert ("before its first update" in err) is not expected


def test_compare_takes_the_record_where_own_runs_are_short(own: Callable[..., Run], capsys: pytest.CaptureFixture[str]) -> None:
    run = own(2.0, **CUT["time"])
    with pytest.raises(SystemExit) as done:
        main(["compare", TASK.id, "pqn-breakout", "--runs-dir", str(run.runs_dir)])
    assert not done.value.code
    out, err = capsys.readouterr()
    assert "recorded run" in err
    assert "short runs only" in err
    assert "2.0" not in out.split("return on")[1].splitlines()[0]
