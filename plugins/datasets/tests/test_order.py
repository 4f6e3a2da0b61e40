"""Buckets and augmentation: any minibatch and any change can be found again from a seed and a number."""

import numpy as np
import pytest
from lab_datasets import augment
from lab_datasets.buckets import Buckets, bounds_for
from lab_datasets.splits import by_hash, by_position, spans

LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30]


def test_a_minibatch_holds_items_of_one_bucket_and_an_epoch_every_item() -> None:
    buckets = Buckets(LENGTHS, (4, 10), batch=3, seed=1)
    assert buckets.left_out == 1
    assert buckets.per_epoch == 2 + 2
    seen: set[int] = set()
    for places, bound in buckets.runs(0, 4):
        lengths = [LENGTHS[place] for place in places]
        assert all(length <= bound for length in lengths)
        assert bound == 4 or min(lengths) > 4
        seen |= set(places.tolist())
    assert seen == set(range(10))


def test_any_minibatch_is_found_again() -> None:
    first = Buckets(LENGTHS, (4, 10), batch=3, seed=1)
    expected = [(places.tolist(), bound) for places, bound in first.runs(0, 20)]
    again = Buckets(LENGTHS, (4, 10), batch=3, seed=1)
    for number in (17, 3, 9):
        places, bound = again.minibatch(number)
        assert (places.tolist(), bound) == expected[number]
    other = [(places.tolist(), bound) for places, bound in Buckets(LENGTHS, (4, 10), batch=3, seed=2).runs(0, 20)]
    assert other != expected


def test_bad_bounds_are_refused_and_good_ones_can_be_found() -> None:
    with pytest.raises(ValueError, match="rising"):
        Buckets(LENGTHS, (4, 4), batch=3, seed=1)
    with pytest.raises(ValueError, match="short"):
        Buckets([9], (4,), batch=3, seed=1)
    assert bounds_for(range(1, 101), 4) == (25, 50, 75, 100)
    assert bounds_for(range(1, 101), 2, longest=40) == (20, 40)


def test_augmentation_depends_on_seed_and_number_alone() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 10, 10, 3), dtype=np.uint8)
    numbers = np.arange(1000, 1064)
    for change in (
        lambda images, numbers: augment.flip(images, 3, numbers),
        lambda images, numbers: augment.crop(images, 8, 3, numbers, padding=1),
        lambda images, numbers: augment.brightness(images, 0.2, 3, numbers),
        lambda images, numbers: augment.contrast(images, 0.2, 3, numbers),
    ):
        whole = change(images, numbers)
        assert np.array_equal(whole[20:30], change(images[20:30], numbers[20:30]))
        assert not np.array_equal(whole, change(images, numbers + 64))


def test_random_numbers_are_uniform_and_independent_of_their_neighbours() -> None:
    values = augment.uniform(0, np.arange(100_000))
    assert values.mean() == pytest.approx(0.5, abs=0.005)
    assert np.histogram(values, 10, (0, 1))[0].min() > 9_500
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.02
    other = augment.uniform(1, np.arange(100_000))
    assert abs(np.corrcoef(values, other)[0, 1]) < 0.02


def test_flip_mirrors_half_and_crop_stays_inside() -> None:
    ramp = np.tile(np.arange(12, dtype=np.uint8)[None, None, :, None], (1000, 12, 1, 1))
    flipped = augment.flip(ramp, 0, np.arange(1000))
    share = (flipped[:, 0, 0, 0] == 11).mean()
    assert share == pytest.approx(0.5, abs=0.05)
    cut = augment.crop(ramp, 9, 0, np.arange(1000))
    assert set(cut[:, 0, 0, 0].tolist()) == {0, 1, 2, 3}
    assert (np.diff(cut[:, 0, :, 0].astype(int), axis=1) == 1).all()


def test_splits_by_hash_keep_groups_whole_and_stay_when_items_come() -> None:
    keys = [f"group{number % 50}" for number in range(500)]
    split = by_hash(keys, validation=0.2, test=0.2)
    assert len(set(zip(keys, split, strict=True))) == 50
    more = by_hash([*keys, "another"], validation=0.2, test=0.2)
    assert np.array_equal(split, more[:-1])
    assert by_hash(["a", "b"], validation=0.5, test=0.4).tolist() == ["train", "train"]
    few = by_hash(["a", "b", "c", "d"], validation=0.1, test=0.1)
    assert set(few) == {"train", "validation", "test"}
    assert set(by_hash(["a", "b", "c"], validation=0.0, test=0.0)) == {"train"}


def test_splits_by_position_lie_one_after_the_other() -> None:
    cut = by_position(100, validation=0.1, test=0.2)
    assert cut == {"train": slice(0, 70), "validation": slice(70, 80), "test": slice(80, 100)}
    assert spans("train+validation", cut) == [slice(0, 80)]
    assert spans("test+train", cut) == [slice(80, 100), slice(0, 70)]


def test_few_names_fill_every_split_wherever_their_hashes_lie() -> None:
    for count in (3, 4, 7):
        for start in range(0, 600, count):
            keys = [f"id{number}" for number in range(start, start + count)]
            for share in (0.1, 0.45):
                found = by_hash(keys, validation=share, test=share)
                assert set(found.tolist()) == {"train", "validation", "test"}, (keys, share)
