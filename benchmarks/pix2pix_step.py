"""Training pix2pix, images a second: the lab beside plain Keras and PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/pix2pix_step.py [--torch-python PATH] [--processor --threads 1] [--out FILE]

U-Net of depth 6 at 64 pixels (w, 2w, 4w, 8w, 8w, 8w channels, batch normalisation, dropout 0.5 in three layers), patch
discriminator of field 34 on input and target, L1 100 + GAN 1, Adam 2e-4. Turns, medians and ranges as
``contest.py`` says.

    lab           one compiled slice; both networks learn from the same generated batch, which the discriminator sees once
    keras step    a compiled train step of plain Keras layers and optimisers: discriminator, then generator
    torch         the loop of the authors' PyTorch repository
"""

import argparse
import sys

from contest import Worker, compete, pair


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (str(options.width), str(options.batch), str(options.threads))
    keras = Worker("keras step", sys.executable, "pix2pix_keras.py", *sizes)
    return [*pair("pix2pix_lab.py", "pix2pix_torch.py", options, *sizes), keras]


if __name__ == "__main__":
    compete(__doc__, contestants, width=32, batch=16, rounds=5)
