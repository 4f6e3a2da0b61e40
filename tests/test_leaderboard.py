"""The leaderboard of everything that is recorded, as a narrow terminal shows it."""

from pathlib import Path
from statistics import fmean

import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.leaderboard import leaderboard
from lab_app.records.shipped import shipped_files
from lab_app.results.statistics import ENOUGH_UNITS
from lab_core.registry.discovery import discover


def test_the_installed_records_fit_a_terminal_of_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_loaded", None)
    monkeypatch.setenv("COLUMNS", "80")
    app = typer.Typer()
    app.command()(leaderboard)
    lines = CliRunner().invoke(app, ["--runs-dir", str(tmp_path)]).stdout.splitlines()
    assert len(lines) > 100
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)


def test_recorded_scores_of_many_units_hold_their_interval() -> None:
    """So that the leaderboard resamples none of them; `lab runs record` writes it."""
    registry, _ = discover()
    files, _ = shipped_files(registry)
    for file in files:
        for evaluation in (one for run in file.runs for one in run.evaluations):
            if len(evaluation.scores) >= ENOUGH_UNITS and evaluation.value == pytest.approx(fmean(evaluation.scores)):
                assert evaluation.interval is not None, file.path.name
