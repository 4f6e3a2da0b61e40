"""The same translators in PyTorch, timed on request: ``nmt_torch.py WORK UNITS BATCH THREADS``. Knows nothing of the lab.

LSTM: one bidirectional encoder layer, two decoder cells with input feeding and scaled Luong attention, one embedding for source,
target and softmax. Transformer: ``nn.Transformer``, three layers, pre-norm.
"""

import sys

import torch
from torch import nn
from turns import serve

STEPS, SOURCE, TARGET, WORDS = 5, 20, 22, 2000


class Lstm(nn.Module):
    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.embedding = nn.Embedding(WORDS, units)
        self.encoder = nn.LSTM(units, units, bidirectional=True)
        self.memory = nn.Linear(2 * units, units, bias=False)
        self.scale = nn.Parameter(torch.ones(()))
        self.cells = nn.ModuleList([nn.LSTMCell(2 * units, units), nn.LSTMCell(units, units)])
        self.attention = nn.Linear(3 * units, units, bias=False)
        self.dropout = nn.Dropout(0.3)

    def forward(self, source, inputs):
        values, (h, c) = self.encoder(self.dropout(self.embedding(source.T)))
        values = values.transpose(0, 1)
        keys = self.memory(values)
        states, fed = [(h[0], c[0]), (h[1], c[1])], torch.zeros(len(source), self.units)
        embedded, outputs = self.dropout(self.embedding(inputs.T)), []
        for step in embedded:
            states[0] = self.cells[0](torch.cat([step, self.dropout(fed)], 1), states[0])
            states[1] = self.cells[1](self.dropout(states[0][0]), states[1])
            query = states[1][0]
            weights = torch.softmax(torch.bmm(keys, (self.scale * query)[:, :, None])[:, :, 0], 1)
            context = torch.bmm(weights[:, None], values)[:, 0]
            fed = self.attention(torch.cat([query, context], 1))
            outputs.append(fed)
        return self.dropout(torch.stack(outputs, 1)) @ self.embedding.weight.T


class Transformer(nn.Module):
    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, units)
        self.body = nn.Transformer(units, 4, 3, 3, 512, 0.3, batch_first=True, norm_first=True)
        self.register_buffer("later", nn.Transformer.generate_square_subsequent_mask(TARGET))

    def forward(self, source, inputs):
        found = self.body(self.embedding(source), self.embedding(inputs), tgt_mask=self.later, tgt_is_causal=True)
        return found @ self.embedding.weight.T


def main() -> None:
    kind, units, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = (Transformer if kind == "transformer" else Lstm)(units)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    source, target = torch.randint(4, WORDS, (batch, SOURCE)), torch.randint(4, WORDS, (batch, TARGET))
    inputs = torch.cat([torch.full((batch, 1), 2), target[:, :-1]], 1)

    def work() -> int:
        for _ in range(STEPS):
            optimizer.zero_grad()
            found = loss(network(source, inputs).reshape(-1, WORDS), target.reshape(-1))
            found.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        return STEPS

    work()
    serve(work, parameters=[sum(p.numel() for p in network.parameters())], words=batch * TARGET)


if __name__ == "__main__":
    main()
