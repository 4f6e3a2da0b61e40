"""Training CycleGAN, images a second: the lab beside PyTorch, same networks, on this machine, in one run.

    uv run python benchmarks/cyclegan_step.py [--torch-python PATH] [--processor --threads 1] [--out FILE]

ResNet generators of 4 blocks at 64 pixels (w, 2w, 4w channels, instance normalisation, transposed convolutions), patch
discriminators of field 34 and width w, least squares, cycle weight 10, identity weight 5, image pools of 50, Adam 2e-4. A step is
one update of all four networks; an image is one of each set. Turns, medians and ranges as in ``gan_step.py``.

    lab      one compiled slice; all networks learn from the same generated images
    torch    the loop of the authors' PyTorch repository: generators, then discriminators
"""

import argparse
import sys

from gan_step import LAB, Worker, compete


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (str(options.width), str(options.batch), str(options.threads))
    found = [Worker(name, sys.executable, "cyclegan_lab.py", name.split()[1], *sizes) for name in LAB]
    if options.torch_python:
        kinds = ("float32", "bfloat16")
        found += [Worker(f"torch {kind}", options.torch_python, "cyclegan_torch.py", kind, *sizes) for kind in kinds]
    return found


if __name__ == "__main__":
    compete(__doc__, contestants, width=24, batch=4, rounds=3)
