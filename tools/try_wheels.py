"""Build the wheel of every package, install them with plain pip outside the repository, and run each family's smoke task there.

    uv run --no-sync python tools/try_wheels.py [--extra all] [--keep FOLDER]

What a person without the clone has: no workspace, no overrides, no editable installs. The pins of pyproject.toml are pip's
constraints, so that a new release elsewhere doesn't decide this test. ``--keep`` leaves wheels and environment in FOLDER.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TF_AGENTS = "tf-agents==0.19.0"  # plain pip refuses its pins: it goes in by itself, as the README says

# One task of every family, by the extra that brings it.
SMOKE = {
    "tabular": ("q-learning-maze",),
    "rl": ("dqn-cartpole", "reinforce-cartpole"),
    "images": ("gan-mnist", "pix2pix-icons", "softmax-mnist"),
    "text": ("number-words", "char-rnn-austen"),
}


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command; its output goes where this process's goes, a failure ends everything."""
    print("$", *command, flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    subprocess.run([str(part) for part in command], check=True, cwd=cwd, env=environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", default="all", choices=["all", *SMOKE])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lab-wheels-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        install(folder, options.extra)
        for extra, tasks in SMOKE.items():
            if options.extra in ("all", extra) or (options.extra, extra) == ("rl", "tabular"):
                for task in tasks:
                    try_task(folder, task)
    print("every wheel installs and every smoke task runs outside the repository")


def install(folder: Path, extra: str) -> None:
    """Wheels into FOLDER/wheels, and with pip alone into the environment FOLDER/env."""
    wheels, python = folder / "wheels", folder / "env" / "bin" / "python"
    run("uv", "build", "--all-packages", "--wheel", "--quiet", "--out-dir", wheels, cwd=ROOT)
    pins = folder / "pins.txt"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins.write_text("\n".join(project["tool"]["uv"]["constraint-dependencies"]))
    run(sys.executable, "-m", "venv", folder / "env")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(*pip, "--constraint", pins, "--find-links", wheels, f"lab-runner[{extra}]")
    if extra in ("rl", "all"):
        run(*pip, "--no-deps", TF_AGENTS)
    run(folder / "env" / "bin" / "lab", "doctor", cwd=folder)


def try_task(folder: Path, task: str) -> None:
    """Train, score and list a task's smoke preset in a folder that has nothing of the repository."""
    lab, began = folder / "env" / "bin" / "lab", time.monotonic()
    run(lab, "run", task, "--preset", "smoke", "--quiet", cwd=folder)
    run(lab, "runs", "list", "--task", task, cwd=folder)
    print(f"{task}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
