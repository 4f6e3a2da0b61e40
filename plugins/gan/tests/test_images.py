"""The images that a config makes of a data set."""

import numpy as np
import pytest
from lab_gan.config import GanConfig
from lab_gan.images import load_images
from PIL import Image

from lab_core.config import resolve
from lab_core.errors import UsageError


@pytest.mark.parametrize(("data", "name"), [("mnist", "7"), ("fashion-mnist", "Sneaker")])
def test_embedded_sets_keep_their_training_split_and_classes(config, data, name):
    from lab_datasets import load

    images = load_images(config("dcgan-mnist", f"data={data}"))
    assert images.shape == (28, 28, 1)
    assert len(images.classes) == 10
    assert images.classes[7].lower().startswith(name.lower())
    assert np.array_equal(images.pixels, load(data, "train")[0])
    assert images.labels.dtype == np.int32


def test_size_and_channels_are_what_was_asked_for(config):
    images = load_images(config("dcgan-mnist", "size=32", "colour=colour"), "validation")
    assert images.shape == (32, 32, 3)
    assert (images.pixels[..., 0] == images.pixels[..., 2]).all()
    plain = load_images(config("dcgan-mnist"), "validation")
    assert images.pixels[:50].mean() == pytest.approx(plain.pixels[:50].mean(), rel=0.03)


@pytest.fixture
def faces(tmp_path):
    """Pictures 120 x 96, red in the central square and blue at the sides, in two class folders."""
    for name, count in (("cat", 3), ("dog", 2)):
        (tmp_path / name).mkdir()
        for number in range(count):
            pixels = np.zeros((96, 120, 3), np.uint8)
            pixels[:, :12], pixels[:, 12:108], pixels[:, 108:] = (0, 0, 255), (255, 0, 0), (0, 0, 255)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    return tmp_path


def test_a_folder_is_cut_at_the_centre_and_its_folders_are_its_classes(config, faces):
    """The book's way with its own pictures: the central 96 x 96, then 48 x 48."""
    images = load_images(config("dcgan-mnist", f"data={faces}", "size=48", "crop=centre"))
    assert images.shape == (48, 48, 3)
    assert images.classes == ("cat", "dog")
    assert sorted(images.labels) == [0, 0, 0, 1, 1]
    assert (images.pixels[..., 0] > 200).all()
    assert (images.pixels[..., 2] < 60).all()
    stretched = load_images(config("dcgan-mnist", f"data={faces}", "size=48", "crop=stretch"))
    assert (stretched.pixels[:, :, 0, 2] > 200).all()


def test_a_folder_can_be_grey(config, faces):
    images = load_images(config("dcgan-mnist", f"data={faces}", "size=28", "colour=grey"))
    assert images.shape == (28, 28, 1)
    assert images.pixels.mean() == pytest.approx(0.299 * 255, abs=2)


def test_texts_are_refused(config):
    with pytest.raises(UsageError, match="images are expected"):
        load_images(config("dcgan-mnist", "data=austen"))


def test_pairs_give_their_pictures_not_their_captions():
    found = load_images(resolve(GanConfig, overrides=["data=icons", "size=32"]))
    assert found.shape == (32, 32, 3)
    assert found.classes == ()
