"""Captions: teacher forcing and decoding agree, the data, listing as the source prints it, baselines, conformance."""

import numpy as np
import pytest
import tensorflow as tf
from lab_seq2seq.captions.baselines import CommonestModel, NearestImageModel
from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.captions.data import Captioned, attribute_words, columns, make_vocabulary, turnable
from lab_seq2seq.captions.neighbours import Fitted, fit, mixed, next_word, similar, still_fitting
from lab_seq2seq.captions.network import CaptionNetwork
from lab_seq2seq.captions.options import CaptionOptions
from lab_seq2seq.captions.regions import draw
from lab_tensorflow.noise import Noise
from PIL import Image

from lab_app.testing import check_task
from lab_core.config import resolve
from lab_core.errors import LabError, UsageError
from lab_core.model import Scored

FEATURES = np.random.default_rng(0).random((2, 4, 6)).astype(np.float32)
INPUTS = np.array([[2, 4, 5], [2, 7, 6]], np.int32)


@pytest.mark.parametrize(("soft", "attributes"), [(False, 0), (True, 0), (False, 3), (True, 3)])
def test_word_by_word_equals_teacher_forcing(soft, attributes):
    network = CaptionNetwork(9, channels=6, units=8, soft=soft, attributes=attributes)
    memory = network.encode(tf.constant(FEATURES))
    logits, alignments = network.forced(memory, tf.constant(INPUTS))
    state = network.start(memory, 4)
    for place in range(3):
        found, state, alignment = network.step(memory, state, tf.constant(INPUTS[:, place]), tf.constant(place))
        assert found.numpy() == pytest.approx(logits[:, place].numpy(), abs=1e-5)
        assert alignment.numpy() == pytest.approx(alignments[:, place].numpy(), abs=1e-5)
        assert not soft or alignment.numpy().sum(1) == pytest.approx(1.0)


@pytest.mark.parametrize("soft", [False, True])
def test_the_image_matters_and_attributes_stop_the_gradient(soft):
    network = CaptionNetwork(9, channels=6, units=8, soft=soft, attributes=3)
    with tf.GradientTape() as tape:
        logits, _ = network.forced(network.encode(tf.constant(FEATURES)), tf.constant(INPUTS))
        loss = tf.reduce_sum(logits**2)
    assert tape.gradient(loss, network.attribute.value) is None
    plain = CaptionNetwork(9, channels=6, units=8, soft=soft)
    one, other = (
        plain.forced(plain.encode(tf.constant(f)), tf.constant(INPUTS))[0].numpy() for f in (FEATURES, FEATURES[::-1].copy())
    )
    assert np.abs(one - other).max() > 1e-4


def test_similar_images_share_words_as_well_as_looks():
    rng = np.random.default_rng(2)
    directions = rng.random((3, 40)).astype(np.float32)  # what faces, flags and balls look like
    kinds = np.arange(60) % 3
    means = directions[kinds] + 0.1 * rng.random((60, 40)).astype(np.float32)
    captions = np.stack([4 + kinds, 10 + np.arange(60), np.full(60, 3)], 1).astype(np.int32)  # a kind, a name, END
    fitted = fit(means, means[:0], captions, 80)
    found, votes = similar(tf.constant(directions), Fitted(*map(tf.constant, fitted)), 5)
    assert (found.numpy()[:, :, 0] == (4 + np.arange(3))[:, None]).all()
    assert votes.numpy().sum(1) == pytest.approx(1.0)
    known, _ = similar(tf.constant(means), Fitted(*map(tf.constant, fitted)), 1)
    assert (known.numpy()[:, 0] == captions).mean() > 0.9  # most images are the nearest to themselves


