"""Every block of docs/python.md runs as it is printed."""

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
