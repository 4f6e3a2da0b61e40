"""Training pix2pix, images a second: the lab beside plain Keras and PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/pix2pix_step.py [--torch-python PATH] [--processor --threads 1] [--out FILE]

U-Net of depth 6 at 64 pixels (w, 2w, 4w, 8w, 8w, 8w channels, batch normalisation, dropout 0.5 in three layers), patch
discriminator of field 34 on input and target, L1 100 + GAN 1, Adam 2e-4. Turns, medians and ranges as in ``gan_step.py``.

    lab           one compiled slice; both networks learn from the same generated batch, which the discriminator sees once
    keras step    a compiled train step of plain Keras layers and optimisers: discriminator, then generator
    torch         the loop of the authors' PyTorch repository
"""

import argparse
import json
import os
import sys
from pathlib import Path

from gan_step import Worker, report


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (str(options.width), str(options.batch), str(options.threads))
    found = [Worker(f"lab {kind}", sys.executable, "pix2pix_lab.py", kind, *sizes) for kind in ("float32", "bfloat16")]
    found.append(Worker("keras step", sys.executable, "pix2pix_keras.py", *sizes))
    if options.torch_python:
        kinds = ("float32", "bfloat16")
        found += [Worker(f"torch {kind}", options.torch_python, "pix2pix_torch.py", kind, *sizes) for kind in kinds]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=32, help="channels of both networks' first layers")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
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
    main()
