"""The same classifiers in PyTorch, timed on request: ``vision_torch.py PRECISION NETWORK BATCH THREADS``.

A plain training loop that knows nothing of the lab: images uint8 in memory, a random minibatch, cross-entropy, one step. Channels
first or last: whichever is faster here, tried before the first turn. bfloat16 by ``torch.autocast``.
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from turns import serve

STEPS = 5


def cnn() -> nn.Module:
    """Three pairs of 3 x 3 convolutions with batch normalisation, pooled by two between them."""
    layers: list[nn.Module] = []
    before = 1
    for stage in range(3):
        width = 16 * 2**stage
        for _ in range(2):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        layers += [nn.MaxPool2d(2)] if stage < 2 else []
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))


class Basic(nn.Module):
    """relu(x + norm(conv(relu(norm(conv(x))))))."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        same = stride == 1 and before == width
        self.shortcut = nn.Identity() if same else nn.Conv2d(before, width, 1, stride, bias=False)

    def forward(self, x):
        return nn.functional.relu(self.shortcut(x) + self.body(x))


def resnet20() -> nn.Module:
    """16, 32 and 64 channels, three blocks each."""
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    before = 16
    for stage in range(3):
        width = 16 * 2**stage
        for block in range(3):
            layers.append(Basic(before, width, 2 if stage and not block else 1))
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 6))


class Inverted(nn.Module):
    """Expand, depthwise convolution, project; with a shortcut where the shapes agree."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = before * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [nn.Conv2d(before, inside, 1, bias=False), nn.BatchNorm2d(inside, 1e-3, 0.01), nn.ReLU6()]
        layers += [
            nn.Conv2d(inside, inside, kernel, stride, kernel // 2, groups=inside, bias=False),
            *(nn.BatchNorm2d(inside, 1e-3, 0.01), nn.ReLU6()),
            *(nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width, 1e-3, 0.01)),
        ]
        self.body, self.same = nn.Sequential(*layers), stride == 1 and before == width

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


def finetune() -> nn.Module:
    """EfficientNet-Lite0 with six classes."""
    stages = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4))
    layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32, 1e-3, 0.01), nn.ReLU6()]
    before = 32
    for kernel, stride, expansion, width, count in (*stages, (3, 1, 6, 320, 1)):
        for number in range(count):
            layers.append(Inverted(before, width, kernel, 1 if number else stride, expansion))
            before = width
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, 1e-3, 0.01), nn.ReLU6()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, 6))


NETWORKS = {"cnn": (cnn, (1, 28), 10, 0.05), "resnet20": (resnet20, (3, 32), 6, 0.0), "finetune": (finetune, (3, 64), 6, 0.05)}


def updater(name: str, precision: str, batch: int, layout: torch.memory_format) -> Callable[[], None]:
    """What trains the network by one step."""
    make, (channels, side), classes, smoothing = NETWORKS[name]
    network = make().to(memory_format=layout)
    if name == "resnet20":
        optimizer: torch.optim.Optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9, weight_decay=2e-4)
    else:
        optimizer = torch.optim.AdamW(network.parameters(), 1e-3, (0.9, 0.99), weight_decay=0.05)
    images = torch.randint(0, 256, (2000, channels, side, side), dtype=torch.uint8).contiguous(memory_format=layout)
    labels = torch.randint(classes, (2000,))

    def update() -> None:
        places = torch.randint(2000, (batch,))
        x = images[places].float().div_(255)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = network(x)
        loss = nn.functional.cross_entropy(logits.float(), labels[places], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    update()
    return update


def seconds(update: Callable[[], None]) -> float:
    """Processor seconds of a few updates."""
    began = time.process_time()
    for _ in range(3):
        update()
    return time.process_time() - began


def main() -> None:
    precision, name, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    layouts = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    updates = {layout: updater(name, precision, batch, form) for layout, form in layouts.items()}
    chosen = min(updates, key=lambda layout: seconds(updates[layout]))

    def work() -> int:
        for _ in range(STEPS):
            updates[chosen]()
        return STEPS

    parameters = sum(one.numel() for one in NETWORKS[name][0]().parameters())
    serve(work, torch=torch.__version__, layout=chosen, parameters=parameters)


if __name__ == "__main__":
    main()
