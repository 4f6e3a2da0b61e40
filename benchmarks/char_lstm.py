"""Character models, characters a second: the lab beside PyTorch, same networks, in one run.

    uv run python benchmarks/char_lstm.py [--units 128 512] [--torch-python PATH] [--processor --threads 1] [--out FILE]

LSTM of two layers, 65 characters, Adam with clipping, the state carried on: 32 sequences of 50 characters at 128 units, 50 of 50
above. Transformer of four layers and four heads, 12 sequences of 64. float32 and bfloat16. ``sample`` writes eight texts side by
side in the compiled loop of ``lab sample``. Contestants wait in processes of their own and take turns; medians and ranges.
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


def contestants(options: argparse.Namespace) -> dict[str, Worker]:
    """By "WORK UNITS PRECISION WHO"."""
    found: dict[str, Worker] = {}
    for work in options.work:
        for units in options.units:
            for precision in ("float32",) if work == "sample" else options.precision:
                arguments = (work, str(units), precision, str(options.threads))
                name = f"{work} {units} {precision}"
                found[f"{name} lab"] = Worker(f"{name} lab", sys.executable, "char_lab.py", *arguments)
                if options.torch_python and work != "sample":
                    found[f"{name} torch"] = Worker(f"{name} torch", options.torch_python, "char_torch.py", *arguments)
    return found


def report(workers: dict[str, Worker], options: argparse.Namespace, loads: list[float]) -> dict[str, Any]:
    clock = "processor_seconds" if options.processor else "seconds"
    rates = {name: worker.rates(clock, 1) for name, worker in workers.items()}
    medians = {name: statistics.median(found) for name, found in rates.items()}
    pairs = {name.removesuffix(" lab"): name for name in medians if name.removesuffix("lab") + "torch" in medians}
    return {
        "what": "characters a second",
        "clock": clock,
        "settings": {name: getattr(options, name) for name in ("threads", "rounds", "seconds")},
        "rates": {
            name: {
                "median": round(medians[name]),
                "range": [round(min(found)), round(max(found))],
                "parameters": workers[name].about["parameters"][0],
            }
            for name, found in rates.items()
        },
        "lab over torch": {name: round(medians[lab] / medians[f"{name} torch"], 2) for name, lab in pairs.items()},
        "machine": machine(),
        "tensorflow": version("tensorflow"),
        "load": [round(load, 2) for load in loads],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs="+", default=["lstm", "transformer", "sample"])
    parser.add_argument("--units", nargs="+", type=int, default=[128, 512])
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"])
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
