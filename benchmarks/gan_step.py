"""Training a GAN, images a second: the lab beside Keras and PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/gan_step.py [--torch-python PATH] [--out FILE]

DCGAN at 28 pixels: noise 100, 7 x 7 x 4w, 14 x 14 x 2w, 28 x 28 x w, one channel; w, 2w, 4w channels back; batch normalisation in
both; Adam. A step is one update of both networks, an image a real one that was learnt from. Turns, medians and ranges as
``contest.py`` says.

    lab                 one compiled slice; both networks learn from the same generated batch
    keras fit           the Keras guide's train_step inside fit
    keras combined      predict, train_on_batch, and a combined model with a frozen discriminator: the way of most Keras examples
    torch               the loop of PyTorch's tutorial, where --torch-python names an interpreter that has it

``--processor`` counts each contestant's own processor seconds instead, which is the figure to take with ``--threads 1`` on a
machine that others keep busy: threads that wait for each other spin there, and PyTorch's lose most by it.
"""

import argparse
import sys

from contest import Worker, compete, pair


def contestants(options: argparse.Namespace) -> list[Worker]:
    sizes = (str(options.width), str(options.batch), str(options.threads))
    keras = [Worker(f"keras {way}", sys.executable, "gan_keras.py", way, *sizes) for way in ("fit", "combined")]
    return [*pair("gan_lab.py", "gan_torch.py", options, *sizes), *keras]


if __name__ == "__main__":
    compete(__doc__, contestants, width=64, batch=64, rounds=7)
