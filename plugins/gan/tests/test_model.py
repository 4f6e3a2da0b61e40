"""Generator models: folder, samples, interpolation, options."""

import numpy as np
import pytest
from lab_gan.model import GeneratorModel, Labelled, Plain
from lab_gan.networks import latent_size, make_generator
from lab_tensorflow.naming import named_variables
from lab_tensorflow.state import read_variables

from lab_core.errors import LabError, UsageError

CLASSES = tuple("abcdefghij")


@pytest.fixture
def model(config):
    def make(task, *overrides, shape=(28, 28, 1)):
        settings = config(task, *overrides)
        network = make_generator(settings, latent_size(settings, 10), shape, dtype="float32", seed=3)
        classes = CLASSES if settings.condition != "none" else ()
        return GeneratorModel.of(settings, shape, classes, read_variables(named_variables(network, "generator")))

    return make


def sampled(model, count, seed=0, **options):
    return np.stack(list(model.sample(count, seed=seed, options=options)))


@pytest.mark.parametrize("task", ["gan-mnist", "dcgan-mnist", "cgan-mnist", "infogan-mnist"])
def test_a_saved_model_samples_the_same_images(model, tmp_path, task):
    made = model(task)
    made.save(tmp_path)
    loaded = GeneratorModel.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(sampled(made, 5), sampled(loaded, 5))
    assert loaded.classes == made.classes
    assert loaded.training_data == "mnist"
    assert loaded.options is made.options
    assert {path.name for path in tmp_path.iterdir()} == {"network.json", "weights.npz"}


def test_a_damaged_folder_is_one_clear_line(model, tmp_path):
    model("gan-mnist").save(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    model("gan-mnist", "generator_layers=8").save(other)
    (tmp_path / "weights.npz").write_bytes((other / "weights.npz").read_bytes())
    with pytest.raises(LabError, match="expected"):
        GeneratorModel.load(tmp_path, device="cpu")
    (tmp_path / "weights.npz").write_bytes(b"PK")
    with pytest.raises(LabError, match="weights"):
        GeneratorModel.load(tmp_path, device="cpu")
    (tmp_path / "network.json").write_text('{"format": 99}')
    with pytest.raises(LabError, match="readable model"):
        GeneratorModel.load(tmp_path, device="cpu")


def test_images_are_bytes_of_the_trained_shape(model):
    found = sampled(model("dcgan-mnist", "size=32", shape=(32, 32, 3)), 3)
    assert found.shape == (3, 32, 32, 3)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("task", ["dcgan-mnist", "acgan-mnist", "infogan-mnist"])
def test_a_sample_does_not_depend_on_how_many_are_sampled(model, task):
    made = model(task)
    points = made.latents(300, seed=4, options={})
    np.testing.assert_array_equal(made.latents(7, seed=4, options={}), points[:7])
    np.testing.assert_array_equal(sampled(made, 7, seed=4), sampled(made, 300, seed=4)[:7])
    assert not np.array_equal(made.latents(7, seed=5, options={}), points[:7])


def test_noise_is_of_its_prior_and_truncated(model):
    normal = model("dcgan-mnist").latents(2000, seed=0, options={})
    assert normal.std() == pytest.approx(1, rel=0.02)
    uniform = model("dcgan-mnist", "prior=uniform").latents(2000, seed=0, options={})
    assert np.abs(uniform).max() <= 1
    assert uniform.std() == pytest.approx(np.sqrt(1 / 3), rel=0.02)
    half = model("dcgan-mnist").latents(2000, seed=0, options={"truncation": 0.5})
    np.testing.assert_allclose(half, normal / 2, rtol=1e-6)


def test_a_label_is_in_the_point_and_nothing_else_changes(model):
    made = model("cgan-mnist")
    assert made.options is Labelled
    any_class, seven = (made.latents(500, seed=1, options=chosen) for chosen in ({}, {"label": 7}))
    np.testing.assert_array_equal(any_class[:, :100], seven[:, :100])
    np.testing.assert_array_equal(seven[:, 100:], np.tile(np.eye(10)[7], (500, 1)))
    assert (any_class[:, 100:].sum(axis=1) == 1).all()
    assert any_class[:, 100:].mean(axis=0) == pytest.approx(0.1, abs=0.05)


def test_a_label_that_is_not_there_names_those_that_are(model):
    with pytest.raises(UsageError, match="no label 10"):
        model("cgan-mnist").latents(1, seed=0, options={"label": 10})
    made = model("dcgan-mnist")
    assert made.options is Plain
    with pytest.raises(UsageError, match="label"):
        made.latents(1, seed=0, options={"label": 1})


def test_codes_are_set_one_by_one(model):
    made = model("infogan-mnist")
    free, chosen = (made.latents(50, seed=1, options=o) for o in ({}, {"category": 3, "c1": -2.0}))
    np.testing.assert_array_equal(free[:, :62], chosen[:, :62])
    assert (chosen[:, 62:72].argmax(axis=1) == 3).all()
    assert (chosen[:, 72] == -2).all()
    np.testing.assert_array_equal(free[:, 73], chosen[:, 73])
    assert np.abs(free[:, 72:]).max() <= 1
    with pytest.raises(UsageError, match="c3"):
        made.latents(1, seed=0, options={"c3": 1.0})
    with pytest.raises(UsageError, match="c1"):
        made.latents(1, seed=0, options={"c1": 9.0})


def test_a_walk_has_exact_ends_and_stays_on_the_sphere(model):
    made = model("infogan-mnist")
    a, b = (made.latents(6, seed=seed, options={}) for seed in (1, 2))
    np.testing.assert_allclose(made.between(a, b, 0.0), a, atol=1e-6)
    np.testing.assert_allclose(made.between(a, b, 1.0), b, atol=1e-6)
    ends = a[:, :62], b[:, :62]
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in ends]
    angle = np.arccos(np.sum(unit[0] * unit[1], axis=1))
    middle = made.between(a, b, 0.5)
    # of two vectors of equal length the middle of the arc has that length; in general |a + b| / (2 cos(angle / 2))
    np.testing.assert_allclose(
        np.linalg.norm(middle[:, :62], axis=1), np.linalg.norm(sum(ends), axis=1) / (2 * np.cos(angle / 2)), rtol=1e-5
    )
    np.testing.assert_allclose(middle[:, 72:], (a[:, 72:] + b[:, 72:]) / 2, atol=1e-6)
    same = np.concatenate([ends[0] / np.linalg.norm(ends[0], axis=1, keepdims=True) * 8, a[:, 62:]], axis=1)
    turned = np.concatenate([ends[1] / np.linalg.norm(ends[1], axis=1, keepdims=True) * 8, b[:, 62:]], axis=1)
    for fraction in (0.1, 0.5, 0.8):
        np.testing.assert_allclose(np.linalg.norm(made.between(same, turned, fraction)[:, :62], axis=1), 8, rtol=1e-5)
    np.testing.assert_allclose(made.between(a, a, 0.3), a, atol=1e-6)


def test_uniform_noise_is_walked_straight_and_stays_inside(model):
    made = model("dcgan-mnist", "prior=uniform")
    a, b = (made.latents(6, seed=seed, options={}) for seed in (1, 2))
    np.testing.assert_allclose(made.between(a, b, 0.25), 0.75 * a + 0.25 * b, atol=1e-6)
