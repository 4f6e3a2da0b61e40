"""Autoencoders: losses by hand, the known optimum of a linear one, what its model does, exact state, the tasks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from lab_gan.autoencoding import losses
from lab_gan.autoencoding.config import AutoencoderConfig, VaeConfig
from lab_gan.autoencoding.learner import Autoencoder, Variational
from lab_gan.autoencoding.model import AutoencoderModel, VaeModel
from lab_gan.config import SingleLossConfig
from lab_tensorflow.losses.reconstruction import squared_error
from lab_tensorflow.naming import count, named_variables
from lab_tensorflow.noise import Noise
from lab_tensorflow.schedules import share
from lab_tensorflow.state import read_variables

from lab_app.testing import check_errors, check_resume, check_task
from lab_core.config import resolve
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

TASKS = ["autoencoder-mnist", "vae-mnist"]
SHAPE = (28, 28, 1)


def small(kind=VaeConfig, **settings):
    return kind(**{"width": 4, "latent": 3, "batch_size": 4, **settings})


# --- losses


def test_squared_error_by_hand():
    pixels, means = np.zeros((1, 2, 2, 1), np.float32), np.array([0.0, 1.0, 2.0, 3.0], np.float32).reshape(1, 2, 2, 1)
    assert float(squared_error(pixels, means)) == pytest.approx(14 / 4)


def test_divergence_by_hand():
    # mean 2, variance 1: 2^2 / 2; mean 0, variance e: (e - 1 - 1) / 2
    mean, log_variance = tf.constant([[2.0, 0.0], [0.0, 0.0]]), tf.constant([[0.0, 1.0], [0.0, 0.0]])
    assert losses.divergence(mean, log_variance).numpy() == pytest.approx([2 + (np.e - 2) / 2, 0.0], abs=1e-6)


def test_divergence_is_what_samples_say():
    rng = np.random.default_rng(0)
    mean, log_variance = 0.7, -0.5
    z = mean + np.exp(log_variance / 2) * rng.standard_normal(400_000)
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance)
    sampled = np.mean(log_q + 0.5 * z**2)
    assert float(losses.divergence(tf.constant([[mean]]), tf.constant([[log_variance]]))[0]) == pytest.approx(sampled, abs=0.01)


def test_bernoulli_by_hand():
    pixels = tf.constant([1.0, 0.0, 0.5]).numpy().reshape(1, 3, 1, 1)
    logits = tf.constant([np.log(3.0), np.log(3.0), 0.0], tf.float32).numpy().reshape(1, 3, 1, 1)
    # chances 3/4, 3/4, 1/2
    assert float(losses.bernoulli_nll(pixels, logits)[0]) == pytest.approx(-np.log(0.75) - np.log(0.25) - np.log(0.5), rel=1e-5)


def test_gaussian_is_the_density_of_scipy():
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    pixels, means = (rng.random((3, 2, 2, 1)).astype(np.float32) for _ in range(2))
    expected = -norm.logpdf(pixels, means, 0.2).sum(axis=(1, 2, 3))
    assert losses.gaussian_nll(pixels, means, 2 * np.float32(np.log(0.2))).numpy() == pytest.approx(expected, rel=1e-4)


def test_the_best_deviation_is_best():
    rng = np.random.default_rng(2)
    pixels, means = (rng.random((3, 4, 4, 1)).astype(np.float32) for _ in range(2))
    best = losses.best_log_variance(pixels, means)
    least = float(tf.reduce_mean(losses.gaussian_nll(pixels, means, best)))
    for other in (best - 0.1, best + 0.1):
        assert float(tf.reduce_mean(losses.gaussian_nll(pixels, means, other))) > least


def test_the_bound_is_the_sum_of_its_parts():
    config = small(likelihood="bernoulli", beta=4.0)
    learner = Variational(config, SHAPE, precision="float32", seed=0)
    images = tf.zeros((4, *SHAPE))
    total, metrics = learner.loss({"image": images}, Noise(0, 0))
    reconstruction, divergence = float(metrics["reconstruction_nats"]), float(metrics["divergence_nats"])
    assert float(metrics["elbo"]) == pytest.approx(-reconstruction - divergence, rel=1e-6)
    assert float(total) == pytest.approx(reconstruction + 4 * divergence, rel=1e-6)


def test_the_step_size_rises_and_falls():
    config = SingleLossConfig(steps=100, warmup=10, final_learning_rate=0.1)
    shares = [float(share(tf.constant(step), config)) for step in (0, 4, 50, 100, 200)]
    assert shares[0] == pytest.approx(0.1, rel=1e-2)
    assert shares[1] == pytest.approx(0.5, rel=1e-2)
    assert shares[2:] == pytest.approx([0.55, 0.1, 0.1], rel=1e-5)


# --- learning


def test_a_linear_autoencoder_finds_the_plane_of_pca():
    rng = np.random.default_rng(3)
    data = rng.standard_normal((256, 3)) @ rng.standard_normal((3, 64)) * [0.2] + 0.02 * rng.standard_normal((256, 64))
    images = data.reshape(256, 8, 8, 1).astype(np.float32)
    settings = {"network": "mlp", "norm": "none", "output": "linear", "latent": 2, "batch_size": 256, "steps": 1500}
    learner = Autoencoder(small(AutoencoderConfig, **settings, learning_rate=0.01), (8, 8, 1), precision="float32", seed=0)
    step = tf.function(lambda number: learner.update({"image": images}, number))
    for number in range(1500):
        error = step(tf.constant(number))["squared_error"]
    centred = data - data.mean(axis=0)
    left = np.linalg.svd(centred, compute_uv=False)[2:]
    best = np.sum(left**2) / data.size / 4  # the learner sees 0.5 x + 0.5
    assert best * 0.999 < float(error) < best * 1.05


def test_the_source_s_network_has_784_16_784_units():
    registry, _ = discover()
    config = resolve(AutoencoderConfig, registry.task("autoencoder-mnist").preset("book"))
    learner = Autoencoder(config, SHAPE, precision="float32", seed=0)
    assert count(learner.encoder) == 784 * 16 + 16
    assert count(learner.decoder) == 16 * 784 + 784


@pytest.mark.parametrize("size", [28, 32, 48, 96])
@pytest.mark.parametrize("network", ["conv", "mlp"])
def test_the_decoder_gives_back_the_encoder_s_shape(size, network):
    config = small(network=network, layers=(8,), size=size, norm="none")
    learner = Variational(config, (size, size, 3), precision="float32", seed=0)
    given = tf.zeros((4, size, size, 3))
    points = learner.encoder(given)
    assert points.shape == (4, 6)
    assert learner.decoder(points[:, :3]).shape == given.shape


# --- models


def of(kind, config, shape=SHAPE):
    learner = (Variational if kind is VaeModel else Autoencoder)(config, shape, precision="float32", seed=0)
    weights: dict = {}
    for name in learner.averaged:
        weights |= read_variables(named_variables(learner.networks[name], name))
    return kind.of(config, shape, (), weights), learner


def test_a_model_reconstructs_what_its_networks_say(tmp_path):
    model, learner = of(AutoencoderModel, small(AutoencoderConfig, norm="none"))
    images = np.random.default_rng(0).integers(0, 256, (5, *SHAPE), dtype=np.uint8)
    outputs = learner.decoder(learner.encoder(images / np.float32(127.5) - 1))
    expected = np.round(255 * keras.ops.sigmoid(outputs).numpy())
    found = np.stack(list(model.apply(images, model.options())))
    assert found.dtype == np.uint8
    assert np.abs(found - expected).max() <= 1
    model.save(tmp_path)
    again = AutoencoderModel.load(tmp_path, device="cpu")
    assert np.array_equal(np.stack(list(again.apply(images, again.options()))), found)


def test_images_of_any_size_and_colour_are_fitted():
    model, _ = of(AutoencoderModel, small(AutoencoderConfig))
    images = [np.zeros((40, 30, 3), np.uint8), np.zeros((28, 28, 1), np.uint8)]
    assert [image.shape for image in model.apply(images, model.options())] == [SHAPE, SHAPE]
    assert list(model.apply([], model.options())) == []
    with pytest.raises(LabError, match="height, width"):
        list(model.apply([np.zeros(784, np.uint8)], model.options()))


def test_a_variational_model_reconstructs_samples_and_walks():
    model, _ = of(VaeModel, small())
    images = np.random.default_rng(0).integers(0, 256, (3, *SHAPE), dtype=np.uint8)
    points = model.encode(images)
    assert points.shape == (3, 3)
    assert np.array_equal(np.stack(list(model.decode(points, {}))), np.stack(list(model.apply(images, model.options()))))
    sampled = np.stack(list(model.sample(3, seed=5, options={})))
    more = np.stack(list(model.sample(9, seed=5, options={})))
    assert np.abs(sampled.astype(int) - more[:3]).max() <= 1
    assert model.between(points[:1], points[1:2], 0.5).shape == (1, 3)


# --- tasks


@pytest.mark.parametrize("task_id", TASKS)
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task_id", TASKS)
def test_resuming_is_exact(task_id, tmp_path):
    registry, _ = discover()
    task = registry.task(task_id)
    check_errors(task)
    check_resume(task, tmp_path)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [("likelihood=bernoulli,output=linear", "sigmoid"), ("likelihood=bernoulli,deviation=0.1", "deviation")],
)
def test_contradictions_are_refused(overrides, words):
    registry, _ = discover()
    task = registry.task("vae-mnist")
    with pytest.raises(UsageError, match=words):
        resolve(config_type(task), task.preset("default"), overrides=overrides.split(","))


def test_a_trained_autoencoder_is_applied_and_watched_from_the_command_line(tmp_path, monkeypatch, capsys):
    from PIL import Image

    from lab_app.cli import main

    def lab(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert not ended.value.code, capsys.readouterr().err

    monkeypatch.chdir(tmp_path)
    lab("run", "autoencoder-mnist", "--preset", "smoke", "--no-eval", "--quiet")
    (tmp_path / "in").mkdir()
    Image.new("RGBA", (40, 30), (200, 30, 30, 128)).save(tmp_path / "in/a.png")
    lab("apply", "autoencoder-mnist", "in", "--out", "out/")
    assert np.asarray(Image.open(tmp_path / "out/a.png")).shape == (28, 28)
    assert (tmp_path / "out/index.html").is_file()
    lab("play", "autoencoder-mnist", "--video", "film.mp4")
    assert (tmp_path / "film.mp4").stat().st_size > 1000
