"""Methods learn: thresholds that a broken one fails."""

import pytest

pytestmark = pytest.mark.learning


def test_super_resolution_beats_bicubic_enlargement(trainer, baseline, score):
    learner = trainer(
        "superres-photos-x2", "steps=160", "size=48", "width=16", "batch_size=8", "updates_per_slice=40", "media_every=0"
    )
    while learner.step < 160:
        learner.advance(160 - learner.step)
    before = score("superres-photos-x2", baseline("bicubic-photos-x2"), count=10).value
    assert score("superres-photos-x2", learner.model(), count=10).value > before + 0.2


def test_the_books_autoencoder_takes_noise_out(trainer, baseline, score):
    learner = trainer(
        "denoise-mnist",
        "steps=240",
        "limit=0",
        "batch_size=128",
        "learning_rate=0.003",
        "updates_per_slice=80",
        "media_every=0",
    )
    while learner.step < 240:
        learner.advance(240 - learner.step)
    before = score("noisy-mnist", baseline("noisy-mnist"), count=60).value
    assert score("denoise-mnist", learner.model(), count=60).value > before + 4


def test_segmentation_finds_icons(trainer, score):
    learner = trainer(
        "segment-icons", "steps=120", "limit=0", "batch_size=16", "width=8", "updates_per_slice=40", "media_every=0"
    )
    while learner.step < 120:
        learner.advance(120 - learner.step)
    assert score("segment-icons", learner.model(), count=60).value > 0.6
