"""What the README shows is what runs: its plugin is read out of it, put on the path and trained."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def write_readme_plugin(folder: Path) -> None:
    """The files of the README's plugin and the metadata that an installer would write for it."""
    blocks = re.findall(r"```python\n# (lab_hill/\S+)\n(.*?)```", README, flags=re.S)
    assert {name for name, _ in blocks} == {"lab_hill/__init__.py", "lab_hill/hill.py"}
    for name, code in blocks:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    metadata = folder / "lab_hill-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-hill\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[lab]\nhill = lab_hill\n")


def python(code: str, folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_readme_plugin_passes_the_kit_and_learns(tmp_path: Path) -> None:
    write_readme_plugin(tmp_path)
    check = "from lab_core.testing import check_task; from pathlib import Path; check_task('hill-cartpole', Path('kit'))"
    python(f"import os; os.chdir({str(tmp_path)!r}); {check}", tmp_path)
    run = f"from lab_app.cli import main; main(['run', 'hill-cartpole', '--json', '--runs-dir', {str(tmp_path / 'runs')!r}])"
    document = json.loads(python(run, tmp_path))
    assert document["evaluation"]["benchmark"] == "gym/cartpole"
    assert document["evaluation"]["value"] > 100  # a random policy gets about 22


def test_both_lines_of_the_readme_are_the_promised_ones() -> None:
    assert "pip install uv && uv run lab run dqn-breakout --display" in README
    assert "pip install uv && uv run pytest" in README
    script = (ROOT / ".ci" / "run").read_text()
    assert "\nuv run pytest\n" in script


def test_every_file_the_readme_shows_or_links_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_table_of_results_is_the_recorded_one() -> None:
    done = subprocess.run([sys.executable, "tools/results_table.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or "README.md differs from the records: uv run tools/results_table.py"
