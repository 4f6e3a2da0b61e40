"""Measure what known cases score: the ladder on which the scores of models are read.

    uv run plugins/metrics/tools/ladder.py mnist --out plugins/metrics/results/ladder-mnist.json

Every case is made of real training images that the reference doesn't hold, spoilt in one known way, and is scored exactly
as a model is under ``test-10k``. The memorisation check takes the other training images for what was learnt from; what is
"memorised" repeats some of those.
"""

import argparse
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lab_metrics.images import measure
from lab_metrics.images.arrays import Images, unit
from lab_metrics.images.cas import classification_accuracy
from lab_metrics.images.reference import Reference, Side, reference, seen
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

Case = Callable[[Images, NDArray[Any], np.random.Generator], Images]
MEMORISED = "memorised (a twentieth, 20 times)"
COLUMNS = (
    ("fcd", "FCD", 2),
    ("kid", "KID", 4),
    ("precision", "precision", 3),
    ("recall", "recall", 3),
    ("density", "density", 3),
    ("coverage", "coverage", 3),
    ("swd", "SWD", 4),
    ("classifier_score", "classifier score", 2),
    ("sure", "sure", 3),
    ("class_distance", "class distance", 3),
    ("near_copies", "near copies", 3),
    ("distance_ratio", "distance ratio", 2),
    ("high_frequency", "high frequency", 2),
)


def noisy(deviation: float) -> Case:
    """Normal noise of this deviation on pixels from 0 to 1, cut off at both ends."""

    def make(images: Images, labels: NDArray[Any], rng: np.random.Generator) -> Images:
        return pixels(unit(images) + rng.normal(0, deviation, images.shape))

    return make


def only(wanted: tuple[int, ...]) -> Case:
    """Images of these classes alone, drawn again until there are as many as before."""

    def make(images: Images, labels: NDArray[Any], rng: np.random.Generator) -> Images:
        places = np.flatnonzero(np.isin(labels, wanted))
        return images[rng.choice(places, len(images), replace=len(places) < len(images))]

    return make


def pixels(values: NDArray[Any]) -> Images:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)


CASES: dict[str, Case] = {
    "held-out real": lambda images, labels, rng: images,
    "real + N(0, .1)": noisy(0.1),
    "real + N(0, .3)": noisy(0.3),
    "3x3 blur": lambda images, labels, rng: pixels(uniform_filter(unit(images), size=(1, 3, 3, 1), mode="constant")),
    "two classes missing": only(tuple(range(8))),
    "one class": only((0,)),
    MEMORISED: lambda images, labels, rng: np.repeat(images[: len(images) // 20], 20, axis=0),
    "mean image": lambda images, labels, rng: np.repeat(pixels(unit(images).mean(axis=0, keepdims=True)), len(images), axis=0),
    "uniform noise": lambda images, labels, rng: rng.integers(0, 256, images.shape, dtype=np.uint8),
}


def cases(whole: Reference, count: int, seed: int = 0) -> tuple[Reference, dict[str, Side]]:
    """``count`` images of every case with their features, and the reference without them among its training images."""
    held_out = whole.held_out(count)
    assert held_out.labels is not None
    others = np.setdiff1d(np.arange(len(whole.train_images)), whole.held_out_places(count))
    real = replace(whole, train_images=whole.train_images[others], train_labels=whole.train_labels[others])
    rng = np.random.default_rng(seed)
    made: dict[str, Images] = {}
    for name, case in CASES.items():
        learnt = name == MEMORISED
        images = real.train_images[:count] if learnt else held_out.images
        made[name] = case(images, real.train_labels[:count] if learnt else held_out.labels, rng)
    return real, {name: seen(real.classifier, images) for name, images in made.items()}


def real_lesson(real: Reference, count: int) -> float:
    """The classification accuracy score of ``count`` real images: what a conditional model's is held against."""
    images, labels = real.train_images[:count], real.train_labels[:count]
    assert real.real.labels is not None
    return classification_accuracy(unit(images), labels, unit(real.real.images), real.real.labels)


def table(rows: dict[str, measure.Figures]) -> str:
    """The ladder as a Markdown table."""
    lines = ["| case | " + " | ".join(title for _, title, _ in COLUMNS) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[key]:.{digits}f}" for key, _, digits in COLUMNS) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a data set with a classifier")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path, help="keep the figures as JSON")
    options = parser.parse_args()
    real, sides = cases(reference(options.data, options.split), options.count)
    rows: dict[str, measure.Figures] = {}
    for name, side in sides.items():
        rows[name] = measure.full(real, side)
        print(f"{name:36}FCD {rows[name]['fcd']:.2f}", file=sys.stderr, flush=True)
    print(table(rows))
    taught = real_lesson(real, options.count)
    print(f"Classification accuracy score of {options.count:,} real images: {taught:.4f}")
    if options.out:
        document = {
            "data": options.data,
            "signature": measure.signature(real, options.count),
            "command": shlex.join(["uv", "run", *sys.argv]),
            "classifier": msgspec.to_builtins(real.classifier.card),
            "rows": rows,
            "cas_of_real": taught,
        }
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


if __name__ == "__main__":
    main()
