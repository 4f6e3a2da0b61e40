"""Write the exact versions of the current resolution into ``[tool.uv] constraint-dependencies``.

    uv run tools/pin.py          after changing a dependency, with the tests green

A lock file names registry hosts and stays out of the repository; these pins make a fresh clone resolve to the same set.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
START, END = "constraint-dependencies = [\n", "]\n"


def resolved() -> list[str]:
    """Every requirement of the workspace, all groups, with its marker and exact version."""
    command = ["uv", "export", "--no-hashes", "--no-emit-workspace", "--all-groups", "--all-packages", "--no-annotate", "-q"]
    text = subprocess.run([*command, "--no-header"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({line.strip() for line in text.splitlines() if "==" in line})


def main() -> None:
    path = ROOT / "pyproject.toml"
    text = path.read_text()
    block = START + "".join(f"    {_quoted(line)},\n" for line in resolved()) + END
    if START in text:
        text = re.sub(re.escape(START) + r".*?^\]\n", lambda _: block, text, flags=re.S | re.M)
    else:
        text = text.replace("[tool.uv]\n", "[tool.uv]\n" + block, 1)
    path.write_text(text)


def _quoted(line: str) -> str:
    return '"' + line.replace('"', "'") + '"'


if __name__ == "__main__":
    main()
