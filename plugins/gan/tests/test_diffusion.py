"""The diffusion model: the schedule's identities, a predictor that is right, losses by hand, drawing, exact state, the task."""

import msgspec
import numpy as np
import pytest
import tensorflow as tf
from lab_gan.diffusion import schedule
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.diffusion.learner import Diffusion, even_times
from lab_gan.diffusion.model import DiffusionModel
from lab_gan.diffusion.networks import make_denoiser
from lab_gan.diffusion.sampling import sample
from lab_tensorflow.naming import named_variables
from lab_tensorflow.noise import Noise

from lab_app.testing import check_model, check_resume, check_smoke
from lab_core.config import from_dict, resolve
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.imports import load_object
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

KINDS = ["cosine", "linear"]
SHAPE = (28, 28, 1)


def small(**settings):
    return from_dict(DiffusionConfig, {"width": 8, "batch_size": 4, "sampling_steps": 3, **settings})


# --- the schedule


@pytest.mark.parametrize("kind", KINDS)
def test_noise_grows_and_variance_stays(kind):
    time = tf.linspace(0.0, 1.0, 1001)
    share = schedule.alpha_bar(kind, time).numpy()
    alpha, sigma = (scale.numpy() for scale in schedule.alpha_sigma(kind, time))
    assert np.all(np.diff(share) <= 0)
    assert np.all(np.diff(share[:990]) < 0)
    assert share[0] == 1
    assert share[-1] < 1e-4
    assert alpha**2 + sigma**2 == pytest.approx(np.ones(1001), abs=1e-6)


def test_cosine_by_hand():
    half = np.cos(np.pi / 2 * 0.508 / 1.008) ** 2 / np.cos(np.pi / 2 * 0.008 / 1.008) ** 2
    assert float(schedule.alpha_bar("cosine", 0.5)) == pytest.approx(half, rel=1e-5)


def test_linear_is_the_product_of_the_papers_thousand_steps():
    betas = np.linspace(1e-4, 0.02, 1000)  # Ho et al. 2020, section 4
    product = np.cumprod(1 - betas)
    for steps in (100, 500, 900):
        share = float(schedule.alpha_bar("linear", steps / 1000))
        assert np.log(share) == pytest.approx(np.log(product[steps - 1]), rel=0.01)


@pytest.mark.parametrize("predict", ["v", "epsilon"])
def test_a_network_that_is_right_gives_the_image_back(predict):
    rng = np.random.default_rng(0)
    image, epsilon = (tf.constant(rng.standard_normal((5, 2, 2, 1)), tf.float32) for _ in range(2))
    alpha, sigma = (
        scale[:, None, None, None] for scale in schedule.alpha_sigma("cosine", tf.constant([0.0, 0.2, 0.5, 0.8, 0.95]))
    )
    noisy = schedule.noised(image, epsilon, alpha, sigma)
    prediction = schedule.target(predict, image, epsilon, alpha, sigma)
    assert schedule.denoised(predict, prediction, noisy, alpha, sigma).numpy() == pytest.approx(image.numpy(), abs=1e-4)
    then = schedule.alpha_sigma("cosine", 0.1)
    moved = schedule.step(noisy[1:], image[1:], (alpha[1:], sigma[1:]), then)
    assert moved.numpy() == pytest.approx(schedule.noised(image[1:], epsilon[1:], *then).numpy(), abs=1e-4)


def test_velocity_by_hand():
    # alpha .6, sigma .8, x 2, epsilon -1: v = -.6 - 1.6
    assert schedule.target("v", 2.0, -1.0, 0.6, 0.8) == pytest.approx(-2.2)
    assert schedule.target("epsilon", 2.0, -1.0, 0.6, 0.8) == -1.0


# --- sampling


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("order", "steps", "tolerance"), [(1, 200, 0.02), (2, 40, 0.01)])
def test_the_right_predictor_of_a_normal_distribution_gives_its_mean_and_deviation(kind, order, steps, tolerance):
    """Data N(.3, .5^2): the best guess is known in closed form, and the noise z has to become .3 + .5 z."""
    mean, deviation = 0.3, 0.5

    def best(noisy, time):
        alpha, sigma = schedule.alpha_sigma(kind, time)
        return mean + alpha * deviation**2 / (alpha**2 * deviation**2 + sigma**2) * (noisy - alpha * mean)

    noise = tf.random.stateless_normal((4000, 1), [1, 2])
    found = tf.function(lambda: sample(best, noise, tf.constant(steps), kind=kind, order=order))().numpy()
    assert found == pytest.approx(mean + deviation * noise.numpy(), abs=4 * tolerance)
    assert found.mean() == pytest.approx(mean + deviation * noise.numpy().mean(), abs=tolerance)
    assert found.std() == pytest.approx(deviation * noise.numpy().std(), abs=tolerance)


def test_the_second_order_is_nearer_at_the_same_number_of_steps():
    def best(noisy, time):
        alpha, sigma = schedule.alpha_sigma("cosine", time)
        return alpha * 0.25 / (alpha**2 * 0.25 + sigma**2) * noisy

    noise = tf.constant([[-1.5], [0.5], [1.0]])
    errors = [np.abs(sample(best, noise, tf.constant(15), kind="cosine", order=order) - 0.5 * noise).max() for order in (1, 2)]
    assert errors[1] < errors[0] / 3


def test_one_step_is_the_first_guess():
    noise = tf.ones((2, 3))
    found = sample(lambda noisy, time: 0.25 * noisy, noise, tf.constant(1), kind="cosine", order=2)
    assert found.numpy() == pytest.approx(0.25)


# --- learning


