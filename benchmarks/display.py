"""What the live display costs: agent steps a second of one training with and without somebody watching it.

    uv run python benchmarks/display.py [--task dqn-breakout] [--minutes 5] [--rounds 1] [--json FILE]

Each round trains twice from the same seed, without and with ``--display-on web``; the display's page is read as a browser
would, so every frame is drawn, encoded and sent. The rate is taken over the last ``--minutes`` of each training: start-up,
compiling and the random warm-up are apart.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]
START_UP_SECONDS = 60.0


class Viewer(threading.Thread):
    """Reads the page's stream and counts the frames."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.frames = 0
        self.seconds = 0.0

    def run(self) -> None:
        start = None
        try:
            with urllib.request.urlopen(f"{self.url}stream", timeout=120) as stream:
                for line in stream:
                    if line.startswith(b"Content-Type"):
                        start = start or time.monotonic()
                        self.frames += 1
                        self.seconds = time.monotonic() - start
        except OSError:
            return


def train(task: str, seconds: float, runs_dir: Path, *, display: bool) -> dict[str, Any]:
    """One training of ``seconds`` after start-up; its rate, and the frames a second that were seen."""
    command = [*LAB, "run", task, "--time", f"{seconds + START_UP_SECONDS:.0f}s", "--no-eval", "--runs-dir", str(runs_dir)]
    command += ["--set", "selection_every=0", "--set", "checkpoint_seconds=100000"]
    if display:
        command += ["--display-on", "web"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    viewer = None
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)
        if found and viewer is None:
            viewer = Viewer(found.group())
            viewer.start()
    if process.wait() != 0:
        raise SystemExit(f"training failed: {' '.join(command)}")
    log = max(runs_dir.glob("*/*/metrics.jsonl"), key=lambda path: path.stat().st_mtime)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    first = next(line for line in lines if line["wall_seconds"] >= START_UP_SECONDS)
    last = lines[-1]
    rate = (last["step"] - first["step"]) / (last["wall_seconds"] - first["wall_seconds"])
    frames = viewer.frames / viewer.seconds if viewer and viewer.seconds else 0.0
    return {"display": display, "steps_per_second": rate, "frames_per_second": frames}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="dqn-breakout")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(options.rounds):
            for display in (False, True) if number % 2 == 0 else (True, False):
                result = train(options.task, options.minutes * 60, Path(temporary), display=display)
                results.append(result)
                shown = f"  {result['frames_per_second']:.1f} frames/s" if display else ""
                print(f"display {'on ' if display else 'off'}  {result['steps_per_second']:.1f} steps/s{shown}", flush=True)
    off = [one["steps_per_second"] for one in results if not one["display"]]
    on = [one["steps_per_second"] for one in results if one["display"]]
    cost = 1 - (sum(on) / len(on)) / (sum(off) / len(off))
    print(f"the display costs {100 * cost:.1f} % of training speed")
    if options.json:
        options.json.write_text(
            json.dumps({"task": options.task, "minutes": options.minutes, "cost": cost, "trainings": results})
        )


if __name__ == "__main__":
    main()
