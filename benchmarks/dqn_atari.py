"""DQN on Breakout, agent steps a second: the lab beside Stable-Baselines3 and TF-Agents, on this machine, same settings.

    uv run python benchmarks/dqn_atari.py                      makes Stable-Baselines3's environment once, then measures
    uv run python benchmarks/dqn_atari.py --sb3-python PATH    uses one that is there

Nature network, batch 32, one update for 4 agent steps, epsilon 0.1, no display, start-up and warm-up left out. Every contestant
is started once and then timed in turns, one at a time, so that whatever else the machine does hits all alike. Peers run with 1
and with 8 environments and their better result counts. Three legs:

    train     the whole loop: agent steps a second
    updates   the learner alone, on batches drawn from its replay: updates a second
    sample    drawing and gathering batches from the lab's replay of a million agent steps, all of it in memory

``--processor`` counts each contestant's own processor seconds instead of wall seconds, which is the figure to take with
``--threads 1`` on a machine that others keep busy: threads that wait for each other spin there, and peers lose most by it.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEER = ("stable-baselines3==2.8.0", "torch==2.13.0", "ale-py==0.12.1", "gymnasium==1.2.3", "opencv-python-headless==5.0.0.93")
VERSIONS = ("tensorflow", "tf-agents", "tf-keras", "numpy", "ale-py", "gymnasium")
SOURCE = 65.3  # steps a second in the source's own log, on a GPU
REPLAY = 1_000_000  # agent steps
LEGS = {"train": "agent_steps", "updates": "updates", "sample": "batches"}


class Worker:
    """A contestant in a process of its own that waits for its turn."""

    clock = "seconds"

    def __init__(self, name: str, python: str, script: str, *arguments: str) -> None:
        self.name = name
        command = [python, str(HERE / "workers" / script), *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.about = self._answer()
        self.rates: dict[str, list[float]] = {}

    def turn(self, command: str, seconds: float) -> None:
        """One turn of a leg; its rate is kept under the name of what it counts."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {seconds}\n")
        self.process.stdin.flush()
        answer, what = self._answer(), LEGS[command]
        self.rates.setdefault(what, []).append(answer[what] / answer[self.clock])

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
        try:
            subprocess.run(["uv", "venv", "--python", "3.11", str(folder)], check=True)
            subprocess.run(["uv", "pip", "install", "--python", str(python), "--torch-backend", "cpu", *PEER], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(folder, ignore_errors=True)  # half an environment would be taken for a whole one next time
            raise SystemExit(
                f"Stable-Baselines3's environment can't be made ({error}).\n"
                f"Make one yourself with {' '.join(PEER)} and name its interpreter: --sb3-python PATH"
            ) from error
    return str(python)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of one turn of the whole loop; others a third")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sb3-python", help="an interpreter that has Stable-Baselines3")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    parser.add_argument("--agent", action="store_true", help="measure learner=agent (TF-Agents' agent in our loop) as well")
    parser.add_argument("--no-replay", action="store_true", help="leave out the full replay, which takes 7 GB of memory")
    parser.add_argument("--processor", action="store_true", help="rates a second of the contestant's own processor time")
    options = parser.parse_args()
    if options.processor:
        Worker.clock = "processor_seconds"

    sb3, threads = peer_python(options.sb3_python), str(options.threads)
    busy = [os.getloadavg()[0]]
    lab = Worker("lab bfloat16", sys.executable, "dqn_lab.py", "bfloat16", "compiled", threads)
    replay = None if options.no_replay else replay_leg(lab, options)
    workers = [
        lab,
        Worker("lab float32", sys.executable, "dqn_lab.py", "float32", "compiled", threads),
        *(Worker(f"sb3, {count} environments", sb3, "dqn_sb3.py", str(count), threads) for count in (1, 8)),
        *(Worker(f"tf-agents, {count} environments", sys.executable, "dqn_tfagents.py", str(count), threads) for count in (1, 8)),
    ]
    if options.agent:
        workers.append(Worker("lab float32, learner=agent", sys.executable, "dqn_lab.py", "float32", "agent", threads))
    for number in range(options.rounds):
        for command in ("train", "updates"):
            for worker in workers:
                worker.turn(command, options.seconds if command == "train" else options.seconds / 3)
        busy.append(os.getloadavg()[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers:
        worker.close()
    report = summary(workers, replay, busy, options)
    print(json.dumps(report, indent=1))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")


def replay_leg(lab: Worker, options: argparse.Namespace) -> dict[str, Any]:
    """The full replay's size, and what drawing a batch from it costs beside an update, in turns."""
    worker = Worker("replay", sys.executable, "dqn_replay.py", str(REPLAY))
    for _ in range(options.rounds):
        lab.turn("updates", options.seconds / 3)
        worker.turn("sample", options.seconds / 3)
    worker.close()
    batches, updates = statistics.median(worker.rates["batches"]), statistics.median(lab.rates.pop("updates"))
    return {
        "agent_steps": REPLAY,
        "gigabytes": round(worker.about["bytes"] / 1e9, 2),
        "batches": spread(worker.rates["batches"]),
        "share_of_an_update": round(updates / batches, 3),
    }


def spread(rates: list[float]) -> dict[str, float]:
    """Median and range over the turns."""
    return {"median": round(statistics.median(rates), 1), "lowest": round(min(rates), 1), "highest": round(max(rates), 1)}


def summary(
    workers: list[Worker], replay: dict[str, Any] | None, busy: list[float], options: argparse.Namespace
) -> dict[str, Any]:
    """Medians and ranges over the turns, and the ratios to each peer's better setting."""
    rows = {worker.name: {what: spread(rates) for what, rates in worker.rates.items()} for worker in workers}

    def best(peer: str, what: str) -> float:
        return max(row[what]["median"] for name, row in rows.items() if name.startswith(peer))

    ratios = {}
    for name in (name for name in rows if name.startswith("lab")):
        steps, updates = rows[name]["agent_steps"]["median"], rows[name]["updates"]["median"]
        ratios[name] = {
            f"{what}_to_{peer}": round(rows[name][what]["median"] / best(peer, what), 2)
            for what in ("agent_steps", "updates")
            for peer in ("sb3", "tf-agents")
        }
        ratios[name]["agent_steps_to_source"] = round(steps / SOURCE, 2)
        ratios[name]["loop_to_updates_alone"] = round(steps / 4 / updates, 2)
    return {
        "what": "DQN on Breakout: agent steps a second in training, and updates a second alone",
        "settings": "Nature network, batch 32, one update for 4 agent steps, epsilon 0.1, no display, warm-up left out",
        "machine": {"processor": processor(), "threads": options.threads, "load_averages": [round(load, 2) for load in busy]},
        "versions": {name: version(name) for name in VERSIONS} | dict(pin.split("==") for pin in PEER[:2]),
        "turns": options.rounds,
        "turn_seconds": options.seconds,
        "rates_are_per": Worker.clock.replace("_", " ").removesuffix("s"),
        "rates": rows,
        "ratios": ratios,
        "replay": replay,
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
