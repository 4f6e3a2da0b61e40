"""Training CycleGAN, images a second: the lab beside PyTorch, same networks, on this machine, in one run.

    uv run python benchmarks/cyclegan_step.py [--torch-python PATH] [--processor --threads 1] [--out FILE]

ResNet generators of 4 blocks at 64 pixels (w, 2w, 4w channels, instance normalisation, transposed convolutions), patch
discriminators of field 34 and width w, least squares, cycle weight 10, identity weight 5, image pools of 50, Adam 2e-4. A step is
one update of all four networks; an image is one of each set. Turns, medians and ranges as
``contest.py`` says.

    lab      one compiled slice; all networks learn from the same generated images
    torch    the loop of the authors' PyTorch repository: generators, then discriminators
"""

import argparse

from contest import Worker, compete, pair


def contestants(options: argparse.Namespace) -> list[Worker]:
    return pair("cyclegan_lab.py", "cyclegan_torch.py", options, str(options.width), str(options.batch), str(options.threads))


if __name__ == "__main__":
    compete(__doc__, contestants, width=24, batch=4, rounds=3)