def test_captions_that_fit_so_far_vote_for_the_next_word():
    captions = tf.constant([[[4, 5, 3], [4, 6, 3], [7, 3, 0]]], tf.int32)
    votes = tf.constant([[0.5, 0.3, 0.2]])
    fitting = tf.ones((1, 3))
    assert next_word(captions, votes, fitting, 0, 8).numpy()[0] == pytest.approx([0, 0, 0, 0, 0.8, 0, 0, 0.2])
    fitting = still_fitting(captions, fitting, tf.constant([4]), 1)
    assert fitting.numpy().tolist() == [[1, 1, 0]]
    heard = next_word(captions, votes, fitting, 1, 8)
    assert heard.numpy()[0] == pytest.approx([0, 0, 0, 0, 0, 0.625, 0.375, 0])
    logs = mixed(tf.zeros((1, 8)), heard, 0.8).numpy()[0]
    assert np.exp(logs) == pytest.approx(0.2 / 8 + 0.8 * heard.numpy()[0])
    nobody = still_fitting(captions, fitting, tf.constant([2]), 2)
    assert np.exp(mixed(tf.zeros((1, 8)), next_word(captions, votes, nobody, 2, 8), 0.8)) == pytest.approx(1 / 8)


def test_beam_search_writes_the_caption_of_the_most_similar_image():
    from lab_seq2seq.decoding.beam import beam_search

    captions = np.array([[4, 5, 6, 3], [7, 5, 3, 0], [8, 3, 0, 0]], np.int32)
    looks = np.eye(3, 6, dtype=np.float32) + 0.01
    network = CaptionNetwork(9, channels=6, units=8, soft=True, known=(3, 4), neighbours=2, neighbour_share=0.9)
    assert network.fitted is not None
    for weight, array in zip(network.fitted, fit(looks, looks[:0], captions, 9), strict=True):
        weight.assign(array)

    @tf.function
    def decode(source):
        memory = network.encode(source)
        rows = tuple(tf.repeat(tensor, 3, axis=0) for tensor in memory)
        settings = {"beam": 3, "longest": tf.constant(6), "start": 2, "end": 3, "forbidden": (0, 1, 2)}
        return beam_search(lambda *step: network.step(rows, *step), network.start(memory, 6), memory[-1], **settings).tokens

    found = decode(tf.constant(looks[:, None].repeat(4, 1))).numpy()[:, 0]
    assert found[:, :4].tolist() == [[4, 5, 6, 3], [7, 5, 3, 3], [8, 3, 3, 3]]


def test_columns_have_a_row_for_each_caption():
    config = CaptionConfig(rarest=2)
    found = Captioned(np.zeros((2, 4, 4, 3), np.uint8), [["A red fox", "the fox!"], ["red hat"]])
    vocabulary = make_vocabulary(found.captions, config)
    assert vocabulary.state["tokens"] == ["fox", "red"]
    assert attribute_words(found.captions, 2) == ["red", "fox"]
    made = columns(np.arange(2), found, vocabulary, ["red", "hat"], longest=3)
    assert made["source"].tolist() == [0, 0, 1]
    assert made["target"].tolist() == [[1, 5, 3], [1, 4, 3], [5, 1, 3]]  # a, the, hat are unknown; the first caption is cut
    assert made["attribute"].tolist() == [[1, 0], [1, 0], [1, 1]]


def test_images_whose_captions_name_a_side_are_not_mirrored(trainer):
    assert turnable([["a fox"], ["a fox", "Right-facing fist"], ["bright copyright"], ["leftwards hand"]]).tolist() == [
        1,
        0,
        1,
        0,
    ]
    made = trainer("caption-icons", "limit=12", "batch_size=64", "encoder=scratch")
    items = {name: tf.constant(column) for name, column in made.columns.items()}
    items["turnable"] = tf.constant([0, 1] * 6, tf.uint8)
    changed = [(made.prepare(items, Noise(0, step))["source"] != items["source"]).numpy().any((1, 2, 3)) for step in range(8)]
    assert np.any(changed, 0).tolist() == [False, True] * 6


