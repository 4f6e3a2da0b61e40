"""Character models, characters a second: the lab beside PyTorch, same networks, in one run.

    uv run python benchmarks/char_lstm.py [--units 128 512] [--torch-python PATH] [--processor --threads 1] [--out FILE]

LSTM of two layers, 65 characters, Adam with clipping, the state carried on: 32 sequences of 50 characters at 128 units, 50 of 50
above. Transformer of four layers and four heads, 12 sequences of 64. float32 and bfloat16. ``sample`` writes eight texts side by
side in the compiled loop of ``lab sample``. Contestants wait in processes of their own and take turns; medians and ranges.
"""

import argparse
import sys

from contest import KINDS, Worker, add_torch, contest_parser, publish, rates_report, take_turns


def contestants(options: argparse.Namespace) -> dict[str, Worker]:
    """By "WORK UNITS PRECISION WHO"."""
    found: dict[str, Worker] = {}
    for work in options.work:
        for units in options.units:
            for precision in ("float32",) if work == "sample" else options.precision:
                arguments = (work, str(units), precision, str(options.threads))
                name = f"{work} {units} {precision}"
                found[f"{name} lab"] = Worker(f"{name} lab", sys.executable, "char_lab.py", *arguments)
                if options.torch_python and work != "sample":
                    found[f"{name} torch"] = Worker(f"{name} torch", options.torch_python, "char_torch.py", *arguments)
    return found


def main() -> None:
    parser = contest_parser(__doc__)
    add_torch(parser, precisions=False)
    parser.add_argument("--work", nargs="+", default=["lstm", "transformer", "sample"])
    parser.add_argument("--units", nargs="+", type=int, default=[128, 512])
    parser.add_argument("--precision", nargs="+", default=list(KINDS))
    options = parser.parse_args()
    workers = contestants(options)
    loads = take_turns(workers.values(), options)
    found, medians = rates_report("characters a second", workers, options, loads, 1)
    found["settings"] = {name: getattr(options, name) for name in ("threads", "rounds", "seconds")}
    peers = {name.removesuffix(" lab"): name for name in medians if name.removesuffix("lab") + "torch" in medians}
    found["lab over torch"] = {name: round(medians[lab] / medians[f"{name} torch"], 2) for name, lab in peers.items()}
    publish(found, options.out)


if __name__ == "__main__":
    main()
