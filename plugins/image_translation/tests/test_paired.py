"""What each paired problem keeps, adds and leaves alone."""

import numpy as np
import pytest
import tensorflow as tf
from lab_image_translation import augment, degradations
from lab_tensorflow.noise import Noise


def picture(height=30, width=41, seed=0):
    grid = np.random.default_rng(seed).integers(0, 256, (height // 6 + 1, width // 6 + 1, 3)).repeat(6, 0).repeat(6, 1)
    return grid[:height, :width].astype(np.uint8)


@pytest.fixture(scope="module")
def models(trainer):
    cache = {}

    def make(task, *overrides):
        key = (task, *overrides)
        if key not in cache:
            cache[key] = trainer(task, *overrides).model()
        return cache[key]

    return make


def applied(model, image, **options):
    (made,) = model.apply([image], model.options(**options))
    return made


def test_untrained_super_resolution_is_bicubic_enlargement(models):
    """The network adds nothing at first. Pillow clips overshoots between its passes: the colours stay away from the ends."""
    image = (80 + picture() / 4).astype(np.uint8)
    made = applied(models("superres-photos-x3"), image)
    assert made.shape == (90, 123, 3)
    assert np.abs(made.astype(int) - degradations.enlarge(image, 3)).max() <= 1


def test_untrained_denoising_changes_nothing(models):
    assert np.array_equal(applied(models("denoise-photos"), picture()), picture())


def test_inpainting_leaves_everything_outside_the_hole(models):
    image = picture()
    mask = degradations.square_hole(*image.shape[:2], 0.3)
    blank = degradations.blank(image, mask)
    model = models("inpaint-photos")
    made = applied(model, blank)
    assert np.array_equal(made[~mask], image[~mask])
    assert not np.array_equal(made[mask], blank[mask])
    assert np.array_equal(applied(model, image, hole="centre")[~mask], image[~mask])


def test_inpainting_starts_from_what_is_around_the_hole_in_images_of_any_size(models):
    """A hole three times as large as those of training is filled twice as closely as by the mean colour of the image."""
    rows, columns = np.mgrid[0:120, 0:160]
    image = np.stack([columns, 255 - columns, 2 * rows], -1).astype(np.uint8)
    mask = degradations.square_hole(*image.shape[:2], 0.5)
    made = applied(models("inpaint-photos"), degradations.blank(image, mask))
    error, mean_error = (np.abs(fill - image[mask]).mean() for fill in (made[mask].astype(float), image[~mask].mean(0)))
    assert error < 0.5 * mean_error


def test_colourisation_keeps_the_lightness_and_reads_grey_and_colour_alike(models):
    image = np.full((20, 33, 3), 128, np.uint8)
    model = models("colorize-photos")
    from_colour, from_grey = applied(model, image), applied(model, image[..., :1])
    assert np.array_equal(from_colour, from_grey)
    assert from_colour.shape == (20, 33, 3)


def test_local_colours_start_at_grey_and_follow_the_saturation(models):
    image, model = picture(), models("colorize-photos", "network=local")
    grey = applied(model, image)
    assert np.ptp(grey.astype(int), axis=-1).max() <= 1
    model.networks["generator"].get_layer("colours").bias.assign([0.2, 0.1])
    full, half, none = (
        degradations.split_lab(applied(model, grey, saturation=share))[1].astype(float).mean((0, 1)) for share in (1.0, 0.5, 0.0)
    )
    assert full == pytest.approx([22, 11], abs=3)  # of 110; fewer where sRGB ends
    assert half == pytest.approx([11, 5.5], abs=1)
    assert none == pytest.approx([0, 0], abs=0.5)
    for side in (17, 40, 9):  # the compiled network takes sizes that change
        assert applied(model, picture(side, side + 3)).shape == (side, side + 3, 3)


def test_an_untrained_colouriser_with_tones_gives_the_tone_curve(trainer, baseline):
    made, curve = trainer("colorize-satellite", "limit=0").model(), baseline("tones-satellite")
    grey = np.linspace(20, 220, 32).astype(np.uint8)[None, :, None].repeat(32, 0)
    (expected,) = curve.apply([grey], None)
    assert np.abs(applied(made, grey).astype(int) - expected).max() <= 1
    assert np.ptp(expected.astype(int), axis=-1).max() > 10


def test_the_tone_curve_is_the_median_colour_and_doubtful_colours_are_paler():
    from lab_image_translation.paired.tones import fit, tone_curve

    lightness = np.full((1, 8, 8, 1), 100, np.uint8)
    red, green = (np.tile(np.array(colour, np.int8), (1, 8, 8, 1)) for colour in ((40, 20), (-40, 20)))
    curve = tone_curve(lightness.ravel(), red.reshape(-1, 2))
    assert curve[100] == pytest.approx([40, 20], abs=3)  # the next level is grey
    assert curve[250] == pytest.approx([0, 0])  # no pixel is so light
    agreed, disputed = fit([(lightness, red)] * 4), fit([(lightness, red), (lightness, green)] * 2)
    assert agreed[1] == 1
    assert disputed[1] < 0.6  # a + -40 says nothing about an image that was left out, b = 20 does


def test_pix2pix_repeats_with_its_seed_and_differs_with_another(models):
    model, image = models("pix2pix-icons"), picture()[..., :1]
    one, same, other = (applied(model, image, seed=seed) for seed in (1, 1, 2))
    assert one.shape == (30, 41, 3)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(applied(model, image, dropout=False, seed=1), applied(model, image, dropout=False, seed=2))


def test_a_result_does_not_depend_on_the_images_beside_it(models):
    model = models("pix2pix-icons")
    images = [picture(seed=seed)[..., :1] for seed in range(3)]
    together = list(model.apply(images, model.options()))
    assert np.abs(together[1].astype(int) - applied(model, images[1])).max() <= 1


def test_masks_are_black_and_white(models):
    assert set(np.unique(applied(models("segment-icons"), picture()))) <= {0, 255}


def test_an_icons_mask_is_filled_inside():
    from lab_image_translation.paired.composites import icon_mask

    icon = np.full((9, 9, 3), 255, np.uint8)
    icon[2:7, 2:7] = 0
    icon[4, 4] = 255  # white inside
    mask = icon_mask(icon)
    assert mask.sum() == 25
    assert mask[4, 4]


def test_small_and_large_crops_show_the_same_place():
    small = tf.reshape(tf.range(2 * 8 * 8, dtype=tf.float32), (2, 8, 8, 1))
    large = tf.repeat(tf.repeat(small, 3, 1), 3, 2)
    a, b = augment.crop_aligned(small, large, 4, 3, Noise(1, 0))
    assert a.shape == (2, 4, 4, 1)
    assert np.array_equal(b.numpy()[:, ::3, ::3], a.numpy())


def test_orientations_are_the_same_in_every_group():
    images = tf.reshape(tf.range(64 * 9, dtype=tf.float32), (64, 3, 3, 1))
    a, b = augment.turned(Noise(1, 0), images, images + 1000)
    assert np.array_equal(a.numpy() + 1000, b.numpy())
    kinds = {tuple((one - one.min()).ravel()) for one in a.numpy()}
    assert len(kinds) == 8


def test_training_pairs_of_super_resolution_are_those_that_scores_use(trainer):
    """The small half of a stored pair is the shrunk large one (away from its border, where the whole photograph counted)."""
    problem = trainer("superres-photos-x3").problem
    columns = problem.columns("train")
    place = len(columns["low"]) // 2
    expected = degradations.shrink(columns["target"][place], 3)
    inside = np.s_[3:-3, 3:-3]
    assert np.abs(columns["low"][place][inside].astype(int) - expected[inside]).max() <= 1


def test_the_learner_without_a_discriminator_has_none(trainer):
    assert set(trainer("pix2pix-icons-l1").learner.networks) == {"generator"}
    assert set(trainer("pix2pix-icons").learner.networks) == {"generator", "discriminator"}


def test_the_mean_over_orientations_is_the_mean_over_turned_filters():
    """For a linear network: filtering the eight orientations and turning back is one filter, the mean of its orientations."""
    from lab_image_translation.paired.detail import over_orientations
    from scipy.ndimage import correlate

    rng = np.random.default_rng(0)
    kernel, image = rng.normal(size=(3, 3)), rng.normal(size=(9, 14))

    def filtered(images):
        return np.stack([correlate(one[..., 0], kernel, mode="constant")[..., None] for one in images])

    turned = [np.rot90(one, turns) for one in (kernel, kernel[:, ::-1]) for turns in range(4)]
    expected = correlate(image, np.mean(turned, axis=0), mode="constant")
    assert np.allclose(over_orientations(filtered, image[None, ..., None])[0, ..., 0], expected)


def test_super_resolution_averages_orientations_on_request(models):
    model = models("superres-photos-x3")
    model.networks["generator"].layers[-2].kernel.assign_add(0.01 * np.random.default_rng(0).normal(size=(3, 3, 4, 9)))
    image = picture()
    one, both = applied(model, image), applied(model, image, ensemble="yes")
    assert one.shape == both.shape
    assert not np.array_equal(one, both)
    flipped = applied(model, np.ascontiguousarray(image[:, ::-1]), ensemble="yes")[:, ::-1]
    assert np.abs(both.astype(int) - flipped).max() <= 1
