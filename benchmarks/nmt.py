"""Training and decoding translators, target words a second: the lab beside PyTorch, same networks, in one run.

    uv run python benchmarks/nmt.py [--units 256] [--torch-python PATH] [--processor --threads 1] [--out FILE]

Batch 64, 20 source and 22 target tokens, 2,000 pieces, one embedding, dropout 0.3, label smoothing 0.1, Adam with clipping. LSTM:
a bidirectional encoder layer, two decoder layers with input feeding and scaled Luong attention. Transformer: three layers of
``units``, four heads, 512 hidden units. Decoding: greedy and beam 5, every sentence 22 tokens long. Turns, medians and ranges.
"""

import argparse
import json
import os
import statistics
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_step import Worker

from lab_core.machine.versions import machine

WORDS = 22  # of a target


def contestants(options: argparse.Namespace) -> dict[str, Worker]:
    sizes = (str(options.units), str(options.batch), str(options.threads))
    found = {f"lab {work}": Worker(work, sys.executable, "nmt_lab.py", work, *sizes) for work in options.work}
    if options.torch_python:
        peers = [work for work in options.work if work in ("lstm", "transformer")]
        found |= {f"torch {work}": Worker(work, options.torch_python, "nmt_torch.py", work, *sizes) for work in peers}
    return found


def report(workers: dict[str, Worker], options: argparse.Namespace, loads: list[float]) -> dict[str, Any]:
    clock = "processor_seconds" if options.processor else "seconds"
    rates = {name: worker.rates(clock, options.batch * WORDS) for name, worker in workers.items()}
    medians = {name: statistics.median(found) for name, found in rates.items()}
    ratios = {work: medians[f"lab {work}"] / medians[f"torch {work}"] for work in options.work if f"torch {work}" in medians}
    return {
        "what": "target words a second",
        "clock": clock,
        "settings": {name: getattr(options, name) for name in ("units", "batch", "threads", "rounds", "seconds")},
        "rates": {
            name: {
                "median": round(medians[name]),
                "range": [round(min(found)), round(max(found))],
                "parameters": workers[name].about["parameters"],
            }
            for name, found in rates.items()
        },
        "lab over torch": {work: round(ratio, 2) for work, ratio in ratios.items()},
        "machine": machine(),
        "tensorflow": version("tensorflow"),
        "load": [round(load, 2) for load in loads],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs="+", default=["lstm", "transformer", "greedy", "beam"])
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    parser.add_argument("--processor", action="store_true", help="rates by processor seconds")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    options = parser.parse_args()
    workers, loads = contestants(options), [os.getloadavg()[0]]
    for number in range(options.rounds):
        for worker in workers.values():
            worker.turn(options.seconds)
        loads.append(os.getloadavg()[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers.values():
        worker.close()
    found = report(workers, options, loads)
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
