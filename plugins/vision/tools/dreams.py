"""Draw docs/images/deep-dream.jpg, and print how long each dream took and what its score did.

uv run python plugins/vision/tools/dreams.py docs/images/deep-dream.jpg
"""

import sys
import time
from pathlib import Path

import numpy as np
from lab_datasets.loading import load_columns
from lab_vision.dream.config import DreamConfig, DreamOptions
from lab_vision.dream.model import DreamModel, to_bytes
from PIL import Image, ImageDraw

from lab_core.config import from_dict
from lab_core.items.lettering import font

SIDE, LINE = 240, 18
PHOTO = {"iterations": 8, "octaves": 3}
NOISE = {"iterations": 10, "octaves": 3, "size": SIDE}
DREAMS = [
    ("photo", None),
    ("conv3_2", {**PHOTO, "layer": "conv3_2"}),
    ("conv4_2", {**PHOTO, "layer": "conv4_2"}),
    ("conv5_1", {**PHOTO, "layer": "conv5_1"}),
    ("conv4_3, channels 139 and 99", {**PHOTO, "layer": "conv4_3", "channels": (139, 99), "objective": "mean"}),
    ("class banana", {**PHOTO, "image_class": 954}),
    ("noise, conv4_2, channel 7", {**NOISE, "layer": "conv4_2", "channels": (7,), "objective": "mean"}),
    ("the same, laplacian=4", {**NOISE, "layer": "conv4_2", "channels": (7,), "objective": "mean", "laplacian": 4}),
]


def main() -> None:
    model = DreamModel.ready(DreamConfig(), device="cpu")
    dogs = load_columns("photos", "test", kind="images", fit=False)["image"][1]
    side = min(dogs.shape[:2])
    photo = np.asarray(Image.fromarray(dogs).crop((0, 0, side, side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    across = 4
    sheet = Image.new("RGB", (across * SIDE, -(-len(DREAMS) // across) * (SIDE + LINE)), "white")
    pen, letters = ImageDraw.Draw(sheet), font(13)
    for number, (title, settings) in enumerate(DREAMS):
        picture = photo
        if settings is not None:
            options = from_dict(DreamOptions, settings)
            start = np.random.default_rng(0).uniform(100, 101, (SIDE, SIDE, 3)) if "noise" in title or "same" in title else photo
            began = time.perf_counter(), time.process_time()
            steps = list(model.ascent(start, options))
            wall, used = time.perf_counter() - began[0], time.process_time() - began[1]
            picture = to_bytes(steps[-1][0])
            last = [score for image, score in steps if image.shape[:2] == (SIDE, SIDE)]
            print(f"{title}: {used:.1f} s of processor, {wall:.1f} s wall, {len(steps)} steps", flush=True)
            print(f"    score at the last size: {last[0]:.4g} -> {last[-1]:.4g}", flush=True)
        left, top = number % across * SIDE, number // across * (SIDE + LINE)
        sheet.paste(Image.fromarray(picture), (left, top))
        pen.text((left + 4, top + SIDE + 1), title, "black", letters)
    sheet.save(Path(sys.argv[1]), quality=88)


if __name__ == "__main__":
    main()
