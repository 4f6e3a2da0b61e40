"""Measures by hand, held-out pairs that stay the same, baselines that stand where they must."""

import numpy as np
import pytest
from lab_image_translation import held_out, measures

from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.training.evaluation import make_evaluator


def flat(*colour, side=12):
    return np.tile(np.array(colour, np.uint8), (side, side, 1))


def test_measures_by_hand():
    black, grey = flat(0, 0, 0), flat(51, 51, 51)
    one = ([grey], [black], [black])
    assert measures.measure("l1", *one) == [pytest.approx(0.2)]
    assert measures.measure("psnr", *one) == [pytest.approx(-10 * np.log10(0.04))]
    # studio luma spans 219 of 255 grey levels
    assert measures.measure("psnr_y", *one) == [pytest.approx(-20 * np.log10(0.2 * 219 / 255))]
    assert measures.measure("psnr", [black], [black], [black]) == [measures.MOST]


def test_feature_distance_orders_what_people_order_at_one_size_and_at_several():
    rng = np.random.default_rng(0)
    blocks, other = (rng.integers(0, 256, (8, 8, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8) for _ in range(2))
    noisy = np.clip(blocks + rng.normal(0, 20, blocks.shape), 0, 255).astype(np.uint8)
    same, near, far = measures.measure("features", [blocks, noisy, other], [blocks] * 3, [blocks] * 3)
    assert same == 0
    assert 0 < near < far
    small = noisy[:32, :32], blocks[:32, :32]
    mixed = measures.measure("features", [noisy, small[0]], [blocks, small[1]], [blocks] * 2)
    assert mixed[0] == pytest.approx(near, rel=1e-4)


def test_border_is_cut_off():
    target, made = flat(0, 0, 0, side=20), flat(0, 0, 0, side=20)
    made[:2] = 255
    assert measures.measure("psnr_y", [made], [target], [target], border=2) == [measures.MOST]
    assert measures.measure("psnr_y", [made], [target], [target])[0] < 20


def test_chroma_is_the_distance_from_grey_as_a_share_of_the_targets():
    """Red of sRGB has a = 80.09, b = 67.20."""
    red, grey = flat(255, 0, 0), flat(90, 90, 90)
    assert measures.chroma(red) == pytest.approx(np.hypot(80.09, 67.20), abs=0.05)
    assert measures.chroma(grey) == pytest.approx(0, abs=0.01)
    kept = measures.measure("chroma", [red, grey], [red, red], [grey, grey], real_chroma=measures.chroma(red))
    assert kept == pytest.approx([1, 0], abs=1e-3)


def test_intersection_over_union():
    a, b = np.zeros((4, 4, 1), np.uint8), np.zeros((4, 4, 1), np.uint8)
    a[:2], b[1:3] = 255, 255
    assert measures.intersection_over_union(a, b) == pytest.approx(4 / 12)
    assert measures.intersection_over_union(0 * a, 0 * b) == 1


def test_hole_psnr_looks_inside_the_hole_only():
    target = flat(10, 20, 30)
    given = target.copy()
    given[4:8, 4:8] = 255
    made = np.zeros_like(target)
    made[4:8, 4:8] = target[4:8, 4:8]
    assert measures.hole_psnr(made, target, given) == measures.MOST
    made[4:8, 4:8] += 51
    assert measures.hole_psnr(made, target, given) == pytest.approx(-20 * np.log10(0.2))


def test_held_out_pairs_are_always_the_same():
    values = {"data": "photos", "scale": "3"}
    first, again = (held_out.pairs("shrink", values, "validation", count) for count in (2, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first[1], again[1], strict=True))
    assert first[0][0].shape == (64, 64, 3)
    assert first[0][1].shape == (192, 192, 3)


def test_examples_are_the_first_images_that_are_scored():
    registry = discover()[0]
    task = registry.task("bicubic-photos-x3")
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), task.preset("default")))
    given, target = make_evaluator(benchmark).example_pairs(2)[1]
    scored = held_out.pairs("shrink", {key: str(value) for key, value in benchmark.parameters.items()}, "test", 2)[1]
    assert np.array_equal(given, scored[0])
    assert np.array_equal(target, scored[1])


