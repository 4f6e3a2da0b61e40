"""``lab eval --protocol``: the score is made and kept under the protocol that was asked for, and mixes with no other."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.evaluate import evaluate as eval_command
from lab_app.cli.leaderboard import leaderboard as leaderboard_command
from lab_core import UsageError
from lab_core.registry.registry import Registry
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

HARD = {"count": 4, "sticky": 0.25}


@pytest.fixture
def registry(walk_registry: Registry) -> Registry:
    found = Registry()
    for task in walk_registry.tasks():
        found.add_task(task, "toys")
    for benchmark in walk_registry.benchmarks():
        found.add_benchmark(msgspec.structs.replace(benchmark, protocols={**benchmark.protocols, "hard": HARD}), "toys")
    return found


def test_a_score_is_made_and_kept_under_the_protocol_asked_for(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "_loaded", (registry, []))
    monkeypatch.setenv("COLUMNS", "120")
    app = typer.Typer()
    app.command("eval")(eval_command)
    app.command("leaderboard")(leaderboard_command)

    def lab(*arguments: str) -> Any:
        return CliRunner().invoke(app, [*arguments, "--runs-dir", str(tmp_path)])

    run = execute(JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": 20}), registry).run
    shown = lab("eval", run.record.id, "--protocol", "hard", "--json")
    document = json.loads(shown.stdout)
    assert (document["protocol"], len(document["scores"])) == ("hard", 4)
    kept = run.evaluations()
    assert [(one.protocol, dict(one.settings)) for one in kept] == [("plain", {"count": 3}), ("hard", HARD)]
    assert kept[1].scores == tuple(document["scores"])
    tables = json.loads(lab("leaderboard", "--json").stdout)["tables"]
    assert [(one["protocol"], one["entries"][0]["units"]) for one in tables] == [("plain", 3), ("hard", 4)]
    wrong = lab("eval", run.record.id, "--protocol", "hrad")
    assert isinstance(wrong.exception, UsageError)
    assert "hard" in str(wrong.exception)
    assert len(run.evaluations()) == 2
