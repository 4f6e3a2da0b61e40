"""The same pix2pix in PyTorch, timed on request: ``pix2pix_torch.py PRECISION WIDTH BATCH THREADS``. Knows nothing of the lab.

The order of the authors' repository: the discriminator's update, then the generator's against the new discriminator. Channels
first or last: whichever is faster here, tried before the first turn. bfloat16 by ``torch.autocast``.
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from turns import serve

STEPS = 5


class UNet(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width * min(2**level, 8) for level in range(6)]
        before = [1, *widths[:-1]]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(before, widths, strict=True))
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(b) for b in widths[1:])
        ups = list(reversed(widths[:5]))
        inside = [widths[5], *(2 * one for one in ups[:-1])]
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in zip(inside, ups, strict=True))
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(b) for b in ups)
        self.dropout, self.out = nn.Dropout(0.5), nn.ConvTranspose2d(2 * width, 3, 4, 2, 1)

    def forward(self, x):
        kept = []
        for level, layer in enumerate(self.down):
            x = layer(nn.functional.leaky_relu(x, 0.2)) if level else layer(x)
            x = self.down_norm[level - 1](x) if level else x
            kept.append(x)
        for step, (layer, norm) in enumerate(zip(self.up, self.up_norm, strict=True)):
            x = norm(layer(nn.functional.relu(x)))
            x = self.dropout(x) if step < 3 else x
            x = torch.cat([x, kept[4 - step]], 1)
        return torch.tanh(self.out(nn.functional.relu(x)))


def patch(width: int) -> nn.Module:
    def same() -> nn.Module:
        return nn.ZeroPad2d((1, 2, 1, 2))

    return nn.Sequential(
        nn.Conv2d(4, width, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
        same(), nn.Conv2d(2 * width, 4 * width, 4), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
        same(), nn.Conv2d(4 * width, 1, 4),
    )  # fmt: skip


def updater(precision: str, width: int, batch: int, layout: torch.memory_format) -> Callable[[], None]:
    """What trains both networks by one step."""
    made, judge = UNet(width).to(memory_format=layout), patch(width).to(memory_format=layout)
    optimizers = [torch.optim.Adam(one.parameters(), 2e-4, (0.5, 0.999)) for one in (judge, made)]
    inputs, targets = ((2 * torch.rand(1000, c, 64, 64) - 1).to(memory_format=layout) for c in (1, 3))
    softplus = nn.functional.softplus

    def update() -> None:
        places = torch.randint(1000, (batch,))
        a, b = inputs[places], targets[places]
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            fake = made(a)
            real, told = judge(torch.cat([a, b], 1)), judge(torch.cat([a, fake.detach()], 1))
        optimizers[0].zero_grad()
        (0.5 * (softplus(-real.float()).mean() + softplus(told.float()).mean())).backward()
        optimizers[0].step()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            told = judge(torch.cat([a, fake], 1))
        optimizers[1].zero_grad()
        (softplus(-told.float()).mean() + 100 * (b - fake.float()).abs().mean()).backward()
        optimizers[1].step()

    update()
    return update


def seconds(update: Callable[[], None]) -> float:
    """Processor seconds of a few updates."""
    began = time.process_time()
    for _ in range(3):
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

    networks = UNet(width), patch(width)
    parameters = [sum(one.numel() for one in network.parameters()) for network in networks]
    serve(work, torch=torch.__version__, layout=chosen, parameters=parameters)


if __name__ == "__main__":
    main()
