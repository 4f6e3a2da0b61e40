"""Notes on failing training: reported once, and again when it has changed."""

import time

import numpy as np
import pytest
from lab_gan.images import Images, load_images
from lab_gan.monitor import SAMPLES, WON_UPDATES, Monitor


@pytest.fixture(scope="module")
def digits(config):
    return load_images(config("dcgan-mnist"), "validation")


@pytest.fixture
def monitor(digits):
    return Monitor(digits, data="mnist", loss="non-saturating")


def play(monitor, accuracies, updates=100):
    """Slices one after another; the notes of each."""
    slices = enumerate(accuracies, 1)
    return [monitor.after(n * updates, updates, {"real_accuracy": real, "fake_accuracy": fake}) for n, (real, fake) in slices]


def test_a_discriminator_that_has_won_is_reported_once(monitor):
    notes = play(monitor, [(0.8, 0.9)] * 3 + [(0.99, 1.0)] * 10)
    reported = [number for number, lines in enumerate(notes) if lines]
    assert reported == [3 + WON_UPDATES // 100 - 1]
    (line,) = notes[reported[0]]
    assert "won for 500 updates" in line
    assert "99% of real and 100% of generated" in line
    assert "discriminator_learning_rate" in line


def test_a_short_lead_is_not_a_victory(monitor):
    assert not any(play(monitor, [(0.99, 1.0)] * 4 + [(0.9, 0.9)] + [(0.99, 1.0)] * 4))
    assert not any(play(monitor, [(0.5, 1.0)] * 20))


def test_its_end_is_reported_and_its_return(monitor):
    notes = play(monitor, [(0.99, 0.99)] * 6 + [(0.97, 0.99), (0.8, 0.7)] + [(1.0, 1.0)] * 6)
    lines = [line for part in notes for line in part]
    assert [line.split(":")[0].split(" for")[0] for line in lines] == [
        "The discriminator has won",
        "The discriminator no longer wins",
        "The discriminator has won",
    ]


def test_a_wasserstein_critic_is_meant_to_win(digits):
    assert not any(play(Monitor(digits, data="mnist", loss="wasserstein"), [(1.0, 1.0)] * 20))


def test_classes_that_are_not_generated_are_named(monitor, digits):
    few = [digits.pixels[digits.labels == label][:70] for label in range(8)]
    scalars, notes = monitor.look(list(np.concatenate(few)))
    assert scalars["classes_generated"] == 8
    assert notes == ["2 of 10 classes are never generated: 8, 9 (560 samples)."]
    assert monitor.look(list(np.concatenate(few)))[1] == []
    scalars, notes = monitor.look(list(np.concatenate([*few, digits.pixels[digits.labels == 8][:70]])))
    assert notes == ["1 of 10 classes is never generated: 9 (630 samples)."]
    scalars, notes = monitor.look(list(digits.pixels[:SAMPLES]))
    assert scalars["classes_generated"] == 10
    assert notes == ["All 10 classes are generated now."]


def test_real_images_are_as_different_as_real_images(monitor, digits):
    scalars, notes = monitor.look(list(digits.pixels[5::10][:SAMPLES]))
    assert scalars["diversity"] == pytest.approx(1, abs=0.15)
    assert notes == []


@pytest.mark.parametrize("kind", ["one image", "twenty images", "nearly one image"])
def test_a_collapse_and_its_end_are_reported(monitor, digits, kind):
    rng = np.random.default_rng(0)
    base = digits.pixels[:20] if kind == "twenty images" else digits.pixels[:1]
    samples = base[rng.integers(0, len(base), SAMPLES)].astype(int) + rng.integers(-3, 4, (SAMPLES, 28, 28, 1))
    scalars, notes = monitor.look(list(np.clip(samples, 0, 255).astype(np.uint8)))
    assert scalars["diversity"] < 0.1
    assert any("collapse" in line for line in notes)
    assert not any("collapse" in line for line in monitor.look(list(np.clip(samples, 0, 255).astype(np.uint8)))[1])
    _, notes = monitor.look(list(digits.pixels[:SAMPLES]))
    assert any("differ again" in line for line in notes)


def test_a_set_without_a_classifier_has_no_classes_to_miss(digits):
    watch = Monitor(Images(digits.pixels[:SAMPLES], digits.labels[:SAMPLES], ()), data="/a/folder", loss="hinge")
    scalars, notes = watch.look(list(digits.pixels[:SAMPLES]))
    assert set(scalars) == {"diversity"}
    assert notes == []


def test_notes_are_not_repeated_after_a_resume(monitor, digits):
    play(monitor, [(1.0, 1.0)] * 8)
    monitor.look(list(digits.pixels[digits.labels == 4][:100]))
    other = Monitor(digits, data="mnist", loss="non-saturating")
    other.restore(monitor.state)
    assert other.state == monitor.state
    assert other.after(900, 100, {"real_accuracy": 1.0, "fake_accuracy": 1.0}) == []
    assert other.look(list(digits.pixels[digits.labels == 4][:100]))[1] == []


def test_samples_are_checked_every_few_grids(monitor):
    seen = [step for step in range(20, 8001, 20) if monitor.due(step - 20, step, 500)]
    assert seen == [2000, 4000, 6000, 8000]
    assert not any(monitor.due(step - 20, step, 0) for step in range(20, 8001, 20))


def test_a_training_reports_notes_and_metrics(trainer):
    """A generator that learns nothing makes one grey image: a note at the first check, metrics among the slice's."""
    one = trainer("gan-mnist", "learning_rate=1e-30", "media_every=1", "steps=20")
    found = [one.advance(3) for _ in range(4)]
    assert "diversity" in found[1].scalars
    assert found[1].scalars["classes_generated"] <= 3
    assert any("never generated" in line for line in found[1].notes)
    assert not any("never generated" in line for line in found[3].notes)


def test_looking_costs_less_than_a_hundredth(trainer):
    """Against the least that training costs between two looks: processor time of both, the first look left out."""
    sizes = ("width=32", "discriminator_width=32", "batch_size=64")
    one = trainer("dcgan-mnist", *sizes, "updates_per_slice=10", "steps=1000", "media_every=0")
    samples = [list(one.preview().sample(SAMPLES, seed=1, options={})) for _ in range(2)]
    one.monitor.look(samples[0])
    one.advance(10)
    began = time.process_time()
    one.advance(10)
    update = (time.process_time() - began) / 10
    began = time.process_time()
    one.monitor.look(list(one.preview().sample(SAMPLES, seed=1, options={})))
    look = time.process_time() - began
    assert look < 0.015 * 4 * 500 * update  # 0.2 % here; room for a busy machine
