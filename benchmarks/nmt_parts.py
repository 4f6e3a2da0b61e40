"""Where the time of one update of a translator goes, and how far it is from what a core could do.

    uv run python benchmarks/nmt_parts.py [--units 256] [--batch 64] [--json FILE]

The networks and sizes of benchmarks/nmt.py in float32. Counts the floating-point operations of the matrix products of one update,
forward and for both gradients; measures, on one core, the best product, each product alone, and the update itself. A product of a
recurrent network that waits for the step before has the batch as its rows, and that shape says how fast it can be in any
program. Rates are per second of processor time of one thread, so that other work on the machine counts for little.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start
from rates import peak, seconds

SOURCE, TARGET, WORDS = 20, 22, 2000  # tokens of a sentence and of the vocabulary
LAYERS, HEADS, HIDDEN = 3, 4, 512  # of the Transformer


@dataclass(frozen=True)
class Product:
    """A product [rows, inputs] x [inputs, outputs] that an update does ``times`` times.

    ``steps``: it and the gradient of its input are done once for each step of a sequence, with the batch as rows; the gradient of
    its kernel is one product over all steps.
    """

    name: str
    rows: int
    inputs: int
    outputs: int
    times: int = 1
    steps: int = 1

    @property
    def flop(self) -> float:
        """Of the product and both gradients."""
        return 6.0 * self.rows * self.inputs * self.outputs * self.steps * self.times


def lstm(units: int, batch: int) -> list[Product]:
    """A bidirectional encoder layer, two decoder layers with input feeding, Luong's attention."""
    return [
        Product("encoder: words", batch * SOURCE, units, 4 * units, times=2),
        Product("encoder: state", batch, units, 4 * units, times=2, steps=SOURCE),
        Product("attention: keys", batch * SOURCE, 2 * units, units),
        Product("decoder: words", batch * TARGET, units, 4 * units),
        Product("decoder: state and input", batch, 2 * units, 4 * units, times=2, steps=TARGET),
        Product("decoder: attention layer", batch, 3 * units, units, steps=TARGET),
        Product("logits", batch * TARGET, units, WORDS),
    ]


def transformer(units: int, batch: int) -> list[Product]:
    """Encoder and decoder of three layers each; the products of attention itself are among the rest."""
    return [
        Product("encoder: projections", batch * SOURCE, units, units, times=4 * LAYERS),
        Product("encoder: feed-forward, up", batch * SOURCE, units, HIDDEN, times=LAYERS),
        Product("encoder: feed-forward, down", batch * SOURCE, HIDDEN, units, times=LAYERS),
        Product("decoder: projections of the source", batch * SOURCE, units, units, times=2 * LAYERS),
        Product("decoder: projections", batch * TARGET, units, units, times=6 * LAYERS),
        Product("decoder: feed-forward, up", batch * TARGET, units, HIDDEN, times=LAYERS),
        Product("decoder: feed-forward, down", batch * TARGET, HIDDEN, units, times=LAYERS),
        Product("logits", batch * TARGET, units, WORDS),
    ]


def alone(tf: Any, one: Product) -> float:
    """Processor seconds of all of a product's calls in one update, measured without anything around them."""
    many = one.rows * one.steps
    x, kernel, dy = (
        tf.random.normal(shape) for shape in ((one.rows, one.inputs), (one.inputs, one.outputs), (one.rows, one.outputs))
    )
    every_x, every_dy = tf.random.normal((many, one.inputs)), tf.random.normal((many, one.outputs))
    forward = seconds(tf, tf.matmul, x, kernel)
    backward = seconds(tf, lambda a, b: tf.matmul(a, b, transpose_b=True), dy, kernel)
    gradient = seconds(tf, lambda a, b: tf.matmul(a, b, transpose_a=True), every_x, every_dy)
    return one.times * (one.steps * (forward + backward) + gradient)


def update_seconds(tf: Any, kind: str, units: int, batch: int, rounds: int = 15) -> float:
    """Processor seconds of one update as training makes them: the least over some calls."""
    from lab_seq2seq.config import RecurrentConfig, TransformerConfig
    from lab_seq2seq.learner import TranslationLearner
    from lab_seq2seq.networks.build import build

    from lab_core.config import resolve

    settings = {"units": units, "steps": 10**9, "dropout": 0.3, "label_smoothing": 0.1}
    if kind == "transformer":
        config = resolve(TransformerConfig, settings, {"layers": LAYERS, "heads": HEADS, "hidden": HIDDEN})
    else:
        config = resolve(RecurrentConfig, {**settings, "output_dropout": 0.3})
    learner = TranslationLearner(config, build(config, WORDS, WORDS), seed=0)
    rng = np.random.default_rng(0)
    tokens = {
        name: tf.constant(rng.integers(4, WORDS, (batch, size)), tf.int32)
        for name, size in (("source", SOURCE), ("target", TARGET))
    }
    update = tf.function(lambda step: learner.update(tokens, step)["loss"])
    found = []
    for number in range(rounds):
        begin = time.process_time()
        update(tf.constant(number)).numpy()
        found.append(time.process_time() - begin)
    return min(found[3:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    tf = start(threads=1)
    roof = peak(tf, "float32")
    print(f"best product: {roof / 1e9:.0f} GFLOP a second and core")
    report: dict[str, Any] = {"units": options.units, "batch": options.batch, "peak_gflops": roof / 1e9}
    for kind, products in (("lstm", lstm), ("transformer", transformer)):
        found = [(one, alone(tf, one)) for one in products(options.units, options.batch)]
        busy = update_seconds(tf, kind, options.units, options.batch)
        flop, products_seconds = sum(one.flop for one, _ in found), sum(taken for _, taken in found)
        print(f"\n{kind}: {options.batch * TARGET / busy:,.0f} target words a second of processor time")
        for one, taken in found:
            print(f"{one.name:36}{one.flop / 1e6:8.0f} MFLOP {1e3 * taken:7.1f} ms {one.flop / taken / roof:6.0%}")
        rest = 1e3 * (busy - products_seconds)
        print(f"{'everything else':36}{'':8}       {rest:7.1f} ms")
        print(f"{'one update':36}{flop / 1e6:8.0f} MFLOP {1e3 * busy:7.1f} ms {flop / busy / roof:6.0%}")
        report[kind] = {
            "products": [{**asdict(one), "flop": one.flop, "seconds": taken} for one, taken in found],
            "update_seconds": busy,
            "share_of_peak": flop / busy / roof,
        }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
