"""Choose the saturation of a colourisation task: train with one photograph left out at a time, and look at that one.

    uv run python plugins/image_translation/tools/saturation.py colorize-photos [--set KEY=VALUE ...] [--out FILE]

Prints, for each factor on the predicted colours, the gain over grey in decibels (of a and b, on squares of 192 pixels of the
photograph that was left out) and the share of its chroma that is kept: means over the photographs. Test images aren't used.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from lab_image_translation.degradations import split_lab
from lab_image_translation.held_out import CROP
from lab_image_translation.paired.learner import PairedLearner
from lab_image_translation.paired.tones import ROUNDING, SHARES
from lab_image_translation.sources import cut, load_images
from lab_tensorflow.noise import Noise
from lab_tensorflow.runtime import start

from lab_core.config import resolve
from lab_core.imports import load_object
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type


def trained(problem: Any, config: Any, photographs: list[Any], seed: int) -> Any:
    """The colours of squares of lightness by a network that learnt from ``photographs``."""
    import tensorflow as tf

    learner = PairedLearner(config, problem, precision="float32", seed=seed)
    lightness, ab = (np.concatenate([one[part] for one in photographs]) for part in (0, 1))
    rng = np.random.default_rng(seed)

    @tf.function
    def update(lightness: Any, ab: Any, step: Any) -> None:
        learner.update(problem.example({"lightness": lightness, "ab": ab}, Noise(seed, step)), step)

    for step in range(config.steps):
        places = rng.integers(0, len(lightness), config.batch_size)
        update(tf.constant(lightness[places]), tf.constant(ab[places]), tf.constant(step))
    network = tf.function(lambda batch: problem.run(learner.generator, batch, None, training=False), reduce_retracing=True)

    def colours(squares: Any) -> Any:
        parts = (squares[begin : begin + 8].astype(np.float32) / 127.5 - 1 for begin in range(0, len(squares), 8))
        return np.concatenate([110 * network({"input": tf.constant(part)}).numpy() for part in parts])

    return colours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    start(device="cpu", threads=1)
    task = discover()[0].task(options.task)
    config = resolve(config_type(task), task.preset("default"), overrides=options.overrides)
    problem: Any = load_object(task.model, what=task.id).problem_type(config, {"inputs": 1, "outputs": 2, "channels": 3})
    photographs = [split_lab(cut([one], CROP)) for one in load_images(config, "train")]
    gains: list[Any] = []
    chromas: list[float] = []
    for left in range(len(photographs)):
        colours = trained(problem, config, [one for place, one in enumerate(photographs) if place != left], options.seed)
        made, target = colours(photographs[left][0]), photographs[left][1].astype(np.float64)
        error = np.stack([2 * ((share * made - target) ** 2).mean((1, 2, 3)) for share in SHARES], -1)
        gains.append((10 * np.log10((error[:, :1] + ROUNDING) / (error + ROUNDING))).mean(0))
        chromas.append(float(np.linalg.norm(made, axis=-1).mean() / np.linalg.norm(target, axis=-1).mean()))
        print(f"photograph {left + 1} of {len(photographs)}: gain {gains[-1][-1]:.2f} dB, chroma {chromas[-1]:.2f}", flush=True)
    rows = [
        {
            "saturation": float(share),
            "gain_dB": round(float(gain), 3),
            "chroma_kept": round(float(share) * float(np.mean(chromas)), 2),
        }
        for share, gain in zip(SHARES, np.mean(gains, axis=0), strict=True)
    ]
    print("\n".join(f"{row['saturation']:.2f}  {row['gain_dB']:+.2f} dB  chroma {row['chroma_kept']:.2f}" for row in rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
