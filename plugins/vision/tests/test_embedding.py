"""Metric learning: losses by hand, minibatches, splits by identity, learning on a toy, the tasks."""

import numpy as np
import pytest
import tensorflow as tf
from lab_vision.embedding.augment import prepared
from lab_vision.embedding.baselines import SmallPixels
from lab_vision.embedding.benchmarks import benchmarks
from lab_vision.embedding.config import EmbeddingConfig
from lab_vision.embedding.data import identities
from lab_vision.embedding.evaluation import IdentityEvaluator
from lab_vision.embedding.losses import centre_loss, moved_centres, semi_hard_triplets, squared_distances
from lab_vision.embedding.networks import make_network
from lab_vision.embedding.picture import compactness, scatter
from lab_vision.embedding.tasks import tasks
from PIL import Image

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.errors import UsageError
from lab_core.imports import load_object
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


def trainer(task, *overrides, seed=0):
    settings = resolve(config_type(TASKS[task]), TASKS[task].preset("smoke"), overrides=overrides)
    return load_object(TASKS[task].trainer, what=task)(TASKS[task], settings, Context(seed=seed, threads=1))


def test_distances_are_those_of_numpy():
    vectors = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    expected = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)
    assert np.allclose(squared_distances(tf.constant(vectors)), expected, atol=1e-4)


