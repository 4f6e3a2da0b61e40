"""Contests: programs of any environment timed in turns, in one run, so that whatever else the machine does hits all alike.

A contestant is a script of ``workers/`` in a process of its own. It is started once, works up to speed, and waits for its turns
(``workers/turns.py``). One turn at a time; medians and ranges over the turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lab_core.machine.versions import machine

WORKERS = Path(__file__).parent / "workers"
KINDS = ("float32", "bfloat16")


class Worker:
    """A contestant in a process of its own that waits for its turn. ``about``: what it said when it was ready."""

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

    def rates(self, clock: str, items: int) -> list[float]:
        """Items a second of each turn, ``items`` in an update."""
        return [items * turn["updates"] / turn[clock] for turn in self.turns]

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


def contest_parser(about: str | None, *, rounds: int = 5, seconds: float = 6.0) -> argparse.ArgumentParser:
    """The options that every contest has: ``rounds``, ``seconds``, ``threads``, ``processor``, ``out``."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seconds", type=float, default=seconds, help="length of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--processor", action="store_true", help="rates by processor seconds")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    return parser


def add_torch(parser: argparse.ArgumentParser, *, precisions: bool = True) -> None:
    """``torch_python``, and ``precisions`` of the contestants."""
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    if precisions:
        slow = "bfloat16 is slow on processors without it"
        parser.add_argument("--precisions", nargs="+", choices=KINDS, default=KINDS, help=slow)


def clock_of(options: argparse.Namespace) -> str:
    """Which seconds of a turn count."""
    return "processor_seconds" if options.processor else "seconds"


def take_turns(workers: Collection[Worker], options: argparse.Namespace) -> list[float]:
    """All turns of all contestants, who are closed then. Gives the machine's load before the first round and after each."""
    loads = [os.getloadavg()[0]]
    for number in range(options.rounds):
        for worker in workers:
            worker.turn(options.seconds)
        loads.append(os.getloadavg()[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers:
        worker.close()
    return [round(load, 1) for load in loads]


def publish(found: dict[str, Any], out: Path | None) -> None:
    """Print the result, and write it to ``out``."""
    print(json.dumps(found, indent=1))
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n")


# --- contests of training steps on images: one rate a contestant


def pair(lab: str, torch: str, options: argparse.Namespace, *arguments: str) -> list[Worker]:
    """The lab in each of ``options.precisions`` by the script ``lab``, and PyTorch by ``torch`` where it is there."""
    found = [Worker(f"lab {kind}", sys.executable, lab, kind, *arguments) for kind in options.precisions]
    if options.torch_python:
        found += [Worker(f"torch {kind}", options.torch_python, torch, kind, *arguments) for kind in options.precisions]
    return found


def report(workers: Iterable[Worker], options: argparse.Namespace, loads: list[float], network: dict[str, Any]) -> dict[str, Any]:
    """Median and range of each contestant in images a second, and the lab's ratio to each of the others."""
    medians: dict[str, float] = {}
    rows: dict[str, dict[str, Any]] = {}
    for worker in workers:
        rates = worker.rates(clock_of(options), options.batch)
        medians[worker.name] = statistics.median(rates)
        work = [1e3 * turn["processor_seconds"] / turn["updates"] for turn in worker.turns]
        rows[worker.name] = {
            "images_a_second": _rounded(medians[worker.name]),
            "range": [_rounded(min(rates)), _rounded(max(rates))],
            "processor_ms_an_update": round(statistics.median(work), 1),
            **worker.about,
        }
    lab = [name for name in medians if name.startswith("lab ")]
    others = [name for name in medians if name not in lab]
    return {
        "network": network,
        "per": clock_of(options),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "threads": options.threads,
        "contestants": rows,
        "ratios": {name: {other: round(medians[name] / medians[other], 2) for other in others} for name in lab},
        "load": loads,
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
        "machine": machine(),
    }


def compete(about: str | None, contestants: Callable[[argparse.Namespace], list[Worker]], **defaults: int) -> None:
    """Read the options, let the contestants take turns, print the report. ``defaults``: width, batch, rounds."""
    parser = contest_parser(about, rounds=defaults["rounds"])
    add_torch(parser)
    parser.add_argument("--width", type=int, default=defaults["width"], help="channels of the generator at full size")
    parser.add_argument("--batch", type=int, default=defaults["batch"])
    options = parser.parse_args()
    workers = contestants(options)
    loads = take_turns(workers, options)
    publish(report(workers, options, loads, {"width": options.width, "batch": options.batch}), options.out)


def _rounded(rate: float) -> float:
    """Three digits at least."""
    return round(rate, 1) if rate < 100 else round(rate)


# --- contests of several kinds of work: the lab over PyTorch in each


def rates_report(
    what: str, workers: dict[str, Worker], options: argparse.Namespace, loads: list[float], items: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """Median and range of each contestant in ``what``, ``items`` in an update; and the medians alone."""
    rates = {name: worker.rates(clock_of(options), items) for name, worker in workers.items()}
    medians = {name: statistics.median(found) for name, found in rates.items()}
    rows = {
        name: {
            "median": round(medians[name]),
            "range": [round(min(found)), round(max(found))],
            "parameters": workers[name].about["parameters"],
        }
        for name, found in rates.items()
    }
    about = {"machine": machine(), "tensorflow": version("tensorflow"), "load": loads}
    return {"what": what, "clock": clock_of(options), "rates": rows, **about}, medians
