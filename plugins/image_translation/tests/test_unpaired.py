"""Unpaired methods: the pool, the two directions, domains, and pairs that stay torn apart."""

import numpy as np
import pytest
import tensorflow as tf
from lab_image_translation.unpaired.data import load_sides
from lab_image_translation.unpaired.pool import ImagePool
from lab_tensorflow.noise import Noise

from lab_core.errors import UsageError


def images(*values):
    return tf.reshape(tf.constant(values, tf.float32), (-1, 1, 1, 1))


def test_the_pool_fills_first_and_then_gives_old_images_back():
    pool = ImagePool(4, (1, 1, 1))
    for step, pair in enumerate([(1, 2), (3, 4)]):
        assert pool.exchange(images(*pair), Noise(1, step)).numpy().ravel().tolist() == list(pair)
    assert pool.images.numpy().ravel().tolist() == [1, 2, 3, 4]
    shown = []
    for step in range(200):
        value = 10 + step
        (found,) = pool.exchange(images(value), Noise(1, 2 + step)).numpy().ravel()
        shown.append(found == value)
        assert found <= value
    assert 70 < sum(shown) < 130  # half of them are new
    assert int(pool.filled) == 4


def test_a_pool_of_no_size_passes_everything():
    assert ImagePool(0, (1, 1, 1)).exchange(images(5), Noise(1, 0)).numpy().ravel().tolist() == [5]


def test_hidden_pairs_are_torn_apart(config):
    settings = config("cyclegan-emoji", "size=64")
    first, second = load_sides(settings, "train")
    from lab_datasets import load

    stored = load("emoji", "train")
    assert np.array_equal(first, stored.twemoji)
    assert not np.array_equal(second, stored.noto)
    together = np.mean([np.array_equal(a, b) for a, b in zip(second, stored.noto, strict=True)])
    assert together < 0.02
    assert sorted(one.sum() for one in second.astype(int)) == sorted(one.sum() for one in stored.noto.astype(int))


@pytest.fixture(scope="module")
def cycle(trainer):
    return trainer("cyclegan-emoji")


def test_a_cyclegan_resumes_with_its_pools(cycle, trainer, tmp_path):
    cycle.advance(2)
    cycle.save(tmp_path, None)
    resumed = trainer("cyclegan-emoji", seed=3)
    resumed.load(tmp_path, None)
    saved, found = cycle.state_digest(), resumed.state_digest()
    assert all(np.array_equal(found[name], value) for name, value in saved.items())
    assert any("pool_a/images" in name for name in saved)
    first, second = cycle.advance(2).scalars, resumed.advance(2).scalars
    for name in cycle.learner.metrics:
        assert first[name] == pytest.approx(second[name], rel=1e-3, abs=1e-4), name


def test_both_directions_and_the_way_back(cycle):
    model = cycle.model()
    picture = np.random.default_rng(0).integers(0, 256, (18, 23, 3), np.uint8)
    forward, backward, there_and_back = (
        next(model.apply([picture], model.options(**options)))
        for options in ({"direction": "AtoB"}, {"direction": "BtoA"}, {"reconstruct": True})
    )
    assert forward.shape == backward.shape == there_and_back.shape == picture.shape
    assert not np.array_equal(forward, backward)
    assert next(model.apply([picture[:1, :1]], model.options())).shape == (1, 1, 3)
    assert np.array_equal(next(model.apply([picture], model.options())), forward)


def test_cut_trains_toward_the_other_set_when_turned_round(trainer):
    learner = trainer("cut-emoji", "direction=BtoA")
    assert np.array_equal(learner.columns["a"][:5], learner.sides[1][:5])
    assert learner.advance(2).scalars["nce_loss"] > 0


def test_stargan_knows_its_domains(trainer):
    learner = trainer("stargan-emoji")
    assert learner.names == ("twemoji", "noto", "fluent")
    learner.advance(2)
    model = learner.model()
    picture = np.zeros((12, 12, 3), np.uint8)
    one, other = (next(model.apply([picture], model.options(domain=number))) for number in (0, 1))
    assert not np.array_equal(one, other)
    assert np.array_equal(next(model.apply([picture], model.options())), other)  # domain 1, which its score is about
    with pytest.raises(UsageError, match="domain 3"):
        list(model.apply([picture], model.options(domain=3)))
