"""DQN on Breakout, agent steps a second: the lab beside Stable-Baselines3, on this machine, with the same settings.

    uv run python benchmarks/dqn_atari.py                      makes the peer's environment once, then measures
    uv run python benchmarks/dqn_atari.py --sb3-python PATH    uses one that is there

Nature network, batch 32, one update for 4 agent steps, no display, start-up and warm-up left out. Every contestant is started
once and then timed in turns, one at a time, so that whatever else the machine does hits all alike. The peer is run with 1 and
with 8 environments and its better result counts. ``updates`` is the learner alone: drawing batches and updating.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEER = ("stable-baselines3==2.8.0", "torch==2.13.0", "ale-py==0.12.1", "gymnasium==1.2.3", "opencv-python-headless==5.0.0.93")
SOURCE = 65.3  # steps a second in the source's own log, on a GPU


class Worker:
    """A contestant in a process of its own that waits for its turn."""

    def __init__(self, name: str, python: str, script: str, *arguments: str) -> None:
        self.name = name
        command = [python, str(HERE / "workers" / script), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._answer()
        self.rates: dict[str, list[float]] = {"agent_steps": [], "updates": []}

    def turn(self, command: str, seconds: float) -> None:
        """One turn; ``train`` counts agent steps, ``updates`` updates."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {seconds}\n")
        self.process.stdin.flush()
        answer = self._answer()
        what = "agent_steps" if command == "train" else "updates"
        self.rates[what].append(answer[what] / answer["seconds"])

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.name} ended with code {self.process.wait()}")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def peer_python(path: str | None) -> str:
    """The peer's interpreter; made with uv under ``benchmarks/.venv-sb3`` where none is named."""
    if path is not None:
        return path
    folder = HERE / ".venv-sb3"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run(["uv", "venv", "--python", "3.11", str(folder)], check=True)
        subprocess.run(["uv", "pip", "install", "--python", str(python), "--torch-backend", "cpu", *PEER], check=True)
    return str(python)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sb3-python", help="an interpreter that has Stable-Baselines3")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    parser.add_argument("--agent", action="store_true", help="measure learner=agent (TF-Agents' own agent) as well")
    options = parser.parse_args()

    python, threads = peer_python(options.sb3_python), str(options.threads)
    workers = [
        Worker("lab bfloat16", sys.executable, "dqn_lab.py", "bfloat16", "compiled", threads),
        Worker("lab float32", sys.executable, "dqn_lab.py", "float32", "compiled", threads),
        Worker("sb3, 1 environment", python, "dqn_sb3.py", "1", threads),
        Worker("sb3, 8 environments", python, "dqn_sb3.py", "8", threads),
    ]
    if options.agent:
        workers.append(Worker("lab float32, learner=agent", sys.executable, "dqn_lab.py", "float32", "agent", threads))
    for number in range(options.rounds):
        for command in ("train", "updates"):
            for worker in workers:
                worker.turn(command, options.seconds if command == "train" else options.seconds / 3)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers:
        worker.close()
    report = summary(workers, options)
    print(json.dumps(report, indent=1))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")


def summary(workers: list[Worker], options: argparse.Namespace) -> dict[str, Any]:
    """Medians and ranges over the turns, and the ratios to the peer's better setting."""
    rows = {
        worker.name: {
            what: {
                "median": round(statistics.median(rates), 1),
                "lowest": round(min(rates), 1),
                "highest": round(max(rates), 1),
            }
            for what, rates in worker.rates.items()
        }
        for worker in workers
    }
    peers = [worker for worker in workers if worker.name.startswith("sb3")]
    ratios = {}
    for worker in workers:
        if worker in peers:
            continue
        ratios[worker.name] = {
            what: round(rows[worker.name][what]["median"] / max(rows[peer.name][what]["median"] for peer in peers), 2)
            for what in ("agent_steps", "updates")
        }
        ratios[worker.name]["agent_steps_to_source"] = round(rows[worker.name]["agent_steps"]["median"] / SOURCE, 2)
    return {
        "what": "DQN on Breakout: agent steps a second in training, and updates a second alone",
        "settings": "Nature network, batch 32, one update for 4 agent steps, no display, warm-up left out",
        "machine": {"processor": processor(), "threads": options.threads, "load_average": round(os.getloadavg()[0], 2)},
        "turns": options.rounds,
        "turn_seconds": options.seconds,
        "rates": rows,
        "ratios": ratios,
    }


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
