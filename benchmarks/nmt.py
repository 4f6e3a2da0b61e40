"""Training and decoding translators, target words a second: the lab beside PyTorch, same networks, in one run.

    uv run python benchmarks/nmt.py [--units 256] [--torch-python PATH] [--processor --threads 1] [--out FILE]

Batch 64, 20 source and 22 target tokens, 2,000 pieces, one embedding, dropout 0.3, label smoothing 0.1, Adam with clipping. LSTM:
a bidirectional encoder layer, two decoder layers with input feeding and scaled Luong attention. Transformer: three layers of
``units``, four heads, 512 hidden units. Decoding: greedy and beam 5, every sentence 22 tokens long. Turns, medians and ranges.
"""

import argparse
import sys

from contest import Worker, add_torch, contest_parser, publish, rates_report, take_turns

WORDS = 22  # of a target


def contestants(options: argparse.Namespace) -> dict[str, Worker]:
    sizes = (str(options.units), str(options.batch), str(options.threads))
    found = {f"lab {work}": Worker(work, sys.executable, "nmt_lab.py", work, *sizes) for work in options.work}
    if options.torch_python:
        peers = [work for work in options.work if work in ("lstm", "transformer")]
        found |= {f"torch {work}": Worker(work, options.torch_python, "nmt_torch.py", work, *sizes) for work in peers}
    return found


def main() -> None:
    parser = contest_parser(__doc__)
    add_torch(parser, precisions=False)
    parser.add_argument("--work", nargs="+", default=["lstm", "transformer", "greedy", "beam"])
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    workers = contestants(options)
    loads = take_turns(workers.values(), options)
    found, medians = rates_report("target words a second", workers, options, loads, options.batch * WORDS)
    found["settings"] = {name: getattr(options, name) for name in ("units", "batch", "threads", "rounds", "seconds")}
    ratios = {work: medians[f"lab {work}"] / medians[f"torch {work}"] for work in options.work if f"torch {work}" in medians}
    found["lab over torch"] = {work: round(ratio, 2) for work, ratio in ratios.items()}
    publish(found, options.out)


if __name__ == "__main__":
    main()
