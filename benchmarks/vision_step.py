"""Training classifiers, images a second: the lab beside PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/vision_step.py --network cnn --torch-python PATH [--processor --threads 1] [--out FILE]

cnn        ``cnn-mnist``: three pairs of 3 x 3 convolutions (16, 32, 64 channels), batch 128, AdamW
resnet20   ``resnet20-v1-climate``: 32 x 32 x 3, batch 64, gradient descent with momentum
finetune   ``finetune-climate``, all layers: EfficientNet-Lite0 at 64 x 64 x 3, batch 32, AdamW

Without augmentation and without averaged weights on either side. Turns, medians and ranges as in ``gan_step.py``.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from gan_step import Worker, report

BATCHES = {"cnn": 128, "resnet20": 64, "finetune": 32}
KINDS = ("float32", "bfloat16")


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (options.network, str(options.batch), str(options.threads))
    kinds = options.precisions
    found = [Worker(f"lab {kind}", sys.executable, "vision_lab.py", kind, *sizes) for kind in kinds]
    if options.torch_python:
        found += [Worker(f"torch {kind}", options.torch_python, "vision_torch.py", kind, *sizes) for kind in kinds]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=BATCHES, default="cnn")
    parser.add_argument("--precisions", nargs="+", choices=KINDS, default=KINDS, help="bfloat16 is slow on processors without it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    parser.add_argument("--processor", action="store_true", help="rates by processor seconds")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file too")
    options = parser.parse_args()
    options.batch, options.width = BATCHES[options.network], 0
    workers, loads = contestants(options), [os.getloadavg()[0]]
    for number in range(options.rounds):
        for worker in workers:
            worker.turn(options.seconds)
        loads.append(os.getloadavg()[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for worker in workers:
        worker.close()
    found = report(workers, options, loads)
    found["network"] = {"name": options.network, "batch": options.batch}
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
