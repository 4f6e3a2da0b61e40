"""The same DCGAN in PyTorch, timed on request: ``gan_torch.py PRECISION WIDTH BATCH THREADS``. Knows nothing of the lab.

The loop of PyTorch's own DCGAN tutorial. Channels first or last: whichever is faster here, tried before the first turn. bfloat16
by ``torch.autocast``.
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from turns import serve

LATENT, STEPS = 100, 5


class Reshape(nn.Module):
    def __init__(self, layout: torch.memory_format, *shape: int) -> None:
        super().__init__()
        self.layout, self.shape = layout, shape

    def forward(self, x):
        return x.view(len(x), *self.shape).contiguous(memory_format=self.layout)


def generator(width: int, layout: torch.memory_format) -> nn.Module:
    def active(channels: int) -> list[nn.Module]:
        return [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]

    layers = [nn.Linear(LATENT, 49 * 4 * width, bias=False), Reshape(layout, 4 * width, 7, 7), *active(4 * width)]
    for channels in (2 * width, width):
        layers += [nn.ConvTranspose2d(2 * channels, channels, 4, 2, 1, bias=False), *active(channels)]
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1), nn.Tanh())


def discriminator(width: int) -> nn.Module:
    def leaky() -> nn.Module:
        return nn.LeakyReLU(0.2, inplace=True)

    return nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1), leaky(),
        nn.Conv2d(width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), leaky(),
        nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(2 * width, 4 * width, 4, 2), nn.BatchNorm2d(4 * width), leaky(),
        nn.Flatten(), nn.Linear(16 * 4 * width, 1),
    )  # fmt: skip


def updater(precision: str, width: int, batch: int, layout: torch.memory_format) -> Callable[[], None]:
    """What trains both networks by one step."""
    made, judge = generator(width, layout).to(memory_format=layout), discriminator(width).to(memory_format=layout)
    optimizers = [torch.optim.Adam(one.parameters(), 2e-4, (0.5, 0.999)) for one in (judge, made)]
    images = (2 * torch.rand(10_000, 1, 28, 28) - 1).to(memory_format=layout)
    loss, ones, zeros = nn.BCEWithLogitsLoss(), torch.ones(batch, 1), torch.zeros(batch, 1)

    def update() -> None:
        real = images[torch.randint(len(images), (batch,))]
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            fake = made(torch.randn(batch, LATENT))
            told = loss(judge(real).float(), ones) + loss(judge(fake.detach()).float(), zeros)
        optimizers[0].zero_grad()
        told.backward()
        optimizers[0].step()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            fooled = loss(judge(fake).float(), ones)
        optimizers[1].zero_grad()
        fooled.backward()
        optimizers[1].step()

    update()
    return update


def seconds(update: Callable[[], None]) -> float:
    """Processor seconds of a few updates."""
    began = time.process_time()
    for _ in range(10):
        update()
    return time.process_time() - began


def main() -> None:
    precision, width, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    layouts = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    updates = {name: updater(precision, width, batch, layout) for name, layout in layouts.items()}
    chosen = min(updates, key=lambda name: seconds(updates[name]))

    def work() -> int:
        for _ in range(STEPS):
            updates[chosen]()
        return STEPS

    networks = generator(width, layouts[chosen]), discriminator(width)
    parameters = [sum(one.numel() for one in network.parameters()) for network in networks]
    serve(work, torch=torch.__version__, layout=chosen, parameters=parameters)


if __name__ == "__main__":
    main()