@pytest.mark.parametrize("task_id", ["caption-icons"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.fixture(scope="module")
def model(trainer):
    made = trainer("caption-icons-attributes")
    made.advance(2)
    return made.model()


def test_captions_of_images_of_any_size(model, tmp_path):
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 255, shape, np.uint8) for shape in [(40, 60, 3), (64, 64, 1), (90, 33, 3)]]
    made = list(model.apply(images, CaptionOptions()))
    assert all(isinstance(text, str) and "<" not in text for text in made)
    (best, *_) = next(model.apply(images, CaptionOptions(nbest=3)))
    assert isinstance(best, Scored)
    assert best.item == made[0]
    lines = next(model.apply(images, CaptionOptions(listing=True))).splitlines()
    assert [line[:3] for line in lines] == ["0) ", "1) ", "2) "]
    assert lines[0].startswith(f"0) {made[0]} (p=0.")
    with pytest.raises(UsageError, match="soft-attention"):
        list(model.apply(images[:1], CaptionOptions(regions="regions.png")))
    model.save(tmp_path)
    assert list(type(model).load(tmp_path, device="cpu").apply(images, CaptionOptions())) == made


def test_the_lit_region_is_the_attended_one():
    image = np.full((16, 16, 3), 200, np.uint8)
    found = draw(image, ["fox"], np.array([[1.0, 0.0, 0.0, 0.0]], np.float32))
    word = found[24 : 24 + 128, 6 + 134 : 6 + 134 + 128]
    assert word[10, 10].mean() > 150
    assert word[120, 120].mean() < 100


def test_a_trained_encoder_starts_from_a_first_stage(trainer, tmp_path):
    first = trainer("caption-icons")
    first.advance(2)
    first.model().save(tmp_path)
    picture = tmp_path / "regions.png"
    list(first.model().apply([np.zeros((40, 60, 3), np.uint8)], CaptionOptions(regions=str(picture))))
    assert Image.open(picture).size[1] == 158
    results = first.model().apply([np.zeros((9, 9, 3), np.uint8)], CaptionOptions(regions=str(tmp_path / "none" / "a.png")))
    assert isinstance(next(results), str)
    with pytest.raises(LabError, match="can't be written"):
        next(results)
    second = trainer("caption-icons", "encoder=trained", f"start_from={tmp_path}")
    trained = second.learner.network
    assert trained.kernel.numpy() == pytest.approx(first.average.values()["captioner/kernel"])
    weight = trained.encoder.get_layer("block_16_project").kernel
    before = weight.numpy().copy()
    second.advance(2)
    assert np.abs(weight.numpy() - before).max() > 0
    with pytest.raises(LabError, match="holds no model"):
        trainer("caption-icons", f"start_from={tmp_path / 'none'}")


def test_an_encoder_from_scratch_learns(trainer):
    made = trainer("caption-icons", "encoder=scratch")
    before = made.learner.network.encoder.get_layer("conv_0").kernel.numpy().copy()
    made.advance(2)
    assert np.abs(made.learner.network.encoder.get_layer("conv_0").kernel.numpy() - before).max() > 0


def test_baselines(tmp_path):
    config = resolve(CaptionConfig, {"limit": 20, "encoder_size": 32})
    nearest = NearestImageModel.ready(config, device="cpu")
    images, captions = nearest.training.images, nearest.training.captions
    assert list(nearest.apply(images[:3], nearest.options())) == [texts[0] for texts in captions[:3]]
    common = CommonestModel.ready(config, device="cpu")
    common.save(tmp_path)
    assert (
        list(CommonestModel.load(tmp_path, device="cpu").apply(images[:2], common.options())) == [min(t[0] for t in captions)] * 2
    )


def test_contradictions():
    for settings in ("encoder_size=100", "coverage_weight=1 style=show-and-tell", "encoder=scratch size=50"):
        with pytest.raises(UsageError):
            resolve(CaptionConfig, overrides=settings.split())