def semi_hard_by_loops(vectors, labels, margin):
    distance = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)
    losses = []
    for a in range(len(labels)):
        for p in range(len(labels)):
            if a == p or labels[a] != labels[p]:
                continue
            others = [distance[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
            farther = [one for one in others if one > distance[a, p]]
            losses.append(max(0.0, distance[a, p] - (min(farther) if farther else max(others)) + margin))
    return np.mean(losses), np.mean(np.array(losses) > 0)


def test_triplets_on_a_line_by_hand():
    """Anchors at 0 and 1 of label 0; negatives at 1.1 and 3. d(a, p) = 1; semi-hard: 1.21 from 0; 4 from 1 (0.01 is too near)."""
    vectors, labels = tf.constant([[0.0], [1.0], [1.1], [3.0]]), tf.constant([0, 0, 1, 2])
    loss, active = semi_hard_triplets(vectors, labels, 0.5)
    assert float(loss) == pytest.approx((1 - 1.21 + 0.5 + 0) / 2, abs=1e-4)
    assert float(active) == 0.5


def test_triplets_equal_a_loop_over_all_of_them():
    rng = np.random.default_rng(1)
    for _ in range(5):
        vectors, labels = rng.normal(size=(12, 2)).astype(np.float32), rng.integers(0, 4, 12)
        found = [float(one) for one in semi_hard_triplets(tf.constant(vectors), tf.constant(labels), 0.7)]
        assert found == pytest.approx(semi_hard_by_loops(vectors, labels, 0.7), abs=1e-4)


def test_centres_by_hand():
    vectors, labels = tf.constant([[2.0, 0.0], [4.0, 0.0], [0.0, 3.0]]), tf.constant([0, 0, 1])
    centres = tf.constant([[1.0, 0.0], [0.0, 0.0], [5.0, 5.0]])
    assert float(centre_loss(vectors, labels, centres)) == pytest.approx(0.5 * (1 + 9 + 9) / 3)
    # class 0: 1 - .5 ((1-2) + (1-4)) / 3; class 1: 0 - .5 (0-3) / 2; class 2 has no image
    assert np.allclose(moved_centres(vectors, labels, centres, 0.5), [[1 + 2 / 3, 0], [0, 0.75], [5, 5]])


def test_triplet_minibatches_hold_several_images_of_each_identity():
    learner = trainer("embed-emoji")
    places = learner.places(3, 2)
    assert places.shape == (2, 1, 8)
    for batch in places[:, 0]:
        _, counts = np.unique(learner.columns["label"][batch], return_counts=True)
        assert counts.tolist() == [2, 2, 2, 2]
        assert len(set(batch)) == 8
    assert np.array_equal(places[1], learner.places(4, 1)[0])


def test_identities_and_their_relatives_stand_in_one_split():
    parts = {split: identities("emoji-identities", split) for split in ("train", "validation", "test")}
    labels = [set(np.asarray(part["label"]).tolist()) for part in parts.values()]
    assert sum(map(len, labels)) == len(set.union(*labels)) == 1_031
    assert all((np.unique(part["label"], return_counts=True)[1] == 5).all() for part in parts.values())
    where = {name: split for split, part in parts.items() for name in part["name"]}
    assert len({where[f"{colour} heart"] for colour in ("blue", "green", "yellow")}) == 1


def own_folder(folder, names=12, images=3):
    rng = np.random.default_rng(0)
    for name in range(names):
        (folder / f"id{name}").mkdir(parents=True)
        colour = rng.integers(0, 256, 3)
        for number in range(images):
            noise = rng.integers(-20, 21, (40, 30, 3))
            pixels = np.clip(colour + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"id{name}" / f"{number}.png")
    return folder


def test_an_own_folder_is_split_by_identity(tmp_path):
    folder = own_folder(tmp_path / "people", 40)
    config = resolve(config_type(TASKS["embed"]), {"data": str(folder), "size": 32})
    parts = [identities(config, split) for split in ("train", "validation", "test")]
    labels = [set(np.asarray(part["label"]).tolist()) for part in parts]
    assert sum(map(len, labels)) == len(set.union(*labels)) == 40
    assert sum(part.count for part in parts) == 120
    learner = trainer("embed", f"data={folder}")
    learner.advance(2)
    vector = next(learner.model().apply([np.zeros((40, 30, 1), np.uint8)], learner.model().options()))
    assert vector.shape == (8,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_one_image_an_identity_is_refused(tmp_path):
    with pytest.raises(UsageError, match="at least 2"):
        trainer("embed", f"data={own_folder(tmp_path / 'single', 20, 1)}")


def test_contradictions_are_refused():
    with pytest.raises(UsageError, match="at most 5"):
        EmbeddingConfig(batch_size=10, identities=8).check()


def test_a_pretrained_network_sees_pixels_from_0_to_255():
    config = EmbeddingConfig(network="efficientnet-lite0", size=32, vector=8, colour="colour")
    network = make_network(config, 3, dtype="float32", seed=0, pretrained=False)
    assert network.input_shape == (None, 32, 32, 3)
    assert network.output_shape == (None, 8)
    assert network.get_layer("means").output.shape[-1] == 112 + 192  # channels of blocks 11 and 15
    assert network.get_layer("vector").count_params() == 8 * (112 + 192 + 1)
    images = np.full((1, 32, 32, 3), 200, np.uint8)
    assert np.allclose(prepared(tf.constant(images), config, None), 200.0)
    with pytest.raises(UsageError, match="32 divides"):
        resolve(EmbeddingConfig, {"network": "efficientnet-lite0", "size": 50})


def test_shifted_images_keep_their_content():
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    from lab_tensorflow.noise import Noise

    config = EmbeddingConfig(size=16, shift=3)
    found = prepared(tf.constant(images), config, Noise(1, 0)).numpy()
    assert not np.allclose(found, images / 255)
    padded = np.pad(images / 255.0, [(0, 0), (3, 3), (3, 3), (0, 0)], mode="reflect")
    for one, wide in zip(found, padded, strict=True):
        windows = [wide[top : top + 16, left : left + 16] for top in range(7) for left in range(7)]
        assert min(np.abs(one - window).max() for window in windows) < 1e-6
    assert np.allclose(prepared(tf.constant(images), config, None), images / 255)


def test_small_pixels_tell_some_emoji_apart():
    evaluator = IdentityEvaluator(benchmarks()[0])
    found = evaluator.evaluate(SmallPixels.ready(None, device="cpu"), protocol="validation", count=400, seed=0)
    assert 0.6 < found.value < 0.95
    assert found.figures["auc"] > 0.7


@pytest.mark.learning
def test_triplets_bring_identities_together():
    """On eight identities of one colour each, hidden by noise, 60 updates halve the compactness of the untrained network."""
    learner = trainer(
        "embed-emoji", "steps=60", "updates_per_slice=60", "batch_size=32", "identities=8", "width=8", "learning_rate=0.003"
    )
    model = learner.model()
    images, labels = learner.columns["image"][:100], learner.columns["label"][:100]
    before = compactness(np.stack(list(model.apply(images, model.options()))), labels)
    learner.advance(60)
    model = learner.model()
    after = compactness(np.stack(list(model.apply(images, model.options()))), labels)
    assert after < 0.8 * before


def test_centre_loss_has_its_centres_in_the_saved_state():
    learner = trainer("centre-loss-mnist", "limit=64")
    progress = learner.advance(2)
    assert "centre_loss" in progress.scalars
    centres = next(variable for name, variable in learner.learner.variables.items() if name == "state/centres")
    assert centres.shape == (10, 2)
    assert np.abs(centres.numpy()).max() > 0


def test_the_picture_has_a_colour_for_each_class():
    vectors = np.concatenate([np.zeros((20, 2)), np.full((20, 2), 5.0)]) + np.random.default_rng(0).normal(0, 0.1, (40, 2))
    labels = np.repeat([3, 7], 20)
    picture = scatter(vectors, labels)
    assert picture.shape == (480, 480, 3)
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert len(colours) >= 3
    assert compactness(vectors, labels) < 0.05


def test_the_head_alone_learns_from_features_that_are_computed_once():
    """The frozen body stays as it was, and stored features give the vectors of the whole network."""
    learner = trainer(
        "embed-emoji", "network=efficientnet-lite0", "train=head", "size=32", "colour=colour", "shift=0", "colour_change=0",
        "limit=60", "epoch_pairs=0", "media_every=0", "average_decay=0",
    )  # fmt: skip
    assert learner.columns["features"].shape == (60, 304)
    before = {name: variable.numpy() for name, variable in learner.learner.variables.items()}
    learner.advance(2)
    changed = {name for name, old in before.items() if not np.array_equal(old, learner.learner.variables[name].numpy())}
    assert {name for name in changed if name.startswith("embedding/")} == {
        *(f"embedding/means_norm/{part}" for part in ("scale", "offset", "mean", "variance")),
        *("embedding/vector/kernel", "embedding/vector/bias"),
    }
    network = learner.learner.networks["embedding"]
    model = learner.model()
    images = identities(learner.config, "train")["image"]
    expected = network.get_layer("vector")(network.get_layer("means_norm")(learner.columns["features"], training=False)).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.allclose(np.stack(list(model.apply(list(images), model.options()))), expected, atol=1e-3)
    with pytest.raises(UsageError, match="no use"):
        resolve(EmbeddingConfig, {"network": "efficientnet-lite0", "train": "head", "size": 32, "shift": 2})
