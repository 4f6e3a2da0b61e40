"""Runs that a time limit ended: what their record keeps, and how they are counted."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.runs import app
from lab_app.runs.store import Store
from lab_core.registry.registry import Registry
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

MANY = 100_000_000


def test_a_time_limit_is_kept_and_adds_up_over_the_parts_of_a_run(tmp_path: Path, walk_registry: Registry) -> None:
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": MANY}, seconds=0.05)
    first = execute(spec, walk_registry).run
    assert first.record.budget_seconds == 0.05
    assert first.record.wall_seconds >= 0.05
    assert 0 < first.record.step < first.record.budget_steps == MANY
    further = JobSpec(resume=str(first.folder), seconds=0.1)
    second = execute(further, walk_registry).run.record
    assert second.budget_seconds == 0.05 + 0.1
    untimed = JobSpec(resume=str(first.folder), steps=second.step + 1_000)
    assert execute(untimed, walk_registry).run.record.budget_seconds is None


def test_records_of_a_task_never_mix_budgets_and_say_what_they_were(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    full = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": 200})
    execute(full, walk_registry)
    timed = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": MANY}, seconds=0.05)
    for seed in (1, 2):
        execute(msgspec.structs.replace(timed, seed=seed), walk_registry)
    shown = CliRunner().invoke(app, ["record", "walk", "--to", str(tmp_path / "r.json"), "--runs-dir", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert [(one["seed"], one["budget_seconds"], one["budget_steps"]) for one in found] == [(1, 0.05, MANY), (2, 0.05, MANY)]
    name = Store(tmp_path).runs()[0].id
    assert "time limit 0:00" in CliRunner().invoke(app, ["show", name, "--runs-dir", str(tmp_path)]).stdout
