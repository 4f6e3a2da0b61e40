"""Our MTCNN beside the package that its weights are from, on the shipped photograph of an astronaut: boxes, points, time.

uv run --with mtcnn==1.0.0 python plugins/vision/tools/compare_mtcnn.py
"""

import time

import numpy as np
from lab_datasets import load
from lab_vision.faces.model import FaceDetector
from PIL import Image

SIDES = (300, 448, 512, 800)
POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


def main() -> None:
    from mtcnn import MTCNN

    photos = [photo for split in ("train", "validation", "test") for photo in load("photos", split).images]
    (astronaut,) = [photo for photo in photos if photo.shape == (512, 512, 3)]
    ours, theirs = FaceDetector(), MTCNN()
    options = ours.options(output=0.7)
    for side in SIDES:
        image = np.asarray(Image.fromarray(astronaut).resize((side, side), Image.Resampling.LANCZOS))
        next(ours.apply([image], options))  # compiles
        theirs.detect_faces(image, threshold_onet=0.7)
        began = time.process_time()
        found = next(ours.apply([image], options))
        middle = time.process_time()
        reference = max(theirs.detect_faces(image, threshold_onet=0.7), key=lambda face: face["confidence"])
        ended = time.process_time()
        x, y, width, height = reference["box"]
        box = np.abs(found.corners[0] - (x, y, x + width, y + height)).max()
        points = np.abs(found.points[0] - [reference["keypoints"][name] for name in POINTS]).max()
        print(f"{side} pixels: box within {box:.1f}, points within {points:.1f} pixels;", end=" ")
        print(f"CPU seconds {middle - began:.2f}, the package {ended - middle:.2f}")


if __name__ == "__main__":
    main()
