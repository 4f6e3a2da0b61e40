"""Every Python block of docs/python.md, and the notebook of docs/cookbook.md, runs as it is printed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text()


def test_every_block_of_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    assert len(blocks) == 4
    code = "\n".join(blocks)
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("q-learning-maze/")
    assert "(120, 180, 3)" in lines
    assert "16 (28, 28, 1)" in lines
    assert (tmp_path / "runs" / "sarsa-maze").is_dir()


def test_the_recipes_of_the_cookbook_run(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "cookbook.md").read_text()
    (notebook,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    printed = subprocess.run(
        [sys.executable, "-c", notebook], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    assert printed.stdout.split()[0].startswith("81.33")  # the optimum
    found = re.search(r"^    # my_envs.py\n((?:    .*\n|\n)*?)\n    uv run", page, flags=re.M)
    assert found is not None
    (tmp_path / "my_envs.py").write_text(re.sub(r"^    ", "", found[1], flags=re.M))
    learn = "main(['run', 'q-learning', '--set', 'env=my_envs:Corridor-v0', '--steps', '300', '--json'])"
    code = f"from lab_app.cli import main; {learn}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["evaluation"]["value"] == -7.0  # seven steps to the end of the corridor
