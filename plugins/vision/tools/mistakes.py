"""Draw the most confident mistakes of a classifier on its test images, and print its confusion matrix (rows: the right class).

    uv run python plugins/vision/tools/mistakes.py RUN --out docs/images/NAME.png --count 16

RUN is a run's folder.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from lab_metrics.labels.confusion import by_class, confusion
from lab_vision.classification.data import labelled_images
from lab_vision.classification.mistakes import mistakes, sheet
from PIL import Image

from lab_core.config import from_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.runs.opening import load_model, prepare
from lab_core.runs.run import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    arguments = parser.parse_args()
    run = Run.open(arguments.run)
    task = discover()[0].task(run.record.task)
    prepare(task, device="cpu", threads=1)
    model: Any = load_model(task, run.model_folder("best"), device="cpu")
    found = labelled_images(from_dict(config_type(task), run.record.config), "test")
    answers = [answer.names[0] for answer in model.apply(iter(found["image"]), model.options())]
    matrix = confusion(found["label"], np.array([found.classes.index(name) for name in answers]), len(found.classes))
    scores, width = by_class(matrix), max(map(len, found.classes)) + 2
    print(" " * width + "".join(f"{name[:9]:>10}" for name in found.classes) + "    recall  precision")
    for name, row, recall, precision in zip(found.classes, matrix, scores.recall, scores.precision, strict=True):
        print(f"{name:<{width}}" + "".join(f"{count:>10,}" for count in row) + f"{recall:>10.3f}{precision:>11.3f}")
    wrong = mistakes(model, found["image"], found["label"], found.classes)
    Image.fromarray(sheet(wrong[: arguments.count])).save(arguments.out)


if __name__ == "__main__":
    main()
