"""Updates of the GAN family: which network learns by which optimiser, a resume that is exact."""

import json

import numpy as np
import pytest

from lab_core.errors import LabError


@pytest.mark.parametrize("task", ["sngan-mnist", "wgan-gp-mnist", "infogan-mnist"])
def test_a_run_that_stops_and_goes_on_is_the_run_that_did_not(trainer, tmp_path, task):
    """Weights, both optimisers' moments and counts, the average, batch statistics, the order of images and the noise."""
    straight = trainer(task)
    straight.advance(3)
    straight.save(tmp_path, None)
    saved = straight.state_digest()
    resumed = trainer(task, seed=5)
    resumed.load(tmp_path, None)
    found = resumed.state_digest()
    assert found.keys() == saved.keys()
    for name, value in saved.items():
        assert np.array_equal(found[name], value), name
    for part in ("generator/", "discriminator/", "generator_optimizer/", "discriminator_optimizer/", "average/generator/"):
        assert any(name.startswith(part) for name in saved), part
    counts = [value for name, value in saved.items() if name.endswith("optimizer/iteration")]
    assert sorted(counts) == [3, 3 * straight.config.discriminator_steps]
    ahead = [one.order.indices(one.step * 8, 40) for one in (straight, resumed)]
    assert np.array_equal(*ahead)
    scalars = [one.advance(3).scalars for one in (straight, resumed)]
    for name in straight.learner.metrics:
        assert scalars[0][name] == pytest.approx(scalars[1][name], rel=1e-3, abs=1e-4), name
    assert straight.advance(3).step == 9


def test_other_images_are_not_trained_on(trainer, tmp_path):
    one = trainer("gan-mnist")
    one.advance(3)
    one.save(tmp_path, None)
    other = trainer("gan-mnist", "data=fashion-mnist")
    with pytest.raises(LabError, match="data differ"):
        other.load(tmp_path, None)


def test_a_damaged_state_is_one_clear_line(trainer, tmp_path):
    one = trainer("gan-mnist")
    one.advance(3)
    one.save(tmp_path, None)
    state = json.loads((tmp_path / "state.json").read_text())
    with np.load(tmp_path / "weights.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays.pop(next(name for name in arrays if name.startswith("discriminator_optimizer/")))
    np.savez(tmp_path / "weights.npz", **arrays)
    with pytest.raises(LabError, match="discriminator_optimizer"):
        one.load(tmp_path, None)
    state.pop("step")
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(LabError, match="can't be read"):
        one.load(tmp_path, None)


def changed(learner, before):
    return {
        name
        for name, network in learner.networks.items()
        if any(
            np.abs(old - new.numpy()).max() > 1e-12 for old, new in zip(before[name], network.trainable_variables, strict=True)
        )
    }


@pytest.mark.parametrize("task", ["dcgan-mnist", "wgan-mnist"])
def test_each_network_learns_by_its_own_optimiser_alone(trainer, task):
    """With one step size next to nothing only the other network moves."""
    for still, moved in (("learning_rate", "discriminator"), ("discriminator_learning_rate", "generator")):
        one = trainer(task, f"{still}=1e-30", *(["discriminator_steps=2"] if task == "wgan-mnist" else []))
        before = {name: [v.numpy() for v in network.trainable_variables] for name, network in one.learner.networks.items()}
        one.advance(3)
        clipped = {"discriminator"} if one.config.clip else set()  # clipping acts on its own
        assert changed(one.learner, before) - clipped == {moved} - clipped


def test_clipped_weights_stay_within_their_bounds(trainer):
    one = trainer("wgan-mnist", "discriminator_learning_rate=0.1", "discriminator_steps=2")
    one.advance(3)
    largest = [np.abs(weight.numpy()).max() for weight in one.learner.discriminator.trainable_variables]
    assert max(largest) == pytest.approx(0.01)
    assert max(np.abs(weight.numpy()).max() for weight in one.learner.generator.trainable_variables) > 0.01


def test_a_critic_that_learns_more_often_sees_new_images_every_time(trainer):
    one = trainer("wgan-mnist")
    assert one.learner.batches == 5
    progress = one.advance(3)
    assert progress.scalars["epoch"] == pytest.approx(3 * 5 * 8 / 55_000)


def test_step_sizes_fall_over_the_second_half(trainer):
    one = trainer("dcgan-mnist", "final_learning_rate=0.1", "steps=6")
    found = []
    for _ in range(6):
        one.advance(1)
        found.append(float(one.learner.optimizers["generator_optimizer"].learning_rate.numpy()))
    rate = one.config.learning_rate
    wanted = [rate * share for share in (1, 1, 1, 1, 1 - 0.9 / 3, 1 - 0.9 * 2 / 3)]
    assert found == pytest.approx(wanted, rel=1e-5)


def test_grids_show_the_same_samples_every_time(trainer):
    one = trainer("gan-mnist", "media_every=2", "updates_per_slice=3", "steps=9")
    media = [one.advance(3).media for _ in range(3)]
    assert [len(part) for part in media] == [1, 1, 1]
    (picture,) = media[0]
    assert picture.image.dtype == np.uint8
    assert picture.image.shape == (2 * 2 * 28, 2 * 2 * 28, 3)
    model = one.model()
    before = np.stack(list(model.sample(4, seed=0, options={})))
    one.advance(3)
    np.testing.assert_array_equal(before, np.stack(list(model.sample(4, seed=0, options={}))))


@pytest.mark.learning
@pytest.mark.parametrize("condition", ["channel", "auxiliary"])
def test_a_conditional_model_draws_the_asked_class(trainer, tmp_path, condition):
    """Two classes, dark and bright pictures: after some updates each label draws its own."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, mean in (("bright", 190), ("dark", 60)):
        (tmp_path / name).mkdir()
        for number in range(40):
            pixels = np.clip(rng.normal(mean, 15) + rng.normal(0, 10, (28, 28)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    settings = (
        "network=mlp",
        "batch_size=32",
        "discriminator_layers=64",
        "generator_layers=64",
        "learning_rate=1e-3",
        "steps=600",
    )
    one = trainer("cgan-mnist", f"data={tmp_path}", f"condition={condition}", "updates_per_slice=600", *settings)
    one.advance(600)
    model = one.model()
    assert model.classes == ("bright", "dark")
    bright, dark = (np.stack(list(model.sample(40, seed=0, options={"label": label}))).mean(axis=(1, 2, 3)) for label in (0, 1))
    assert bright.mean() == pytest.approx(190, abs=25)
    assert dark.mean() == pytest.approx(60, abs=25)
    assert bright.min() > dark.max()
