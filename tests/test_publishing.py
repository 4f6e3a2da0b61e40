"""A published folder: everything that a stranger needs, checked on the other side, usable as it is."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab_app.publishing.folder import SUMS, check_folder, copy_checked
from lab_core.errors import LabError, UsageError

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


def lab(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*LAB, *arguments], capture_output=True, text=True, timeout=240)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    runs = ("--runs-dir", str(folder / "runs"))
    lab("run", "q-learning-maze", "--preset", "smoke", *runs)
    lab("publish", "q-learning-maze", "--to", str(folder / "mine"), *runs)
    return folder / "mine"


def test_the_card_says_what_how_good_and_how_again(published: Path) -> None:
    text = (published / "README.md").read_text()
    for part in ("`q-learning-maze`", "## Score", "Protocol ", "lab reproduce record.json", "--preset smoke", "Versions:", "MIT"):
        assert part in text
    value = json.loads((published / "record.json").read_text())[0]["evaluations"][0]["value"]
    assert f"{value:,.2f}" in text
    names = {line[66:] for line in (published / SUMS).read_text().splitlines()}
    assert {"README.md", "record.json", "model.json"} < names
    for line in (published / SUMS).read_text().splitlines():
        assert hashlib.sha256((published / line[66:]).read_bytes()).hexdigest() == line[:64]


def test_it_is_checked_copied_scored_and_never_overwritten(published: Path, tmp_path: Path) -> None:
    document = json.loads(lab("publish", str(published), "--check", "--to", str(tmp_path / "copy"), "--json").stdout)
    assert document["checked"]["task"] == "q-learning-maze"
    scored = json.loads(lab("eval", str(tmp_path / "copy"), "--json").stdout)
    assert scored["evaluation"]["value"] == json.loads((published / "record.json").read_text())[0]["evaluations"][0]["value"]
    assert "exists already" in lab("publish", str(published), "--check", "--to", str(tmp_path / "copy"), code=2).stderr
    assert "--to" in lab("publish", str(published), code=2).stderr


def test_what_was_changed_added_or_taken_away_is_named(published: Path, tmp_path: Path) -> None:
    def broken(name: str) -> Path:
        return Path(copy_checked(published, tmp_path / name) and tmp_path / name)

    changed = broken("changed")
    (changed / "README.md").write_text("better than it is")
    with pytest.raises(LabError, match=r"README\.md has changed"):
        check_folder(changed)
    added = broken("added")
    (added / "extra.py").write_text("x")
    with pytest.raises(LabError, match=r"extra\.py has no sum"):
        check_folder(added)
    gone = broken("gone")
    (gone / "record.json").unlink()
    with pytest.raises(LabError, match="missing"):
        check_folder(gone)
    linked = broken("linked")
    (linked / "README.md").unlink()
    (linked / "README.md").symlink_to(published / "README.md")
    with pytest.raises(LabError, match="link"):
        check_folder(linked)
    outside = broken("outside")
    sums = (outside / SUMS).read_text()
    (outside / SUMS).write_text(sums.replace("README.md", "../README.md"))
    with pytest.raises(LabError, match="damaged"):
        check_folder(outside)
    with pytest.raises(UsageError, match="not a published model"):
        check_folder(tmp_path)
