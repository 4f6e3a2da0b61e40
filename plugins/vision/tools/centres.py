"""Two-dimensional vectors of several runs side by side, and how compact their classes are.

    uv run python plugins/vision/tools/centres.py RUN... --out docs/images/centre-loss-mnist.png [--runs-dir runs]

Each picture: 2,000 validation digits of a run of ``centre-loss-mnist``, which its training never saw. Printed: the compactness
(mean distance to the class's mean, divided by the mean distance between the classes' means) and how often the nearest class
mean is right.
"""

import argparse
from pathlib import Path

import numpy as np
from lab_vision.embedding.data import identities
from lab_vision.embedding.picture import compactness, scatter
from PIL import Image

from lab_app.applying.results import results
from lab_app.runs.target import find_target, open_target
from lab_core.registry.discovery import discover

GAP = 8  # white pixels between pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs-dir", type=Path, default=Path("runs"))
    options = parser.parse_args()
    found = identities("mnist", "validation")
    images, labels = list(found["image"][:2_000]), np.asarray(found["label"][:2_000])
    pictures = []
    for run in options.runs:
        model = open_target(find_target(run, options.runs_dir, discover()[0]), device="cpu")
        vectors = np.stack(list(results(model, images)))  # type: ignore[arg-type]
        means = np.stack([vectors[labels == digit].mean(0) for digit in range(10)])
        nearest = np.linalg.norm(vectors[:, None] - means[None], axis=-1).argmin(1)
        print(f"{run}: compactness {compactness(vectors, labels):.3f}, nearest mean right {np.mean(nearest == labels):.3f}")
        pictures += [scatter(vectors, labels), np.full((480, GAP, 3), 255, np.uint8)]
    Image.fromarray(np.concatenate(pictures[:-1], axis=1)).save(options.out)


if __name__ == "__main__":
    main()
