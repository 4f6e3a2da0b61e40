"""A published record holds what a reader needs, small, and only of runs that were completed and scored."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_app.records.publish import publish, thin
from lab_app.records.record import RecordedRun
from lab_core import LabError
from lab_core.registry.registry import Registry
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


def test_a_record_reads_back_with_its_scores_and_curve(tmp_path: Path, walk_registry: Registry) -> None:
    spec = JobSpec(
        task="walk",
        runs_dir=str(tmp_path),
        device="cpu",
        config={"steps": 2000},
        command=("lab", "run", "walk", "--runs-dir", "/here"),
    )
    result = execute(spec, walk_registry)
    published = publish(result.run, walk_registry)
    again = msgspec.json.decode(msgspec.json.encode(published), type=RecordedRun)
    assert again == published
    assert result.evaluation is not None
    assert again.evaluations[0].scores == result.evaluation.scores
    assert again.curve.step[-1] == 2000
    assert len(again.curve.step) <= 101
    assert again.command == ("lab", "run", "walk")


def test_an_unscored_run_is_not_recorded(tmp_path: Path, walk_registry: Registry) -> None:
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": 20}, evaluate=False)
    with pytest.raises(LabError, match="lab eval"):
        publish(execute(spec, walk_registry).run, walk_registry)


@given(st.integers(0, 1000), st.integers(1, 120))
def test_thinning_keeps_the_order_and_the_last_point(count: int, points: int) -> None:
    curve = thin([{"step": step, "wall_seconds": 0.0, "loss": 1.0} for step in range(1, count + 1)], points)
    assert len(curve.step) <= points + 1
    assert list(curve.step) == sorted(set(curve.step))
    assert not count or curve.step[-1] == count


def test_a_figure_that_is_missing_at_some_points_is_none_there() -> None:
    curve = thin([{"step": 1, "wall_seconds": 0.1}, {"step": 2, "wall_seconds": 0.2, "loss": 0.123456}])
    assert curve.scalars == {"loss": (None, 0.1235)}
