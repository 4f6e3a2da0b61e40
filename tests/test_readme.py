"""What the README and the plugin page show is what runs: their plugins are read out of them, put on the path and used."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PLUGIN_PAGE = (ROOT / "docs" / "writing-a-plugin.md").read_text()


def write_plugin(page: str, name: str, folder: Path) -> None:
    """The files of a page's plugin and the metadata that an installer would write for it."""
    blocks = re.findall(rf"```python\n# ({name}/\S+)\n(.*?)```", page, flags=re.S)
    assert f"{name}/__init__.py" in {path for path, _ in blocks}
    for place, code in blocks:
        path = folder / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[lab]\n{name.removeprefix('lab_')} = {name}\n")


def python(code: str, folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_readme_plugin_applies(tmp_path: Path) -> None:
    write_plugin(README, "lab_shout", tmp_path)
    code = "from lab_app.cli import main; main(['apply', 'shout', 'read me'])"
    assert python(code, tmp_path).strip() == "READ ME"
    listed = python("from lab_app.cli import main; main(['list', '--family', 'text'])", tmp_path)
    assert "Text in capitals" in listed


def test_the_plugin_with_a_corpus_score_is_scored_with_an_interval(tmp_path: Path) -> None:
    write_plugin(PLUGIN_PAGE, "lab_case", tmp_path)
    kit = "from lab_app.testing import check_apply, check_task; from pathlib import Path; check_task('upper', Path('kit'))"
    python(f"import os; os.chdir({str(tmp_path)!r}); {kit}", tmp_path)
    score = f"from lab_app.cli import main; main(['eval', 'upper', '--json', '--runs-dir', {str(tmp_path / 'runs')!r}])"
    evaluation = json.loads(python(score, tmp_path))["evaluation"]
    assert evaluation["value"] == 100
    assert len(evaluation["statistics"]) == 6


def test_the_plugin_that_trains_passes_the_kit_and_learns(tmp_path: Path) -> None:
    write_plugin(PLUGIN_PAGE, "lab_hill", tmp_path)
    check = "from lab_app.testing import check_task; from pathlib import Path; check_task('hill-cartpole', Path('kit'))"
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
