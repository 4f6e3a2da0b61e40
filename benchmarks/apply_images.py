"""Applying image models, images a second: a 256-pixel ResNet generator, and fast style transfer at 512 pixels.

    uv run python benchmarks/apply_images.py [--threads N] [--seconds 10] [--out FILE]

Untrained networks of the sizes that the tasks' ``default`` presets have, and the source's sizes, through ``Model.apply`` as
``lab apply`` calls it: pixels in, pixels out. Reading and writing files is not counted. Median and range of rounds.
"""

import argparse
import json
import os
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start

from lab_core.config import resolve
from lab_core.imports import load_object
from lab_core.machine.versions import machine
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

# name, task, preset, side of the images
CASES = (
    ("cyclegan default, 256 px", "cyclegan-emoji", "default", 256),
    ("cyclegan paper (9 blocks, width 64), 256 px", "cyclegan-emoji", "paper", 256),
    ("pix2pix paper (54 M weights), 256 px", "pix2pix-icons", "paper", 256),
    ("fast style default, 512 px", "fast-style", "default", 512),
    ("fast style book (1.67 M weights), 512 px", "fast-style", "book", 512),
)


def measured(task_id: str, preset: str, side: int, options: argparse.Namespace) -> dict[str, Any]:
    """Images a second of ``options.rounds`` rounds."""
    task = discover()[0].task(task_id)
    kind = load_object(task.model, what=task_id)

    class Untrained(kind):
        def assign(self, weights: Any) -> None:
            """Keep the weights that the networks start with."""

    model = Untrained(resolve(config_type(task), task.preset(preset)), {}, {"inputs": 3, "outputs": 3, "channels": 3})
    images = np.random.default_rng(0).integers(0, 256, (4, side, side, 3), dtype=np.uint8)
    applied = model.options(tile=side) if "tile" in model.options.__struct_fields__ else model.options()

    def once() -> int:
        return len(list(model.apply(iter(images), applied)))

    once()
    rates: list[float] = []
    for _ in range(options.rounds):
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < options.seconds:
            count += once()
        rates.append(count / (time.perf_counter() - began))
    return {"images_a_second": round(statistics.median(rates), 2), "range": [round(min(rates), 2), round(max(rates), 2)]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a round")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", help="only cases whose name holds this text")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    options = parser.parse_args()
    start(device="cpu", threads=options.threads)
    loads = [os.getloadavg()[0]]
    rows = {name: measured(*case, options) for name, *case in CASES if (options.case or "") in name}
    found = {
        "cases": rows,
        "threads": options.threads,
        "load": [round(load, 1) for load in (*loads, os.getloadavg()[0])],
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
        "machine": machine(),
    }
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
