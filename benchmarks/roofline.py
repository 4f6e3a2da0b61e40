"""Where the time of one DQN update goes, and how far it is from what a core could do.

    uv run --group core-tests python benchmarks/roofline.py [--json FILE] [--plot FILE.png]

Counts the floating-point operations of one update of the Nature network from its layers; measures, on one core, the best matrix
product, the memory, every operation of the update alone, and the update itself. All rates are per second of processor time
of one thread, so that other work on the machine counts for little (it still costs cache and memory bandwidth).
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
from lab_tensorflow.runtime import STREAMS, start
from rates import peak, seconds

BATCH, AT_ONCE = 32, 8  # as in training: the target network sees eight batches at once
CONVOLUTIONS = ((84, 4, 8, 4, 32), (20, 32, 4, 2, 64), (9, 64, 3, 1, 64))  # input size and channels, kernel, stride, filters
DENSE = (7 * 7 * 64, 512)
BYTES = {"float32": 4, "bfloat16": 2}


@dataclass
class Operation:
    """One operation of an update, measured alone: ``flop`` and ``bytes`` it must at least do and move, processor ``seconds``."""

    name: str
    flop: float
    bytes: float
    seconds: float


def operations(tf: Any, precision: str) -> list[Operation]:
    """Every large operation of one update of a batch, each measured alone."""
    rng, size, found = np.random.default_rng(0), BYTES[precision], []
    kind = tf.as_dtype(precision)

    def tensor(*shape: int, dtype: Any = kind) -> Any:
        return tf.cast(tf.constant(rng.normal(size=shape).astype(np.float32)), dtype)

    def add(
        name: str, flop: float, function: Callable[..., Any], *arguments: Any, moved: float = 0.0, share: float = 1.0
    ) -> None:
        result = function(*arguments)
        moved = moved or size * sum(float(np.prod(one.shape)) for one in (*arguments, result))
        found.append(Operation(name, flop * share, moved * share, seconds(tf, function, *arguments) * share))

    for number, (side, channels, kernel, stride, filters) in enumerate(CONVOLUTIONS, 1):
        out = (side - kernel) // stride + 1
        flop = 2.0 * BATCH * out * out * filters * kernel * kernel * channels
        weights, strides = tensor(kernel, kernel, channels, filters), [1, stride, stride, 1]
        frames, back = tensor(BATCH, side, side, channels), tensor(BATCH, out, out, filters)
        many = tensor(BATCH * AT_ONCE, side, side, channels)
        forward = lambda x, w, s=stride: tf.nn.conv2d(x, w, s, "VALID")  # noqa: E731
        filter_gradient = lambda x, dy, k=weights.shape, s=strides: tf.raw_ops.Conv2DBackpropFilter(  # noqa: E731
            input=x, filter_sizes=k, out_backprop=dy, strides=s, padding="VALID"
        )
        input_gradient = lambda w, dy, k=frames.shape, s=strides: tf.raw_ops.Conv2DBackpropInput(  # noqa: E731
            input_sizes=k, filter=w, out_backprop=dy, strides=s, padding="VALID"
        )
        add(f"convolution {number}: target", flop * AT_ONCE, forward, many, weights, share=1 / AT_ONCE)
        add(f"convolution {number}: online", flop, forward, frames, weights)
        add(f"convolution {number}: kernel gradient", flop, filter_gradient, frames, back)
        if number > 1:  # frames need no gradient
            add(f"convolution {number}: input gradient", flop, input_gradient, weights, back)
    inputs, units = DENSE
    flop = 2.0 * BATCH * inputs * units
    features, weights, back = tensor(BATCH, inputs), tensor(inputs, units), tensor(BATCH, units)
    add("dense: target", flop * AT_ONCE, tf.matmul, tensor(BATCH * AT_ONCE, inputs), weights, share=1 / AT_ONCE)
    add("dense: online", flop, tf.matmul, features, weights)
    add("dense: kernel gradient", flop, lambda x, dy: tf.matmul(x, dy, transpose_a=True), features, back)
    add("dense: input gradient", flop, lambda w, dy: tf.matmul(dy, w, transpose_b=True), weights, back)
    slots = [tf.Variable(tensor(inputs, units, dtype=tf.float32)) for _ in range(3)]

    def adam(gradient: Any) -> Any:
        tf.raw_ops.ResourceApplyAdam(
            **dict(zip(("var", "m", "v"), (slot.handle for slot in slots), strict=True)),
            **{"beta1_power": 0.9, "beta2_power": 0.9, "lr": 1e-4, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-4},
            grad=gradient,
        )
        return gradient

    count = float(inputs * units)
    add("Adam", 12 * count, adam, tensor(inputs, units, dtype=tf.float32), moved=7 * 4 * count)
    pixels = tf.constant(rng.integers(0, 256, (2 * BATCH, 84, 84, 4), dtype=np.uint8))
    add("frames to numbers", 0, lambda x: tf.cast(x, kind), pixels, moved=(1 + size) * float(np.prod(pixels.shape)))
    if precision == "bfloat16":
        wide = tensor(inputs, units, dtype=tf.float32)
        add("dense weights to bfloat16", 0, lambda x: tf.cast(x, kind), wide, moved=6 * count)
        add("dense gradient to float32", 0, lambda x: tf.cast(x, tf.float32), weights, moved=6 * count)
    return found


def update_seconds(precision: str, rounds: int = 25) -> tuple[float, float]:
    """Processor and wall seconds of one update as training makes them: the least over some calls."""
    from lab_dqn.config import DQNConfig
    from lab_dqn.learner import Learner

    learner = Learner(DQNConfig(batch_size=BATCH), observation_shape=(84, 84, 4), actions=4, precision=precision)
    learner.copy_target()
    rng, shape = np.random.default_rng(0), (AT_ONCE, BATCH)
    first, second = (rng.integers(0, 256, (*shape, 84, 84, 4), dtype=np.uint8) for _ in range(2))
    rest = rng.integers(0, 4, shape).astype(np.int32), np.ones(shape, np.float32), np.full(shape, 0.99, np.float32)
    found = []
    for _ in range(rounds):
        busy, wall = time.process_time(), time.perf_counter()
        learner.updates(first, *rest, second).numpy()
        found.append(((time.process_time() - busy) / AT_ONCE, (time.perf_counter() - wall) / AT_ONCE))
    return min(one[0] for one in found[3:]), min(one[1] for one in found[3:])


def bandwidth(megabytes: int = 256) -> float:
    """Bytes a second of one core that reads and writes memory far larger than its caches."""
    source, target = np.ones(megabytes << 20, np.uint8), np.ones(megabytes << 20, np.uint8)
    found = []
    for _ in range(5):
        begin = time.process_time()
        np.copyto(target, source)
        found.append(time.process_time() - begin)
    return 2.0 * source.nbytes / min(found)


def plot(report: dict[str, Any], path: Path) -> None:
    """The roofline: each operation's rate over the arithmetic it does for a byte."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(12, 4.6), sharey=True, layout="constrained")
    for axis, (precision, part) in zip(axes, report["precisions"].items(), strict=True):
        roof, slope = part["peak_gflops"], report["memory_gigabytes_a_second"]
        reach = np.geomspace(0.2, 2000, 200)
        axis.loglog(reach, np.minimum(roof, slope * reach), color="black", lw=1)
        for kind, colour in (("target", "C0"), ("online", "C2"), ("kernel", "C3"), ("input", "C1"), ("Adam", "C4")):
            these = [one for one in part["operations"] if kind in one["name"] and one["flop"]]
            x = [one["flop"] / one["bytes"] for one in these]
            axis.scatter(x, [one["flop"] / one["seconds"] / 1e9 for one in these], s=28, color=colour, label=kind)
        axis.axhline(part["update_gflops"], color="grey", ls="--", lw=1)
        axis.annotate(f"whole update: {part['share_of_peak']:.0%} of {roof:.0f} GFLOP/s", (0.25, part["update_gflops"] * 1.08))
        axis.set(title=f"{precision}, one core", xlabel="FLOP for each byte moved at least", ylim=(3, 1000))
    axes[0].set_ylabel("GFLOP a second")
    axes[1].legend(title="operation", loc="lower right")
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--plot", type=Path, help="draw the roofline here")
    options = parser.parse_args()
    tf = start(threads=STREAMS, streams=STREAMS, legacy_keras=True)
    report: dict[str, Any] = {"batch": BATCH, "memory_gigabytes_a_second": bandwidth() / 1e9, "precisions": {}}
    print(f"memory: {report['memory_gigabytes_a_second']:.1f} GB a second")
    for precision in BYTES:
        roof, found = peak(tf, precision), operations(tf, precision)
        busy, wall = update_seconds(precision)
        flop = sum(one.flop for one in found if one.name != "Adam")
        print(f"\n{precision}: best product {roof / 1e9:.0f} GFLOP a second and core; an update is {flop / 1e9:.2f} GFLOP")
        for one in found:
            rate = f"{one.flop / one.seconds / roof:6.0%}" if one.flop else "      "
            print(f"{one.name:34}{one.flop / 1e6:8.0f} MFLOP {1e3 * one.seconds:7.3f} ms {rate}  {one.bytes / 1e6:7.1f} MB")
        alone = sum(one.seconds for one in found)
        print(f"{'sum':34}{flop / 1e6:8.0f} MFLOP {1e3 * alone:7.3f} ms")
        print(f"{'one update, processor time':34}{flop / 1e6:8.0f} MFLOP {1e3 * busy:7.3f} ms {flop / busy / roof:6.0%}")
        print(f"{'one update, wall time':34}{'':15}{1e3 * wall:7.3f} ms")
        report["precisions"][precision] = {
            "peak_gflops": roof / 1e9,
            "update_gflop": flop / 1e9,
            "update_gflops": flop / busy / 1e9,
            "share_of_peak": flop / busy / roof,
            "update_processor_seconds": busy,
            "update_wall_seconds": wall,
            "operations": [asdict(one) for one in found],
        }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.plot:
        plot(report, options.plot)


if __name__ == "__main__":
    main()
