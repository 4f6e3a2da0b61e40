"""Character models in PyTorch, timed on request: ``char_torch.py WORK UNITS PRECISION THREADS``. Knows nothing of the lab.

LSTM: embedding, ``nn.LSTM`` of two layers, the state carried on, a linear layer. Transformer: ``nn.TransformerEncoder`` with
pre-norm, GELU and a causal mask. Adam with clipping; bfloat16 by autocast.
"""

import contextlib
import sys

import torch
from char_sizes import CHARACTERS, sizes
from torch import nn
from turns import serve

STEPS = 5


class Lstm(nn.Module):
    def __init__(self, units: int, layers: int, length: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CHARACTERS, units)
        self.layers = nn.LSTM(units, units, layers)
        self.head = nn.Linear(units, CHARACTERS)
        self.state = None

    def forward(self, tokens):
        carried = None if self.state is None else tuple(part.detach() for part in self.state)
        found, self.state = self.layers(self.embedding(tokens.T), carried)
        return self.head(found).transpose(0, 1)


class Transformer(nn.Module):
    def __init__(self, units: int, layers: int, length: int) -> None:
        super().__init__()
        self.embedding, self.place = nn.Embedding(CHARACTERS, units), nn.Parameter(torch.zeros(length, units))
        block = nn.TransformerEncoderLayer(units, 4, 4 * units, 0.0, "gelu", batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(block, layers, nn.LayerNorm(units), enable_nested_tensor=False)
        self.head = nn.Linear(units, CHARACTERS)
        self.register_buffer("later", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, tokens):
        return self.head(self.body(self.embedding(tokens) + self.place, mask=self.later, is_causal=True))


def main() -> None:
    kind, units, precision, threads = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layers, batch, length = sizes(kind, units)
    network = (Transformer if kind == "transformer" else Lstm)(units, layers, length)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loss = nn.CrossEntropyLoss()
    tokens = torch.randint(2, CHARACTERS, (batch, length + 1))

    def work() -> int:
        for _ in range(STEPS):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext():
                logits = network(tokens[:, :-1])
            loss(logits.float().reshape(-1, CHARACTERS), tokens[:, 1:].reshape(-1)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        return STEPS * batch * length

    work()
    serve(work, parameters=[sum(p.numel() for p in network.parameters())])


if __name__ == "__main__":
    main()
