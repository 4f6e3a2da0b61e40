"""The same CycleGAN in PyTorch, timed on request: ``cyclegan_torch.py PRECISION WIDTH BATCH THREADS``. Knows nothing of the lab.

The order of the authors' repository: both generators, then both discriminators on images of the pools. Channels first or last:
whichever is faster here, tried before the first turn. bfloat16 by ``torch.autocast``.
"""

import itertools
import random
import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from turns import serve

STEPS = 2


def conv(a: int, b: int, size: int, stride: int = 1, *, reflect: int = 0) -> list[nn.Module]:
    border = [nn.ReflectionPad2d(reflect)] if reflect else []
    return [*border, nn.Conv2d(a, b, size, stride, 0 if reflect else size // 2, bias=False)]


def normed(channels: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(channels, affine=True), nn.ReLU()]


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        first = [*conv(width, width, 3, reflect=1), *normed(width)]
        self.inner = nn.Sequential(*first, *conv(width, width, 3, reflect=1), nn.InstanceNorm2d(width, affine=True))

    def forward(self, x):
        return x + self.inner(x)


def generator(w: int, blocks: int = 4) -> nn.Module:
    def up(a: int, b: int) -> nn.Module:
        return nn.ConvTranspose2d(a, b, 3, 2, 1, 1, bias=False)

    return nn.Sequential(
        *conv(3, w, 7, reflect=3), *normed(w),
        *conv(w, 2 * w, 3, 2), *normed(2 * w),
        *conv(2 * w, 4 * w, 3, 2), *normed(4 * w),
        *(Block(4 * w) for _ in range(blocks)),
        up(4 * w, 2 * w), *normed(2 * w),
        up(2 * w, w), *normed(w),
        *conv(w, 3, 7, reflect=3), nn.Tanh(),
    )  # fmt: skip


def patch(w: int) -> nn.Module:
    def same() -> nn.Module:
        return nn.ZeroPad2d((1, 2, 1, 2))

    def norm(channels: int) -> nn.Module:
        return nn.InstanceNorm2d(channels, affine=True)

    return nn.Sequential(
        nn.Conv2d(3, w, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), norm(2 * w), nn.LeakyReLU(0.2),
        same(), nn.Conv2d(2 * w, 4 * w, 4, bias=False), norm(4 * w), nn.LeakyReLU(0.2),
        same(), nn.Conv2d(4 * w, 1, 4),
    )  # fmt: skip


class Pool:
    def __init__(self, size: int = 50) -> None:
        self.size, self.images = size, []

    def exchange(self, fakes: torch.Tensor) -> torch.Tensor:
        found = []
        for fake in fakes:
            if len(self.images) < self.size:
                self.images.append(fake)
                found.append(fake)
            elif random.random() < 0.5:
                found.append(fake)
            else:
                place = random.randrange(self.size)
                found.append(self.images[place])
                self.images[place] = fake
        return torch.stack(found)


def updater(precision: str, width: int, batch: int, layout: torch.memory_format) -> Callable[[], None]:
    """What trains all four networks by one step."""
    forward, backward = (generator(width).to(memory_format=layout) for _ in range(2))
    judge_a, judge_b = (patch(width).to(memory_format=layout) for _ in range(2))
    generators = torch.optim.Adam(itertools.chain(forward.parameters(), backward.parameters()), 2e-4, (0.5, 0.999))
    judges = torch.optim.Adam(itertools.chain(judge_a.parameters(), judge_b.parameters()), 2e-4, (0.5, 0.999))
    sets = [(2 * torch.rand(800, 3, 64, 64) - 1).to(memory_format=layout) for _ in range(2)]
    pools = Pool(), Pool()

    def update() -> None:
        a, b = (one[torch.randint(800, (batch,))] for one in sets)
        for one in (judge_a, judge_b):
            one.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            fake_b, fake_a = forward(a), backward(b)
            cycle = (a - backward(fake_b)).float().abs().mean() + (b - forward(fake_a)).float().abs().mean()
            same = (b - forward(b)).float().abs().mean() + (a - backward(a)).float().abs().mean()
            fooled = sum(((judge(fake).float() - 1) ** 2).mean() for judge, fake in ((judge_b, fake_b), (judge_a, fake_a)))
        generators.zero_grad()
        (fooled + 10 * cycle + 5 * same).backward()
        generators.step()
        for one in (judge_a, judge_b):
            one.requires_grad_(True)
        judges.zero_grad()
        for judge, real, fake, pool in ((judge_b, b, fake_b, pools[1]), (judge_a, a, fake_a, pools[0])):
            shown = pool.exchange(fake.detach().float())
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                judged = ((judge(real).float() - 1) ** 2).mean() + (judge(shown).float() ** 2).mean()
            (0.5 * judged).backward()
        judges.step()

    update()
    return update


def seconds(update: Callable[[], None]) -> float:
    """Processor seconds of a few updates."""
    began = time.process_time()
    for _ in range(2):
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

    networks = generator(width), generator(width), patch(width), patch(width)
    parameters = [sum(one.numel() for one in network.parameters()) for network in networks]
    serve(work, torch=torch.__version__, layout=chosen, parameters=parameters)


if __name__ == "__main__":
    main()
