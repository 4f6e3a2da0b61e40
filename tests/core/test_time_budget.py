"""Runs that a time limit ended: what their record keeps, and how they are counted."""

from pathlib import Path

from lab_core.job import JobSpec, execute
from lab_core.registry import Registry

MANY = 100_000_000


def test_a_time_limit_is_kept_and_adds_up_over_the_parts_of_a_run(tmp_path: Path, walk_registry: Registry) -> None:
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": MANY}, seconds=0.05)
    first = execute(spec, walk_registry).run
    assert first.record.budget_seconds == 0.05
    assert first.record.wall_seconds >= 0.05
    assert 0 < first.record.step < first.record.budget_steps == MANY
    further = JobSpec(resume=str(first.folder), seconds=0.1)
    assert execute(further, walk_registry).run.record.budget_seconds == 0.05 + 0.1
    untimed = JobSpec(resume=str(first.folder), steps=first.record.step + 100_000)
    assert execute(untimed, walk_registry).run.record.budget_seconds is None
