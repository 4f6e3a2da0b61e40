"""The leaderboard of everything that is recorded, as a narrow terminal shows it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.leaderboard import leaderboard


def test_the_installed_records_fit_a_terminal_of_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_loaded", None)
    monkeypatch.setenv("COLUMNS", "80")
    app = typer.Typer()
    app.command()(leaderboard)
    lines = CliRunner().invoke(app, ["--runs-dir", str(tmp_path)]).stdout.splitlines()
    assert len(lines) > 100
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