def test_unknown_operations_are_named():
    with pytest.raises(LabError, match="shrink"):
        held_out.pairs("blur", {}, "test", 1)


def test_enlargement_baselines_are_ordered(baseline, score):
    """Fewer pixels, less detail; the score is the published protocol's."""
    double, triple = (score(task, baseline(task)) for task in ("bicubic-photos-x2", "bicubic-photos-x3"))
    assert double.value > triple.value > 20
    assert double.benchmark == "super-resolution/photos-x2"
    assert "rec601-studio" in double.settings["signature"]
    assert set(double.details) == {"ssim_y", "psnr", "features"}


def test_filling_baselines_are_ordered(baseline, score):
    blank, mean, smooth = (score(task, baseline(task)).value for task in ("blank-photos", "mean-photos", "smooth-photos"))
    assert blank < mean < smooth


def test_smooth_filling_of_a_slope_is_the_slope(baseline):
    slope = np.tile(np.arange(0, 240, 10, dtype=np.uint8)[:, None, None], (1, 24, 3))
    hole = slope.copy()
    hole[8:16, 8:16] = 255
    (made,) = baseline("smooth-photos").apply([hole], None)
    assert np.array_equal(made, slope)


def test_noise_baselines_are_ordered(baseline, score):
    noisy, cleaned = (score(task, baseline(task)) for task in ("noisy-photos", "nlmeans-photos"))
    assert 20 < noisy.value < 21  # -20 log10(25 / 255) = 20.17, and a little is clipped
    assert cleaned.value > noisy.value + 4


def test_grey_keeps_no_chroma(baseline, score):
    found = score("grey-photos", baseline("grey-photos"))
    assert max(found.details["chroma"]) < 0.01


def test_the_grey_picture_has_the_lightness_of_the_colours(baseline):
    """Of the benchmark's input, of the baseline's result for it, and of its result for the colours themselves."""
    from lab_image_translation.degradations import equally_light_grey, split_lab

    colours = np.random.default_rng(0).integers(0, 256, (9, 11, 3)).astype(np.uint8)
    given = equally_light_grey(colours)
    assert given.shape == (9, 11, 1)
    for image in (given, colours):
        (made,) = baseline("grey-photos").apply([image], None)
        assert made.shape == colours.shape
        assert np.abs(made[..., 0].astype(int) - made[..., 1]).max() <= 1
        assert np.abs(split_lab(made)[0].astype(int) - split_lab(colours)[0]).max() <= 1


def test_colour_networks_keep_the_lightness_that_the_benchmark_gives(trainer):
    """What is scored has the targets' lightness: only colours are wrong."""
    from lab_image_translation.degradations import equally_light_grey, split_lab

    colours = np.random.default_rng(0).integers(60, 196, (32, 32, 3)).astype(np.uint8)
    model = trainer("colorize-photos", "network=local").model()
    (made,) = model.apply([equally_light_grey(colours)], model.options(saturation=0))
    assert np.abs(split_lab(made)[0].astype(int) - split_lab(colours)[0]).max() <= 2


def test_the_median_colour_of_a_lightness_beats_grey_where_colours_follow_it(baseline, score):
    grey, tones = (score(task, baseline(task), count=20) for task in ("grey-satellite", "tones-satellite"))
    assert tones.value > grey.value + 3
    assert np.mean(tones.details["chroma"]) > 0.5


def test_nearest_pair_of_a_training_input_is_its_partner(baseline):
    model = baseline("nearest-maps")
    from lab_image_translation.paired.config import PairsConfig
    from lab_image_translation.sources import load_pairs

    inputs, targets = load_pairs(PairsConfig(data="earth", size=128), "train")
    (made,) = model.apply([inputs[7]], None)
    assert np.array_equal(made, targets[7])
