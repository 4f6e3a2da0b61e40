"""One image is fitted as the images of a folder and of a registered set are."""

import numpy as np
import pytest
from lab_datasets.fitting import fit_one, fitted
from lab_datasets.loading import Options, load_columns
from PIL import Image

PHOTO = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


@pytest.mark.parametrize("crop", ["centre", "stretch", "pad"])
@pytest.mark.parametrize("colour", ["grey", "colour"])
def test_one_image_is_fitted_as_a_folders_are(tmp_path, crop, colour):
    grey = np.asarray(Image.fromarray(PHOTO).convert("L"))
    original = grey[..., None] if colour == "grey" else PHOTO
    for number in range(8):
        Image.fromarray(grey if colour == "grey" else PHOTO).save(tmp_path / f"{number}.png")
    (found, *_) = load_columns(tmp_path, "all", size=24, crop=crop, colour=colour)["image"]
    np.testing.assert_array_equal(fit_one(original, 24, channels=found.shape[-1], crop=crop), found)


def test_one_square_image_is_fitted_as_a_registered_sets_are():
    square = PHOTO[:, :40]
    expected = fitted(square[None], Options(size=24, colour="colour"))[0]
    np.testing.assert_array_equal(fit_one(square, 24, channels=3), expected)


def test_channels_are_made_as_asked():
    assert fit_one(PHOTO, 24, channels=1).shape == (24, 24, 1)
    np.testing.assert_array_equal(
        fit_one(PHOTO[:, :, :1], 24, channels=3)[..., 0], fit_one(PHOTO[:, :, :1], 24, channels=1)[..., 0]
    )
