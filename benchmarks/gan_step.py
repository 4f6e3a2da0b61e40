"""Training a GAN, images a second: the lab beside Keras and PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/gan_step.py [--torch-python PATH] [--out FILE]

DCGAN at 28 pixels: noise 100, 7 x 7 x 4w, 14 x 14 x 2w, 28 x 28 x w, one channel; w, 2w, 4w channels back; batch normalisation in
both; Adam. A step is one update of both networks, an image a real one that was learnt from. Contestants are started once and then
timed in turns, one at a time, so that whatever else the machine does hits all alike; medians and ranges over the turns.

    lab                 one compiled slice; both networks learn from the same generated batch
    keras fit           the Keras guide's train_step inside fit
    keras combined      predict, train_on_batch, and a combined model with a frozen discriminator: the way of most Keras examples
    torch               the loop of PyTorch's tutorial, where --torch-python names an interpreter that has it

``--processor`` counts each contestant's own processor seconds instead, which is the figure to take with ``--threads 1`` on a
machine that others keep busy: threads that wait for each other spin there, and PyTorch's lose most by it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lab_core.machine.versions import machine

WORKERS = Path(__file__).parent / "workers"
LAB = ("lab float32", "lab bfloat16")


class Worker:
    """A contestant in a process of its own that waits for its turn."""

    def __init__(self, name: str, python: str, script: str, *arguments: str) -> None:
        self.name, self.turns = name, list[dict[str, float]]()
        command = [python, str(WORKERS / script), *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.about = self._answer()

    def turn(self, seconds: float) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        self.turns.append(self._answer())

    def rates(self, clock: str, batch: int) -> list[float]:
        """Images a second of each turn."""
        return [batch * turn["updates"] / turn[clock] for turn in self.turns]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.name} ended with code {self.process.wait()}")


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (str(options.width), str(options.batch), str(options.threads))
    found = [Worker(name, sys.executable, "gan_lab.py", name.split()[1], *sizes) for name in LAB]
    found += [Worker(f"keras {way}", sys.executable, "gan_keras.py", way, *sizes) for way in ("fit", "combined")]
    if options.torch_python:
        found += [Worker(f"torch {kind}", options.torch_python, "gan_torch.py", kind, *sizes) for kind in ("float32", "bfloat16")]
    return found


def report(workers: list[Worker], options: argparse.Namespace, loads: list[float]) -> dict[str, Any]:
    """Median and range of each contestant, and the lab's ratio to each of the others."""
    clock = "processor_seconds" if options.processor else "seconds"
    medians: dict[str, float] = {}
    rows: dict[str, dict[str, Any]] = {}
    for worker in workers:
        rates = worker.rates(clock, options.batch)
        medians[worker.name] = statistics.median(rates)
        work = [1e3 * turn["processor_seconds"] / turn["updates"] for turn in worker.turns]
        rows[worker.name] = {
            "images_a_second": _rounded(medians[worker.name]),
            "range": [_rounded(min(rates)), _rounded(max(rates))],
            "processor_ms_an_update": round(statistics.median(work), 1),
            **worker.about,
        }
    others = [name for name in medians if name not in LAB]
    return {
        "network": {"width": options.width, "batch": options.batch},
        "per": clock,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "threads": options.threads,
        "contestants": rows,
        "ratios": {
            name: {other: round(medians[name] / medians[other], 2) for other in others} for name in LAB if name in medians
        },
        "load": [round(load, 1) for load in loads],
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
        "machine": machine(),
    }


def _rounded(rate: float) -> float:
    """Three digits at least."""
    return round(rate, 1) if rate < 100 else round(rate)


def compete(about: str | None, contestants: Callable[[argparse.Namespace], list[Worker]], **defaults: int) -> None:
    """Read the options, let the contestants take turns, print the report. ``defaults``: width, batch, rounds."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=defaults["width"], help="channels of the generator at full size")
    parser.add_argument("--batch", type=int, default=defaults["batch"])
    parser.add_argument("--rounds", type=int, default=defaults["rounds"])
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    parser.add_argument("--processor", action="store_true", help="rates by processor seconds")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    options = parser.parse_args()
    workers, loads = contestants(options), [os.getloadavg()[0]]
    for number in range(options.rounds):
        for worker in workers:
            worker.turn(options.seconds)
        loads.append(os.getloadavg()[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers:
        worker.close()
    found = report(workers, options, loads)
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    compete(__doc__, contestants, width=64, batch=64, rounds=7)
