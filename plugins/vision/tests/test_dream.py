"""Dreams raise what they are asked to raise; the pyramid is exact; memory doesn't depend on the size."""

import numpy as np
import pytest
from lab_tensorflow.runtime import start
from PIL import Image

from lab_core.config import from_dict
from lab_core.errors import LabError, UsageError

tf = start()

from lab_vision.dream import ascent  # noqa: E402
from lab_vision.dream.config import DreamConfig, DreamOptions  # noqa: E402
from lab_vision.dream.film import enlarged  # noqa: E402
from lab_vision.dream.model import DreamModel  # noqa: E402

MODEL = DreamModel.ready(DreamConfig(), device="cpu")
PHOTO = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def options(**settings):
    return from_dict(DreamOptions, {"layer": "conv2_1", "octaves": 1, "iterations": 6, **settings})


@pytest.mark.parametrize("shape", [(64, 64), (33, 50)])
@pytest.mark.parametrize("levels", [1, 4])
def test_merging_a_split_image_gives_the_image(shape, levels):
    image = tf.constant(np.random.default_rng(1).normal(size=(1, *shape, 3)).astype(np.float32))
    np.testing.assert_allclose(ascent.merge(ascent.split(image, levels)), image, atol=1e-5)


def strengths(image):
    return [float(tf.sqrt(tf.reduce_mean(part**2))) for part in ascent.split(tf.constant(image[None]), 3)]


def test_balancing_brings_coarse_and_fine_parts_of_a_gradient_to_like_strength():
    image = np.random.default_rng(1).normal(size=(64, 64, 3)).astype(np.float32)
    image[:32] += 100  # one strong coarse structure
    before, after = strengths(image), strengths(ascent.balanced(image, 3))
    assert max(before) > 4 * min(before)
    assert max(after) < 2 * min(after)


@pytest.mark.parametrize(
    "settings",
    [{}, {"objective": "mean", "channels": (3, 5)}, {"laplacian": 3}, {"image_class": 954, "step": 0.5}],
    ids=["squared layer", "two channels", "laplacian", "banana"],
)
def test_the_score_rises(settings):
    scores = [score for _, score in MODEL.ascent(PHOTO, options(**settings))]
    assert scores[-1] > scores[0]


def test_a_photo_keeps_its_size_and_detail_through_all_octaves():
    found = MODEL.dream(PHOTO, options(octaves=3, octave_scale=1.2, iterations=1, step=0.01))
    assert found.shape == PHOTO.shape
    assert np.abs(found.astype(int) - PHOTO).mean() < 2


def test_gradients_are_the_same_in_tiles_where_the_score_is_local():
    whole, tiled = (ascent.Gradient(lambda x: tf.reduce_sum(x**2), tile) for tile in (512, 64))
    image = np.random.default_rng(0).uniform(0, 255, (100, 150, 3)).astype(np.float32)
    for gradient in (whole, tiled):
        np.testing.assert_allclose(gradient(image, np.random.default_rng(3))[0], 2 * image, rtol=1e-5)


def test_tiles_cover_every_pixel_once():
    for length in (10, 64, 95, 96, 97, 128, 500):
        covered = [place for span in ascent._spans(length, 64) for place in range(span.start, span.stop)]
        assert covered == list(range(length))


def test_the_same_seed_dreams_the_same_image_from_noise():
    first, again = (next(MODEL.sample(1, seed=4, options=options(size=40))) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (40, 40, 3)


def test_what_is_not_there_is_named():
    with pytest.raises(UsageError, match="conv5_3"):
        MODEL.dream(PHOTO, options(layer="conv5_4"))
    with pytest.raises(UsageError, match="conv2_1 has channels 0 to 127"):
        MODEL.dream(PHOTO, options(channels=(128,)))
    with pytest.raises(UsageError, match="0 to 999"):
        options(image_class=1000)
    with pytest.raises(LabError, match="too small"):
        MODEL.dream(PHOTO[:20], options())


def test_layers_are_found_under_kerass_names_and_in_efficientnet():
    found = MODEL.dream(PHOTO, options(layer="block1_conv2", iterations=1))
    np.testing.assert_array_equal(found, MODEL.dream(PHOTO, options(layer="conv1_2", iterations=1)))
    scores = [score for _, score in MODEL.ascent(PHOTO, options(layer="lite0/block_2_expand_relu", iterations=4))]
    assert scores[-1] > scores[0]
    with pytest.raises(UsageError, match="lite0/block_2_expand_relu"):
        MODEL.dream(PHOTO, options(layer="lite0/block_2_expand_rel"))


def test_the_middle_stays_where_it_is_when_a_frame_is_enlarged():
    image = np.zeros((41, 61, 3), np.float32)
    image[20, 30] = 100
    image[20, 40] = 50  # ten pixels to the right of the middle: fifteen after the enlargement
    grown = enlarged(image, 1.5)
    assert np.unravel_index(grown[..., 0].argmax(), (41, 61)) == (20, 30)
    assert np.abs(np.argwhere(grown[:, 38:, 0] > 25)[:, 1] + 38 - 45).max() <= 1


def test_films_hold_every_step_of_the_ascent_or_every_frame_of_a_zoom(tmp_path):
    MODEL.dream(PHOTO, options(iterations=3, film=str(tmp_path / "ascent.gif")))
    MODEL.dream(PHOTO, options(iterations=1, film=str(tmp_path / "zoom.gif"), zoom=1.1, frames=4))
    for name, frames in (("ascent", 3), ("zoom", 4)):
        with Image.open(tmp_path / f"{name}.gif") as film:
            assert film.size == (64, 48)
            assert getattr(film, "n_frames", 1) == frames


@pytest.mark.parametrize("settings", [{"film": "dream.txt"}, {"zoom": 1.5}])
def test_a_film_needs_a_name_that_says_its_kind(settings):
    with pytest.raises(UsageError, match=r"\.gif|film="):
        options(**settings)
