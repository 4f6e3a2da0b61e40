"""The real side of a score is what the training saw."""

from pathlib import Path

import numpy as np
import pytest
from lab_datasets.loading import load_columns
from lab_metrics.images.pictures import pictures
from PIL import Image


@pytest.mark.parametrize("crop", ["centre", "stretch", "pad"])
def test_real_images_are_cropped_as_the_training_images_were(tmp_path: Path, crop: str) -> None:
    for number in range(10):
        pixels = np.full((16, 40, 3), number, np.uint8)
        pixels[:, :4] = 255
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    reference = str(tmp_path) if crop == "centre" else f"{tmp_path}::crop={crop}"
    expected = load_columns(str(tmp_path), "all", size=16, crop=crop)["image"]
    assert np.array_equal(pictures(reference, "all", (16, 16, 3)), expected)
    if crop != "centre":
        assert not np.array_equal(pictures(str(tmp_path), "all", (16, 16, 3)), expected)
