"""Measure what putting an image back together costs without a network: the anchors of ``reconstruction/...``.

    uv run plugins/metrics/tools/reconstruction_ladder.py mnist --out plugins/metrics/results/reconstruction-mnist.json

Principal components are those of the train split; errors are of the whole test split, results rounded to whole pixel values as
a model's are.
"""

import argparse
import shlex
import sys
from pathlib import Path

import msgspec
import numpy as np
from lab_datasets import load
from lab_metrics.images.arrays import unit
from lab_metrics.images.fidelity import psnr, squared_error, ssim

COMPONENTS = (0, 2, 16, 32, 64)  # 0: the mean image; 16: as many numbers as the source's autoencoder keeps


def rows(data: str) -> dict[str, dict[str, float]]:
    train, test = (unit(np.asarray(load(data, split)[0])) for split in ("train", "test"))
    flat = train.reshape(len(train), -1).astype(np.float64)
    mean = flat.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(flat, rowvar=False))  # ascending
    centred = test.reshape(len(test), -1) - mean
    found: dict[str, dict[str, float]] = {}
    for count in COMPONENTS:
        kept = vectors[:, len(mean) - count :]
        made = np.clip(mean + centred @ kept @ kept.T, 0, 1).reshape(test.shape)
        made = np.round(made * 255) / 255
        name = f"{count} principal components" if count else "mean image"
        found[name] = {
            "mse": float(squared_error(made, test).mean()),
            "psnr": float(psnr(made, test).mean()),
            "ssim": float(ssim(made, test).mean()),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--out", type=Path, help="keep the figures as JSON")
    options = parser.parse_args()
    found = rows(options.data)
    print("| what | squared error | PSNR | SSIM |\n| --- | ---: | ---: | ---: |")
    for name, row in found.items():
        print(f"| {name} | {row['mse']:.4f} | {row['psnr']:.2f} | {row['ssim']:.3f} |")
    if options.out:
        document = {"data": options.data, "command": shlex.join(["uv", "run", *sys.argv]), "rows": found}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


if __name__ == "__main__":
    main()
