"""Processor seconds of MTCNN a photograph, on those that ship, scaled to one longer side; what it finds on each.

uv run python plugins/vision/tools/mtcnn_rate.py [PIXELS]
"""

import sys
import time

import numpy as np
from lab_datasets import load
from lab_vision.faces.model import FaceDetector
from PIL import Image


def main() -> None:
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    photos = [photo for split in ("train", "validation", "test") for photo in load("photos", split).images]
    images = []
    for photo in photos:
        scale = side / max(photo.shape[:2])
        size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
        images.append(np.asarray(Image.fromarray(photo).resize(size)))
    model = FaceDetector()
    list(model.apply(images, model.options()))  # compiles
    began = time.process_time()
    found = list(model.apply(images, model.options()))
    print(f"{len(images)} photographs of {side} pixels: {(time.process_time() - began) / len(images):.2f} CPU seconds each")
    print(f"scores: {[[round(score, 2) for score in one.scores] for one in found]}")


if __name__ == "__main__":
    main()