def test_times_are_even():
    times = even_times(Noise(3, tf.constant(7)), 8).numpy()
    assert np.floor(times * 8).tolist() == list(range(8))
    shifts = [float(even_times(Noise(3, tf.constant(step)), 8)[0]) for step in range(400)]
    assert np.mean(shifts) == pytest.approx(1 / 16, abs=0.01)


def test_an_untrained_network_predicts_zero_and_its_loss_is_the_target_s():
    config = small()
    learner = Diffusion(config, SHAPE, 0, precision="float32", seed=0)
    images = tf.ones((4, *SHAPE))
    loss, metrics = learner.loss({"image": images, "label": None}, Noise(0, tf.constant(0)))
    error = metrics["image_error"]
    # v = alpha epsilon - sigma x: its mean square is alpha^2 + sigma^2 = 1 for images of ones
    assert float(loss) == pytest.approx(1.0, abs=0.1)
    assert float(loss) == float(metrics["loss"])
    # the guess is alpha x_t, kept to -1..1
    assert 0 < float(error) < 1.5


def test_classes_are_dropped_at_the_configured_rate():
    learner = Diffusion(small(condition=True, label_dropout=0.25), SHAPE, 10, precision="float32", seed=0)
    labels = tf.fill((4000,), 3)
    (prediction,) = learner._labels(labels, Noise(0, tf.constant(0)), 4000)
    assert prediction.numpy().sum(axis=1) == pytest.approx(np.ones(4000))
    assert prediction.numpy()[:, 3].mean() == pytest.approx(0.75, abs=0.03)
    assert prediction.numpy()[:, 10].mean() == pytest.approx(0.25, abs=0.03)


def test_a_short_training_predicts_better_than_zero():
    registry, _ = discover()
    task = registry.task("ddpm-mnist")
    config = resolve(DiffusionConfig, task.preset("smoke"), overrides=["steps=60", "updates_per_slice=20", "media_every=0"])
    trainer = load_object(task.trainer, what=task.id)(task, config, Context(seed=0, threads=2))
    losses = []
    while trainer.step < config.steps:
        losses.append(trainer.advance(20).scalars["loss"])
    assert losses[-1] < 0.75  # predicting zero costs the mean square of v, which is about 0.97


@pytest.mark.parametrize("size", [28, 36, 48, 96])
@pytest.mark.parametrize("norm", ["none", "batch"])
def test_the_network_takes_every_size(size, norm):
    network = make_denoiser(small(size=size, norm=norm), (size, size, 3), 0, dtype="float32", seed=0)
    assert network([tf.zeros((2, size, size, 3)), tf.zeros((2, 1))]).shape == (2, size, size, 3)


# --- the model


def of(config, classes=()):
    learner = Diffusion(config, SHAPE, len(classes), precision="float32", seed=0)
    rng = np.random.default_rng(0)
    variables = named_variables(learner.denoiser, "denoiser")
    weights = {name: value.numpy() + rng.normal(0, 0.05, value.shape).astype(np.float32) for name, value in variables.items()}
    return DiffusionModel.of(config, SHAPE, classes, weights)


def sampled(model, count, seed=1, **options):
    return np.stack(list(model.sample(count, seed=seed, options=options))).astype(int)


def test_samples_belong_to_seed_and_steps(tmp_path):
    model = of(small())
    model.save(tmp_path)
    images = sampled(model, 3)
    assert images.shape == (3, *SHAPE)
    assert np.array_equal(images, sampled(DiffusionModel.load(tmp_path, device="cpu"), 3))
    assert np.abs(images - sampled(model, 5)[:3]).max() <= 1
    assert np.array_equal(images, sampled(model, 3, steps=3))
    assert not np.array_equal(images, sampled(model, 3, steps=4))
    assert not np.array_equal(sampled(model, 3, order=1), sampled(model, 3, order=2))


def test_interpolated_noise_keeps_its_length():
    model = of(small())
    points = model.latents(2, seed=0, options={})
    assert points.shape == (2, 784)
    middle = model.between(points[:1], points[1:], 0.5)
    assert np.linalg.norm(middle) == pytest.approx(np.linalg.norm(points, axis=1).mean(), rel=0.05)
    assert len(list(model.decode(middle, {}))) == 1


def test_guidance_weighs_the_class_against_none():
    model = of(small(condition=True), tuple("abc"))
    plain, again = sampled(model, 2, label=1), sampled(model, 2, label=1, guidance=1)
    assert np.array_equal(plain, again)
    assert not np.array_equal(plain, sampled(model, 2, label=1, guidance=4))
    assert not np.array_equal(plain, sampled(model, 2, label=2))
    # no weight at all: the class doesn't matter
    assert np.abs(sampled(model, 2, label=1, guidance=0) - sampled(model, 2, label=2, guidance=0)).max() <= 1
    with pytest.raises(UsageError, match="no label 7"):
        sampled(model, 1, label=7)


# --- the task


def test_task_conforms(tmp_path):
    registry, _ = discover()
    task = registry.task("ddpm-mnist")
    check_model(task, registry, check_smoke(task, registry, tmp_path))


def test_resuming_is_exact(tmp_path):
    """Of a conditional one: it drops classes at random beside all that any other draws."""
    registry, _ = discover()
    task = registry.task("ddpm-mnist")
    check_resume(msgspec.structs.replace(task, settings={**task.settings, "condition": True}), tmp_path)


def test_contradictions_are_refused():
    registry, _ = discover()
    task = registry.task("ddpm-mnist")
    with pytest.raises(UsageError, match="guidance=3"):
        resolve(config_type(task), task.preset("default"), overrides=["guidance=3"])
    with pytest.raises(LabError):
        resolve(config_type(task), task.preset("default"), overrides=["order=3"])
